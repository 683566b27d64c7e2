"""``generate_reply``: the same rules, and the same errors, as in a conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    GroupChat,
    Handoff,
    Message,
    ReplyTypeError,
    TurnError,
    UserProxyAgent,
    agent_reply,
)
from agentcore.errors import ReplyError
from agentcore.models import ToolCall
from agentcore.protocol.decisions import InSteps
from agentcore.testing import ScriptedModel


class Returns(ConversableAgent):
    """Its rule returns what the agent was made with."""

    def __init__(self, name: str, result: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.result = result

    @agent_reply()
    def answer(self) -> Any:
        return self.result


class Later(ConversableAgent):
    """Its rule is ``async def``."""

    @agent_reply()
    async def answer(self) -> tuple[bool, str]:
        return True, "later"


def converse(system: AgentSystem, agent: ConversableAgent) -> Any:
    """Give what an agent answers to hello in a conversation."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(agent, "hello", silent=True).last_message


@pytest.mark.parametrize("result", [(1, "x"), "x", None, (True,), [True, "x"], (True, 7)], ids=str)
def test_a_wrong_result_is_the_same_error_as_in_a_conversation(
    agent_system: AgentSystem, result: Any
) -> None:
    """What passes a test outside of a conversation must not fail within one."""
    with pytest.raises(ReplyTypeError) as alone:
        Returns("alice", result).generate_reply(["hello"], "user")
    with pytest.raises(ReplyTypeError) as conversing:
        converse(agent_system, Returns("alice", result))
    assert str(alone.value) == str(conversing.value)


def test_a_result_that_is_not_final_leaves_it_to_the_default() -> None:
    """Its reply is discarded."""
    agent = Returns("alice", (False, "x"), default_auto_reply="default")
    assert agent.generate_reply(["hello"]) == {
        "content": "default",
        "role": "user",
        "metadata": {},
    }


def test_a_final_nothing_is_no_reply() -> None:
    """The default is not asked then."""
    agent = Returns("alice", (True, None), default_auto_reply="default")
    assert agent.generate_reply(["hello"]) is None


def test_a_handoff_gives_the_message_that_the_other_agent_would_get() -> None:
    """Its own, or else the message that is answered, with who handed off to whom."""
    given = Returns("alice", (True, Handoff("carol", "Take over."))).generate_reply(["hello"])
    assert given is not None
    assert (given.content, given.name) == ("Take over.", "alice")
    assert given.metadata["handoff"] == {"from": "alice", "to": "carol"}
    plain = Returns("alice", (True, Handoff("carol"))).generate_reply(["hello"])
    assert plain is not None
    assert plain.content == "hello"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (Later("alice"), "rule answer is async def.*a_generate_reply"),
        (GroupChat("group", ["alice"], speaker_selection="round_robin"), "conversations only"),
    ],
    ids=["async def", "group"],
)
def test_what_needs_a_turn_is_refused(agent: ConversableAgent, words: str) -> None:
    """An ``async def`` rule, and the rule of a group."""
    with pytest.raises(TurnError, match=words):
        agent.generate_reply(["hello"])


def test_a_rule_that_answers_in_steps_needs_a_turn() -> None:
    """Its steps are closed, and run nothing."""
    ran: list[str] = []

    def steps() -> Any:
        ran.append("begun")
        yield

    with pytest.raises(TurnError, match="rule answer needs a conversation"):
        Returns("alice", InSteps(steps())).generate_reply(["hello"])
    assert ran == []


def test_without_messages_the_history_with_the_sender_is_answered() -> None:
    """And without both, there is nothing to answer."""
    agent = ConversableAgent("alice", ScriptedModel("42"))
    with pytest.raises(ValueError, match="messages, or a sender"):
        agent.generate_reply()
    question = Message("6 x 7?")
    agent._memory.history_with("bob").record(question, False)
    reply = agent.generate_reply(sender="bob")
    assert reply is not None
    assert reply.content == "42"
    assert list(agent.get_chat_messages("bob")) == [question]


def test_a_model_that_only_proposes_calls_is_an_error() -> None:
    """There is no conversation that could stop with this reason."""
    model = ScriptedModel(then=ToolCall.of("1", "nothing"))
    agent = ConversableAgent("alice", model, max_tool_rounds=1)
    with pytest.raises(ReplyError, match="MAX_TOOL_ROUNDS"):
        agent.generate_reply(["hello"])


def test_awaited_it_asks_async_rules_and_the_model_too() -> None:
    """`a_generate_reply` gives what `generate_reply` does, and blocks no event loop."""

    async def replies(agent: ConversableAgent) -> Any:
        return await agent.a_generate_reply(["hello"], "user")

    later = asyncio.run(replies(Later("alice")))
    thinks = asyncio.run(replies(ConversableAgent("alice", ScriptedModel("42"))))
    says = asyncio.run(replies(Returns("alice", (True, "hi"))))
    assert [later.content, thinks.content, says.content] == ["later", "42", "hi"]


def test_awaited_it_refuses_what_needs_a_turn() -> None:
    """A group converses with its members."""
    group = GroupChat("group", ["alice"], speaker_selection="round_robin")
    with pytest.raises(TurnError, match="conversations only"):
        asyncio.run(group.a_generate_reply(["hello"]))
    with pytest.raises(ReplyTypeError, match="returned 'x'"):
        asyncio.run(Returns("alice", "x").a_generate_reply(["hello"]))
