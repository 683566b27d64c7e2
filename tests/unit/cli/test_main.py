"""The console script as a process: with the extra, and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agentcore.base.version import VERSION
from agentcore.cli import doctor
from agentcore.cli.app import app
from agentcore.cli.finding import Finding
from agentcore.errors import AgentCoreError

ROOT = Path(__file__).parents[3]
WITHOUT_TYPER = """
import sys
sys.modules["typer"] = None
from agentcore.cli.__main__ import main
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_module_runs_as_a_process() -> None:
    """`python -m agentcore.cli` is the console script."""
    done = run("-m", "agentcore.cli", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"agentcore {VERSION}\n", "")


def test_without_the_extra_one_sentence_says_which_to_install() -> None:
    """The exit code is 2, and there is no traceback."""
    done = run("-c", WITHOUT_TYPER, "doctor")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert 'pip install "agentcore-actors[data]"' in done.stderr


def test_without_a_command_the_help_is_shown() -> None:
    """It lists the commands."""
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    for command in ("analyse", "chat", "doctor"):
        assert command in done.output


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_the_doctor_exits_with_1_for_a_problem_alone(
    state: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and as JSON."""
    found = Finding("models", "any", state, "what [b]was[/b] found", "what to do")  # type: ignore[arg-type]
    monkeypatch.setattr(doctor, "LOOKS", (lambda: iter([found]),))
    done = CliRunner().invoke(app, ["doctor"])
    assert (done.exit_code, "what [b]was[/b] found" in done.output) == (code, True)
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == code
    plain = json.loads(done.stdout)
    assert plain["ok"] is (code == 0)
    assert plain["findings"][0]["advice"] == "what to do"


def test_an_error_of_agentcore_is_a_sentence_and_any_other_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of ours is not dressed up as one of the user's."""

    def fails(error: Exception) -> None:
        def look() -> None:
            raise error

        monkeypatch.setattr(doctor, "LOOKS", (look,))

    fails(AgentCoreError("the disk is full"))
    done = CliRunner().invoke(app, ["doctor"])
    assert (done.exit_code, done.stderr) == (1, "The disk is full.\n")
    fails(RuntimeError("a fault"))
    assert isinstance(CliRunner().invoke(app, ["doctor"]).exception, RuntimeError)
