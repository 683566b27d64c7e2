"""What people read at the console, and how they are asked."""

from __future__ import annotations

import io

import pytest

from agentcore import Message
from agentcore.runtime.console import as_shown, ask_at_console, question, write


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
