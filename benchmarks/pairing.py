"""Two sides, measured in turn: A B A B, so that what slows the machine slows both."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.process import cores
from benchmarks.venvs import ROOT, Peer

ENTRY = Path(__file__).with_name("side.py")
PATIENCE = 600.0  # seconds for one round of one side


class SideFailed(Exception):
    """A side raised, ended or took too long."""


class Side:
    """A process that measures one side: see ``side.py``."""

    def __init__(self, target: str, python: str, core: int | None) -> None:
        self._target = target
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed by `close`)
        # -P: what is in the folder of the entry is no module of its own: a peer is named `agents`.
        command = [
            python,
            "-P",
            str(ENTRY),
            *target.split(":"),
            *([] if core is None else [str(core)]),
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(),
            start_new_session=True,
        )

    def ask(self, **arguments: Any) -> Any:
        """Let it measure once, and give what it found.

        Raises:
            SideFailed: it did not answer within `PATIENCE`, or at all.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it ended: there is no answer to read then
            self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        if not ready:
            raise SideFailed(f"{self._target} took longer than {PATIENCE:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise SideFailed(f"{self._target} ended:\n{self._said()}")
        return json.loads(line)

    def _said(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        return self._errors.read()[-2000:]

    def close(self) -> None:
        """End it, and whatever it began."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


def environment() -> dict[str, str]:
    """Give the environment of a side: it measures the sources of this checkout."""
    paths = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "RAY_USAGE_STATS_ENABLED": "0",
    }


@dataclass(frozen=True)
class Plan:
    """How much is to be measured.

    Attributes:
        quick: few and small rounds: a smoke test, whose figures say little.
        chosen: rounds of each row, if the user chose.
    """

    quick: bool = False
    chosen: int | None = None

    def rounds(self, full: int, quick: int = 2) -> int:
        """Give the number of rounds."""
        return self.chosen or self.of(full, quick)

    def of(self, full: int, quick: int) -> int:
        """Give a size."""
        return quick if self.quick else full


@contextmanager
def side(target: str, peer: Peer | None = None, pinned: bool = False) -> Iterator[Side]:
    """Begin a side, and end it.

    Args:
        target: ``module:function``; it takes and returns what JSON can say.
        peer: whose environment it runs in; without one, in ours.
        pinned: whether it is kept on one core, which is the same for all sides.
    """
    allowed = cores()
    python = sys.executable if peer is None else peer.interpreter
    one = Side(target, python, allowed[-1] if pinned and allowed else None)
    try:
        yield one
    finally:
        one.close()


def alternate(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Call each in turn, ``rounds`` times over; give the figures of each."""
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for figures, measure in zip(found, measures, strict=True):
            figures.append(measure())
    return found


def once(target: str, peer: Peer | None = None, pinned: bool = False, **arguments: Any) -> Any:
    """Ask a side that is begun for this, and ended after it."""
    with side(target, peer, pinned) as one:
        return one.ask(**arguments)


def fastest(*columns: Sequence[float]) -> list[float]:
    """Of several ways to do the same, give the best figure of each round."""
    return [max(row) for row in zip(*columns, strict=True)]
