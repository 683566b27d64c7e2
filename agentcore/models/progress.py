"""How far a download is: a bar where someone watches, lines of the log elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from loguru import logger

__all__ = ["Progress"]

WIDTH = 30  # characters of the bar
PAUSE = 0.1  # seconds between two drawings
STEP = 0.1  # share of the whole between two lines of the log


class Progress:
    """Shows how many bytes there are, from ``with`` on.

    Args:
        what: the name of what is fetched.
        total: bytes.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._bar = sys.stderr is not None and sys.stderr.isatty()
        self._drawn = -PAUSE  # when
        self._logged = 0.0  # share
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def at(self, done: int) -> None:
        """There are so many bytes."""
        share = min(done / self._total, 1.0)
        if self._bar:
            now = time.monotonic()
            if now - self._drawn >= PAUSE or done >= self._total:
                self._drawn = now
                self._draw(share, done)
        elif share - self._logged >= STEP or done >= self._total:
            self._logged = share
            logger.info("{}: {:.0%} of {:,.0f} MB", self._what, share, self._total / 1e6)

    def _draw(self, share: float, done: int) -> None:
        full = round(share * WIDTH)
        bar = "#" * full + "." * (WIDTH - full)
        size = f"{done / 1e6:,.0f} of {self._total / 1e6:,.0f} MB"
        print(f"\r{self._what} [{bar}] {share:4.0%}  {size}", end="", file=sys.stderr, flush=True)
        self._shown = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown:
            print(file=sys.stderr, flush=True)
