"""A download shows how far it is: to a person as a bar, to a log as lines."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
from loguru import logger

from agentcore.errors import ExtraMissingError
from agentcore.models.progress import progress


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines that agentcore logs."""
    lines: list[str] = []
    logger.enable("agentcore")
    sink = logger.add(lambda line: lines.append(str(line).strip()), format="{message}")
    yield lines
    logger.remove(sink)
    logger.disable("agentcore")


def test_without_a_terminal_it_logs_a_line_for_each_tenth(
    log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log of a service is not filled, and no bar is drawn into it."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress("tiny", 4_000_000) as tell:
        for done in range(0, 4_000_001, 100_000):
            tell(done)
    assert log == [f"tiny: {share}% of 4 MB" for share in range(10, 101, 10)]
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


def test_on_a_terminal_it_draws_a_bar(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name and the whole size; the log is left alone."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("tiny", 4_000_000) as tell:
        tell(1_000_000)
        tell(4_000_000)
    drawn = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert drawn.startswith("\rtiny:   0%|")
    assert "100%" in drawn
    assert "4.00M/4.00M" in drawn
    assert log == []


def test_a_program_without_a_standard_error_logs(
    log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one without a console has it on Windows."""
    monkeypatch.setattr(sys, "stderr", None)
    with progress("tiny", 10) as tell:
        tell(10)
    assert log == ["tiny: 100% of 0 MB"]


def test_without_tqdm_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the command that mends it."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ExtraMissingError, match=r"LocalModel.*'tqdm'.*agentcore-actors\[local\]"):
        progress("tiny", 10).__enter__()
