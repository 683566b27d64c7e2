"""Functions that give a first message: what they are called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import Message
from agentcore.protocol.message_function import Answered, MessageFunction

ANSWERED = Answered(Message("why?"), [Message("hi"), Message("why?")], "ann")
ALL = {"dish": "fish", "carryover": ["x"]}


NAMED: list[tuple[Callable[..., Any], Any, bool]] = [
    (lambda: 1, 1, False),
    (lambda recipient: recipient, "cid", False),
    (lambda dish, /, recipient: (dish, recipient), ("fish", "cid"), False),
    (lambda carryover, *, sender: (carryover, sender), (["x"], "me"), True),
    (lambda sender, recipient, context: (sender, recipient, context), ("me", "cid", ALL), True),
    (lambda a, b, c: (a, b, c), ("me", "cid", ALL), True),
    (lambda **context: context, {"dish": "fish"}, True),
    (lambda messages, other=3: (messages, other), ([], 3), False),
]


@pytest.mark.parametrize(("function", "gets", "tells"), NAMED)
def test_a_function_gets_what_it_takes(
    function: Callable[..., Any], gets: Any, tells: bool
) -> None:
    """By name or as AutoGen calls it; what is given the carry-over tells it."""
    keywords = {} if gets in (1, "cid", ([], 3), (["x"], "me")) else {"dish": "fish"}
    found = MessageFunction.of(function, keywords)
    assert found.call("me", "cid", ["x"], None, {"dish": "fish"}) == gets
    assert found.tells_carryover == tells


NESTED: list[tuple[Callable[..., Any], Any]] = [
    (lambda recipient, messages, sender, config: (recipient, messages[-1].content, sender, config),
     ("me", "why?", "ann", None)),
    (lambda a, b, c, d: (a, len(b), c, d), ("me", 2, "ann", None)),
    (lambda recipient, messages, sender: (recipient, len(messages), sender), ("cid", 2, "ann")),
]  # fmt: skip


@pytest.mark.parametrize(("function", "gets"), NESTED)
def test_in_nested_chats_a_function_sees_what_is_answered(
    function: Callable[..., Any], gets: Any
) -> None:
    """In AutoGen's form, the recipient is the agent that has the nested chats."""
    assert MessageFunction.of(function, {}).call("me", "cid", [], ANSWERED, {}) == gets


@pytest.mark.parametrize(
    ("function", "keywords", "words"),
    [
        (lambda whom: 1, {}, "has a parameter 'whom'"),
        (lambda a, b: 1, {}, "has a parameter 'a'"),
        (lambda recipient, *, whom: 1, {}, "has a parameter 'whom'"),
        (lambda a, b, *, c: 1, {}, "has a parameter 'a'"),
        (lambda recipient: 1, {"dish": 1}, "takes neither it nor context"),
    ],
)
def test_a_function_that_cannot_be_called_is_refused(
    function: Callable[..., Any], keywords: dict[str, Any], words: str
) -> None:
    """Before any chat is begun."""
    with pytest.raises(TypeError, match=words):
        MessageFunction.of(function, keywords)
