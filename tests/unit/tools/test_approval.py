"""What is said about calls: results, questions to a human, answers."""

from __future__ import annotations

import datetime

import attrs
import pytest

from agentcore.tools.approval import (
    ToolRequest,
    approval_question,
    judged,
    read_approval,
)
from agentcore.tools.decorator import Tool


@attrs.frozen
class A:
    x: int
    when: datetime.date = datetime.date(2026, 1, 2)


class Odd:
    def __str__(self) -> str:
        return "odd"


MAIL = Tool("mail", "", {"type": "object"}, print)


def test_a_human_is_shown_who_calls_what_with_which_arguments() -> None:
    """One to a line, as JSON."""
    asked = approval_question("alice", MAIL, {"to": ["bob"], "text": 'say "hi"\n', "at": A(1)})
    assert asked.splitlines()[:4] == [
        "alice wants to call mail:",
        '  to = ["bob"]',
        '  text = "say \\"hi\\"\\n"',
        '  at = {"x": 1, "when": "2026-01-02"}',
    ]
    assert "no arguments" in approval_question("alice", MAIL, {})


def test_what_could_show_another_call_is_escaped() -> None:
    """Escape sequences of terminals, and marks that turn text around."""
    asked = approval_question("alice", MAIL, {"a": "\x1b[2J\u202eevil", "b": Odd(), "c": ["\x9b"]})
    assert asked.replace("\n", "").isprintable()
    assert "\\u202eevil" in asked


def test_long_arguments_are_cut_and_it_is_said() -> None:
    """So that nothing is approved that was not known to be there."""
    asked = approval_question("alice", MAIL, {"a": "x" * 10_000})
    assert len(asked) < 1000
    assert "... (9502 characters more)" in asked
    many = approval_question("alice", MAIL, {f"a{n}": n for n in range(100)})
    assert "... and 70 more arguments" in many


@pytest.mark.parametrize("answer", ["yes", "y", " YES ", "ok", "Okay.", "approve", "Yes!"])
def test_a_plain_yes_approves(answer: str) -> None:
    """In any case, with a mark after it or none."""
    assert read_approval(answer) == (True, "")


@pytest.mark.parametrize("answer", [None, "", "  ", "n", "No.", "exit"])
def test_no_answer_and_a_plain_no_refuse(answer: str | None) -> None:
    """An empty line approves nothing."""
    assert read_approval(answer) == (False, "a human refused the call")


@pytest.mark.parametrize("answer", ["yes, but not to bob", "not ok", "yesterday"])
def test_anything_else_refuses_and_its_words_go_to_the_model(answer: str) -> None:
    """Whoever says more than yes means more than yes."""
    assert read_approval(answer) == (False, f"a human refused the call: {answer}")


def test_a_predicate_says_yes_no_or_why_not() -> None:
    """Only True lets the call run: a mistake in a predicate approves nothing."""
    request = ToolRequest("alice", "mail", {"to": "bob"})
    assert judged(request.arguments["to"] == "bob", "mail") == (True, "")
    assert judged(False, "mail") == (False, "the call of mail was refused")
    assert judged("bob is away", "mail") == (False, "the call of mail was refused: bob is away")
    for odd in (None, 1, "", [True]):
        assert judged(odd, "mail") == (False, "the call of mail was refused")
