"""Arguments that users get wrong are refused at once, in words that name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    GroupChat,
    UserProxyAgent,
)
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel


def user() -> UserProxyAgent:
    """A user who never answers."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


def no_tool() -> str:
    """Be no list."""
    return ""


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: ConversableAgent("a", ScriptedModel), "ScriptedModel is a class: make one of it"),
    (lambda: ConversableAgent("a", system_message=5), "system_message= is a text"),  # type: ignore[arg-type]
    (lambda: ConversableAgent("a", is_termination_msg="BYE"), "is_termination_msg= is a predicate"),  # type: ignore[arg-type]
    (lambda: ConversableAgent("a", tools=no_tool), "tools= is a list"),  # type: ignore[arg-type]
    (lambda: ConversableAgent("a", max_tool_rounds="x"), "max_tool_rounds is a whole number"),  # type: ignore[arg-type]
    (lambda: ConversableAgent("a", approve="x"), "approve= is True"),
    (lambda: ConversableAgent("a", history_policy=3), "history_policy= is keep_last"),
    (lambda: ConversableAgent("a", sampling=3), "sampling= is a Sampling"),  # type: ignore[arg-type]
    (lambda: GroupChat("g", "amy"), "a group are a list"),
    (lambda: GroupChat("g", ["amy", "g"], speaker_selection="random"), "member of itself"),
    (
        lambda: GroupChat(
            "g", ["amy"], speaker_selection="random", allowed_transitions=[("a", "b")]
        ),  # type: ignore[arg-type]
        "who may follow, as in",
    ),
    (
        lambda: GroupChat("g", ["amy"], speaker_selektion="random"),  # type: ignore[call-arg]
        "GroupChat has no argument",
    ),
    (lambda: ToolCall("1", "look", {"at": 1}), r"ToolCall\.of"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_argument_is_refused_where_it_is_given(make: Callable[[], Any], words: str) -> None:
    """With its name, and what it should be."""
    with pytest.raises((TypeError, ValueError), match=words):
        make()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda system: system.spawn_many(ConversableAgent, "xyz"), "a list of names"),
        (lambda system: system.spawn(ConversableAgent("x"), "x"), "takes the class"),
        (lambda system: user().ask_all("hi", "n1"), "a list of agents"),
    ],
    ids=["spawn_many", "spawn", "ask_all"],
)
def test_a_text_is_no_list_and_an_object_no_class(
    agent_system: AgentSystem, ask: Callable[[AgentSystem], Any], words: str
) -> None:
    """A text has letters, which nobody means as names."""
    with pytest.raises(TypeError, match=words):
        ask(agent_system)
