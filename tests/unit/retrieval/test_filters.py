"""Conditions as SQL: values are literals, whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.retrieval.filters import literal, scope_sql


def test_a_quotation_mark_ends_no_literal() -> None:
    """It is doubled, as SQL has it."""
    assert literal("x' OR '1'='1") == "'x'' OR ''1''=''1'"
    assert scope_sql("a' OR true --") == "owner IN ('', 'a'' OR true --')"


@pytest.mark.parametrize(
    ("where", "error"),
    [
        (["year"], TypeError),
        ({1: 2}, TypeError),
        ({"year": object()}, TypeError),
        ({"year": {"=": None}}, TypeError),
        ({"year": float("nan")}, TypeError),
        ({"year": {"like": "2"}}, ValueError),
        ({'ye"ar': 2}, ValueError),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused(where: Any, error: type[Exception]) -> None:
    """Rather than left out, which would find more than may be found."""
    with pytest.raises(error, match="where="):
        scope_sql(None, where)
