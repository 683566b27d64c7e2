"""``agentcore chat``: classes, agents, functions and groups of a module, and what goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agentcore.cli.app import app


@pytest.fixture(autouse=True)
def talkers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the folder that has the module of the agents."""
    monkeypatch.chdir(Path(__file__).parent)
    monkeypatch.setattr(sys, "path", list(sys.path))


def chat(name: str, *said: str, options: tuple[str, ...] = ()) -> Result:
    """Talk to what has a name in the module; the input ends after what is said."""
    text = "".join(f"{each}\n" for each in said)
    return CliRunner().invoke(app, ["chat", f"talkers:{name}", *options], input=text)


def test_a_class_is_spawned_and_answers_each_line() -> None:
    """The agent is named after its class; the end of the input ends the talk."""
    done = chat("LoudEcho", "hello [b]you[/b]", "", "again")
    assert done.exit_code == 0
    assert "You talk to loud_echo." in done.output
    assert "loud_echo> HELLO [B]YOU[/B]\n" in done.output
    assert "loud_echo> AGAIN\n" in done.output


def test_exit_ends_the_talk() -> None:
    """What comes after it is not said."""
    done = chat("LoudEcho", "exit", "late")
    assert (done.exit_code, "LATE" in done.output) == (0, False)


def test_a_streamed_answer_is_shown_whole() -> None:
    """Its pieces stand in one line."""
    assert "poet> An old silent pond\n" in chat("Poet", "a poem").output


def test_the_members_of_a_group_are_heard_once_each() -> None:
    """What the last one said is the group's answer, and is not shown again."""
    done = chat("team", "heard by")
    assert done.output.count("alice> heard by alice\n") == 1
    assert done.output.count("bob> heard by alice bob\n") == 1


def test_an_agent_that_raises_is_told_and_the_talk_goes_on() -> None:
    """The text of the error is no markup; the next line is answered."""
    done = chat("Broken", "break", "go on")
    assert done.exit_code == 0
    assert "raised ValueError: no [red]such[/red] thing." in done.stderr
    assert "broken> still here\n" in done.stdout


def test_ctrl_c_stops_the_answer_and_the_talk_goes_on() -> None:
    """The agent is free at once."""
    done = chat("Endless", "wait", "go on")
    assert done.exit_code == 0
    assert "Stopped." in done.output
    assert "endless> quick\n" in done.output


@pytest.mark.parametrize("name", ["one", "ready"])
def test_an_agent_and_a_function_that_spawns_one_will_do(name: str) -> None:
    """A function may return nothing, if it spawned the one agent."""
    assert "> HI\n" in chat(name, "hi").output


def test_a_model_is_given_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The function has a parameter for it; the factory of the configuration makes the model."""
    file = tmp_path / "models.toml"
    file.write_text('[models.fast]\nprovider = "scripts:scripted"\n', encoding="utf-8")
    monkeypatch.setenv("AGENTCORE_CONFIG", str(file))
    done = chat("with_model", "hi", options=("--model", "fast"))
    assert "thinker> scripted answer\n" in done.output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "'nothing' is no agent, class or function, but int"),
        ("two", "it returned NoneType, and spawned first, second"),
        ("LoudEcko", "Did you mean 'LoudEcho'?"),
        ("", "write package.module:name"),
    ],
)
def test_what_is_no_agent_is_one_sentence(name: str, words: str) -> None:
    """The exit code is 1, and there is no traceback."""
    done = chat(name, "hi")
    assert done.exit_code == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_model_for_what_takes_none_is_refused() -> None:
    """Nothing that is given is ignored."""
    done = chat("one", "hi", options=("--model", "local:qwen2.5-coder-1.5b"))
    assert (done.exit_code, "give it a parameter llm" in done.stderr) == (1, True)


def test_a_module_that_is_not_there_is_one_sentence() -> None:
    """So is a file in place of a module, with the way to write it."""
    done = CliRunner().invoke(app, ["chat", "no_such_module:Agent"])
    assert (done.exit_code, "No module named 'no_such_module'" in done.stderr) == (1, True)
    done = CliRunner().invoke(app, ["chat", "talkers.py:LoudEcho"])
    assert (done.exit_code, "talkers:LoudEcho" in done.stderr) == (1, True)
