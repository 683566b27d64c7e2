"""Reciprocal rank fusion: one order made of several, whose scores cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["fused"]

_K: Final = 60  # the constant of Cormack, Clarke and Büttcher, 2009


def fused(*rankings: Sequence[dict[str, Any]]) -> list[tuple[float, dict[str, Any]]]:
    """Return the rows of some rankings with their scores, the best first.

    A row's score is the sum of 1 / (60 + rank) over the rankings that have it. Rows are told apart
    by their ``id``; of equals, those of the earlier ranking come first.
    """
    scores: dict[str, float] = {}
    rows: dict[str, dict[str, Any]] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking, 1):
            rows.setdefault(row["id"], row)
            scores[row["id"]] = scores.get(row["id"], 0.0) + 1 / (_K + rank)
    best = sorted(scores.items(), key=lambda item: -item[1])
    return [(score, rows[identity]) for identity, score in best]
