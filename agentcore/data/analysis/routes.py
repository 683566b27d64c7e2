"""Which analyst answers a question: by word, by rule, or as a model chooses."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import AgentNotFoundError
from agentcore.data.analysis.asking import Ask
from agentcore.data.tables import LoadedTable
from agentcore.protocol.model_api import Output
from agentcore.protocol.usage import NO_USAGE, Usage

__all__ = ["CODE", "LIBRARY", "OWN", "PREVIEW", "SQL", "checked_agent", "choose", "names_at_hand"]

CODE: Final = "code"
SQL: Final = "sql"
LIBRARY: Final = "library"
PREVIEW: Final = "preview"
OWN: Final = "update_context"  # the session answers itself, from what was said
_PLOT: Final = "plot"  # code, which draws

_TABLES: Final = 8  # that the model is told of
_COLUMNS: Final = 25


def names_at_hand(has_tables: bool, has_library: bool) -> tuple[str, ...]:
    """Return the names of the analysts that a session has."""
    of_tables = (SQL, PREVIEW) if has_tables else ()
    return (CODE, _PLOT, *of_tables, *((LIBRARY,) if has_library else ()))


def checked_agent(name: str, has_tables: bool, has_library: bool) -> str:
    """Return the analyst that a name means.

    Raises:
        AgentNotFoundError: there is none, or not without a file or library.
    """
    at_hand = names_at_hand(has_tables, has_library)
    if name in at_hand:
        return CODE if name == _PLOT else name
    if name == LIBRARY:
        raise AgentNotFoundError("this analysis has no library: give DataAnalysis(..., library=)")
    if name in (SQL, PREVIEW):
        raise AgentNotFoundError(f"{name!r} is about tables, and none was added yet: add(file)")
    known = (CODE, _PLOT, SQL, PREVIEW, LIBRARY)
    raise AgentNotFoundError(
        f"an analysis has no agent {name!r}: it has {', '.join(known)}{did_you_mean(name, known)}"
    )


async def choose(
    ask: Ask,
    question: str,
    tables: Sequence[LoadedTable],
    has_library: bool,
    history: Sequence[Mapping[str, Any]],
) -> tuple[str, Usage]:
    """Return who answers a question, and the tokens that it took to choose.

    Without a library code answers, and without tables the library does: no model is asked then.
    """
    if not has_library:
        return CODE, NO_USAGE
    if not tables:
        return LIBRARY, NO_USAGE
    choices = (CODE, LIBRARY, OWN)
    completion = await ask(_asked(question, tables, history), _form(choices))
    return _read(completion.text, choices), completion.usage


def _asked(
    question: str, tables: Sequence[LoadedTable], history: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    told = "\n".join(
        f"- {table.name}: {', '.join(column.name for column in table.columns[:_COLUMNS])}"
        for table in tables[:_TABLES]
    )
    earlier = "".join(
        f"Earlier question: {str(message.get('content'))[:200]}\n"
        f"Earlier agent: {(following.get('metadata') or {}).get('agent') or CODE}\n"
        for message, following in list(itertools.pairwise(history))[-2:]
        if message.get("role") == "user"
    )
    return [
        {
            "role": "system",
            "content": (
                "Choose who answers the question of the user.\n"
                f"{CODE}: computes from tables, and draws plots.\n"
                f"{LIBRARY}: finds what documents say in words.\n"
                f"{OWN}: if it is no question about data or documents, such as thanks."
            ),
        },
        {"role": "user", "content": f"Tables:\n{told}\n{earlier}Question: {question}"},
    ]


def _form(choices: Sequence[str]) -> Output:
    agent = {"type": "string", "enum": list(choices)}
    return Output(
        "agent",
        {
            "type": "object",
            "properties": {"agent": agent},
            "required": ["agent"],
            "additionalProperties": False,
        },
    )


def _read(text: str, choices: Sequence[str]) -> str:
    """Return the choice that a model's text names first; code, if it names none."""
    said = text.lower().replace("update context", OWN)
    places = {name: said.find(name) for name in choices if name in said}
    return min(places, key=places.__getitem__, default=CODE)
