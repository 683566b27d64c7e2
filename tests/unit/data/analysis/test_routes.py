"""Routes: a model is asked only where there is a choice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore import AgentNotFoundError
from agentcore.data.analysis.asking import asking
from agentcore.data.analysis.routes import CODE, LIBRARY, OWN, checked_agent, choose
from agentcore.data.tables import LoadedTable
from agentcore.testing import ScriptedModel

TABLE = LoadedTable("sales", "sales.parquet", (), 2)


def chosen(said: Any, tables: Any, has_library: bool) -> str:
    """Return who answers, by a model that says this; it is not asked if it is ``None``."""
    model = ScriptedModel(*([] if said is None else [said]))
    name, usage = asyncio.run(choose(asking(model), "Why?", tables, has_library, ()))
    model.check()
    assert bool(usage) == (said is not None)
    return name


def test_without_a_choice_no_model_is_asked() -> None:
    """Documents only are the library's, and everything else is for code."""
    assert chosen(None, [], True) == LIBRARY
    assert chosen(None, [TABLE], False) == CODE
    assert chosen(None, [], False) == CODE


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"agent": "library"}, LIBRARY),
        ("The library, not code.", LIBRARY),
        ("UPDATE CONTEXT", OWN),
        ({"agent": "update_context"}, OWN),
        ("no idea", CODE),
    ],
)
def test_a_models_choice_is_read(said: Any, name: str) -> None:
    """In the form, in words, and in the word of the lineage; code if it names nobody."""
    assert chosen(said, [TABLE], True) == name


def test_a_name_that_is_not_at_hand_says_what_is_missing() -> None:
    """And a plot is drawn by code."""
    assert checked_agent("plot", False, False) == CODE
    for name, hint in (("library", "library="), ("sql", "add"), ("coed", "code")):
        with pytest.raises(AgentNotFoundError, match=hint):
            checked_agent(name, False, False)
