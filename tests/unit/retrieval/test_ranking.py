"""Reciprocal rank fusion."""

from __future__ import annotations

from agentcore.retrieval.ranking import fused


def test_what_two_rankings_have_comes_before_what_one_has() -> None:
    """Its scores are added; of equals, the earlier ranking's come first."""
    a, b, c = ({"id": name} for name in "abc")
    order = fused([a, b], [c, b])
    assert [row["id"] for _, row in order] == ["b", "a", "c"]
    assert order[0][0] == 2 / 62
