"""What people read at the console, and how they are asked."""

from __future__ import annotations

import io
from typing import Any

import pytest

from agentcore import ConversableAgent, Message, UserProxyAgent, agent_reply, connect
from agentcore.runtime.console import as_shown, ask_at_console, question, write
from agentcore.runtime.console_relay import ConsoleRelay
from agentcore.runtime.ordered_console import Console


@pytest.mark.parametrize(
    ("terminal", "asks_always", "words"),
    [
        (False, True, "Press enter to skip and use auto-reply"),
        (True, False, "Press enter to end the conversation"),
        (False, False, "Press enter to go on with the automatic reply"),
    ],
)
def test_the_question_says_what_an_empty_answer_does(
    terminal: bool, asks_always: bool, words: str
) -> None:
    """And to whom the answer goes, and how to end it."""
    assert question("bob", terminal, asks_always) == (
        f"Provide feedback to bob. {words}, or type 'exit' to end the conversation: "
    )


def test_a_human_is_asked_at_the_console(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The prompt as it is, and one line of what was typed for each question."""
    monkeypatch.setattr("sys.stdin", io.StringIO("yes, do\n\n"))
    assert ask_at_console("really? ") == "yes, do"
    assert ask_at_console("really? ") == ""
    assert capsys.readouterr().out == "really? really? "


def test_the_end_of_the_input_closes_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """``None`` is no answer, and another one than an empty line; it stays so."""
    monkeypatch.setattr("sys.stdin", io.StringIO("last\n"))
    assert ask_at_console("? ") == "last"
    assert ask_at_console("? ") is None
    assert ask_at_console("? ") is None


def test_a_process_without_a_console_has_a_closed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may have closed its input, or never had one."""
    closed = io.StringIO("unread\n")
    closed.close()
    for stdin in (closed, None):
        monkeypatch.setattr("sys.stdin", stdin)
        assert ask_at_console("? ") is None


def test_a_message_is_shown_as_the_documented_sample_shows_it() -> None:
    """Who to whom, a blank line, the content, a blank line and 80 dashes."""
    assert as_shown(Message("hello\nthere"), "alice", "bob") == (
        "alice (to bob):\n\nhello\nthere\n\n" + "-" * 80
    )


def test_a_tool_call_without_content_is_shown_itself() -> None:
    """There is nothing else to show."""
    call = {"id": "1", "function": {"name": "look", "arguments": "{}"}}
    shown = as_shown(Message(tool_calls=[call, {"id": "2"}]), "alice", "bob").splitlines()[2]
    assert shown == "(asks to call look with {}, {'id': '2'})"


def test_what_is_written_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """In one piece."""
    write("one\ntwo")
    assert capsys.readouterr().out == "one\ntwo\n"


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "é \\ud83d"), ("ascii", "\\xe9 \\ud83d")]
)
def test_a_character_that_the_console_lacks_is_written_by_its_number(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    """A model may answer with half of a character, and that is no reason for a chat to fail."""
    console = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr("sys.stdout", console)
    write("é \ud83d")
    assert console.buffer.getvalue() == f"{shown}\n".encode(encoding)  # type: ignore[attr-defined]


# --- a console of the user's own --------------------------------------------------------------


class Clerk(ConversableAgent):
    """Answers once."""

    @agent_reply("user")
    def answer(self) -> tuple[bool, str]:
        return True, "good"


class Terminal:
    """A console as AutoGen's ``IOStream`` has it."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def print(self, *objects: Any, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Keep what is printed."""
        self.shown.append(sep.join(map(str, objects)))

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        """End the conversation."""
        self.shown.append(prompt)
        return "exit"


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_a_function_is_given_each_message_in_place_of_the_console(
    backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each in one text, in order; nothing is printed."""
    lines: list[str] = []
    with connect(backend, console=lines.append):
        ConversableAgent("user").initiate_chat(Clerk("clerk"), "hi")
        ConversableAgent("user").initiate_chat(Clerk("clerk"), "hush", silent=True)
    assert [line.splitlines()[:3] for line in lines] == [
        ["user (to clerk):", "", "hi"],
        ["clerk (to user):", "", "good"],
    ]
    assert capsys.readouterr().out == ""


def test_an_object_is_asked_for_humans_too() -> None:
    """Its ``input`` is given the question."""
    terminal = Terminal()
    with connect("thread", console=terminal):
        result = UserProxyAgent("user").initiate_chat(Clerk("clerk"), "hi")
    assert result.stop.kind == "HUMAN_EXIT"
    assert terminal.shown[-1].startswith("Provide feedback to clerk.")


def test_what_cannot_print_is_refused_before_a_system_is_opened() -> None:
    """The error says what is wanted."""
    with pytest.raises(TypeError, match=r"console= is a function of a text"):
        connect("thread", console="out.txt")


def test_messages_of_several_processes_come_to_it_in_order() -> None:
    """They are ordered first, by their budgets."""
    lines: list[str] = []
    relay = ConsoleRelay(None)  # type: ignore[arg-type]
    relay.console = Console(lambda delay, function: None)
    relay.use(lines.append)
    relay.console.show(("c", 9), 8, "second")
    relay.console.show(("c", 9), 9, "first")
    assert lines == ["first", "second"]
