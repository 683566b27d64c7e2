"""Arguments that users get wrong are refused at once, in words that name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    GroupChat,
    Handoff,
    ReplyError,
    TurnError,
    UserProxyAgent,
    agent_reply,
    connect,
    prompt,
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
        lambda: GroupChat("g", ["amy"], speaker_selection_method="random"),
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
    ("options", "words"),
    [
        ({"max_turns": "3"}, "max_turns is a whole number"),
        ({"timeout": "3"}, "timeout= is a number of seconds"),
        ({"sylent": True}, "did you mean 'silent'"),
    ],
    ids=str,
)
def test_a_chat_with_a_wrong_option_is_not_begun(
    agent_system: AgentSystem, options: dict[str, Any], words: str
) -> None:
    """The recipient has heard nothing."""
    agent = agent_system.spawn(ConversableAgent, "agent")
    with pytest.raises((TypeError, ValueError), match=words):
        user().initiate_chat(agent, "hello", silent=True, **options)
    assert agent.call("get_chat_messages", "user") == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"max_turns": "3"}, "chat 1 of the sequence: max_turns"),
        ({"timeout": "3"}, "chat 1 of the sequence: timeout="),
        ({"carryover": 5}, "chat 1 of the sequence: carryover="),
        ({"until": 5}, "chat 1 of the sequence"),
        ({"summary_method": "best"}, "chat 1: summary_method"),
        ({"mesage": "x"}, "chat 1 of the sequence has no key 'mesage'"),
    ],
    ids=str,
)
def test_no_chat_of_a_sequence_is_begun_if_one_of_them_is_wrong(
    agent_system: AgentSystem, entry: dict[str, Any], words: str
) -> None:
    """The first is right, and is not held."""
    agent = agent_system.spawn(ConversableAgent, "agent")
    chats = [{"recipient": agent, "message": "one"}, {"recipient": agent, **entry}]
    with pytest.raises((TypeError, ValueError), match=words):
        user().initiate_chats(chats)
    assert agent.call("get_chat_messages", "user") == []


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


class Selfish(ConversableAgent):
    """Hands off to itself."""

    @agent_reply()
    def hand_off(self) -> tuple[bool, Handoff]:
        return True, Handoff(self.name)


def test_nobody_hands_off_to_themselves(agent_system: AgentSystem) -> None:
    """It would go round until the budget is spent."""
    agent = agent_system.spawn(Selfish, "selfish")
    with pytest.raises(ReplyError, match="handed off to itself"):
        user().initiate_chat(agent, "hello", silent=True)


class Blocking(ConversableAgent):
    """Runs a prompt that blocks, in a rule that may not."""

    @prompt(llm=lambda self: self.llm)
    def thought(self) -> str:
        """Think."""

    @agent_reply()
    async def answer(self) -> tuple[bool, str]:
        return True, self.thought()


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_a_prompt_that_would_block_the_loop_is_refused_whatever_the_model(backend: str) -> None:
    """Also with a model that answers at once, so that tests find it."""
    with connect(backend) as system:
        agent = system.spawn(Blocking, "agent", ScriptedModel(then="x"))
        with pytest.raises(ReplyError, match="write it as async def, and await it") as caught:
            user().initiate_chat(agent, "hello", silent=True)
        assert isinstance(caught.value.__cause__, TurnError)
