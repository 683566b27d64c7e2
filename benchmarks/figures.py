"""What was measured, as lines of a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Target:
    """What is to be reached.

    Attributes:
        value: of the ratio, or of our own figure.
        aim: what would be better still.
        most: whether it is an upper limit.
        own: whether it is about our own figure, and not the ratio.
    """

    value: float
    aim: float | None = None
    most: bool = False
    own: bool = False

    def met(self, ratio: float, ours: float) -> bool:
        """Say whether it was reached."""
        found = ours if self.own else ratio
        return found <= self.value if self.most else found >= self.value

    def __str__(self) -> str:
        aim = f", aim {self.aim:,g}" if self.aim is not None else ""
        return f"{'<=' if self.most else '>='} {self.value:,g}{' of ours' * self.own}{aim}"


@dataclass(frozen=True)
class Figure:
    """One line of the table: our figures and the peer's, round by round.

    Attributes:
        note: what is to be known about it, in a few words.
    """

    name: str
    what: str
    peer: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]
    target: Target | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, of each round."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    def cells(self) -> tuple[str, ...]:
        """Give the line of the table."""
        ratios = self.ratios
        middle = median(ratios)
        verdict = ""
        if self.target is not None:
            verdict = "met" if self.target.met(middle, median(self.ours)) else "MISSED"
        return (
            self.name,
            f"{_short(median(self.ours))} {self.unit}",
            f"{_short(median(self.theirs))} {self.unit}",
            f"{_short(middle)} ({_short(min(ratios))}..{_short(max(ratios))})",
            "" if self.target is None else str(self.target),
            verdict,
        )

    def story(self) -> str:
        """Say what stands on either side."""
        return f"{self.what}, against {self.peer}" + (f"; {self.note}" if self.note else "")

    def record(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        ratios = self.ratios
        spread = {"median": median(ratios), "min": min(ratios), "max": max(ratios)}
        met = None if self.target is None else self.target.met(spread["median"], median(self.ours))
        return {**asdict(self), "ratio": spread, "met": met}


@dataclass(frozen=True)
class Fact:
    """One line that says what happens, and not how fast."""

    name: str
    what: str
    ours: str
    theirs: str
    met: bool

    def cells(self) -> tuple[str, ...]:
        """Give the line of the table."""
        return (self.name, "", "", "", "finishes", "met" if self.met else "MISSED")

    def story(self) -> str:
        """Say what became of both."""
        return f"{self.what}: ours {self.ours}; {self.theirs}"

    def record(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)


HEAD = ("row", "ours", "peer", "ratio (min..max)", "target", "")


def table(lines: Sequence[Figure | Fact]) -> str:
    """Give the lines as a table, and under it what they are."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    stories = [f"{line.name}: {line.story()}" for line in lines]
    return "\n".join([*text, "", *stories])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
