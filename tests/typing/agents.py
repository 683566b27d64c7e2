"""What type checkers know of an agent's arguments and rules. It is checked, and never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, assert_type

from agentcore import (
    AgentRef,
    AgentSystem,
    ConversableAgent,
    Handoff,
    Message,
    Tool,
    ToolRequest,
    agent_reply,
    keep_last,
    summarise,
    tool,
)
from agentcore.mcp import McpServer
from agentcore.models import OpenAIModel
from agentcore.testing import ScriptedModel


def weather(city: str) -> str:
    """Say what the weather will be."""
    return city


def may_run(request: ToolRequest) -> bool | str:
    """Refuse."""
    return f"not {request.name}"


async def asks_first(request: ToolRequest) -> bool:
    """Agree, later."""
    return True


def shortened(messages: Sequence[Mapping[str, Any]], model: Any) -> Sequence[Mapping[str, Any]]:
    """Show half."""
    return messages[len(messages) // 2 :]


async def summed_up(messages: list[dict[str, Any]], model: Any) -> list[dict[str, Any]]:
    """Show a summary."""
    return messages


def an_agent_takes(server: McpServer, other: ConversableAgent, ref: AgentRef) -> None:
    """What it can use, in each of its forms."""
    made = Tool("look", "looks", {"type": "object"}, weather, may_run)
    ConversableAgent("a", OpenAIModel("m"), tools=[weather, made, server], approve=True)
    ConversableAgent("a", ScriptedModel("hi"), approve="human", executor=ref)
    ConversableAgent("a", "fast", approve=may_run, executor="b", history_policy=keep_last(3))
    ConversableAgent("a", approve=asks_first, executor=other, history_policy=summarise())
    ConversableAgent("a", history_policy=shortened, default_auto_reply={"content": "x"})
    ConversableAgent("a", history_policy=summed_up, human_input_mode="TERMINATE")
    ConversableAgent("a", is_termination_msg=lambda message: message.content == "BYE")


def an_agent_does_not_take() -> None:
    """What it would refuse when it is made, or find out in a turn."""
    ConversableAgent("a", ScriptedModel)  # type: ignore[arg-type]
    ConversableAgent("a", 3)  # type: ignore[arg-type]
    ConversableAgent("a", tools=weather)  # type: ignore[arg-type]
    ConversableAgent("a", tools=[3])  # type: ignore[list-item]
    ConversableAgent("a", approve="yes")  # type: ignore[arg-type]
    ConversableAgent("a", executor=3)  # type: ignore[arg-type]
    ConversableAgent("a", history_policy=3)  # type: ignore[arg-type]
    ConversableAgent("a", human_input_mode="SOMETIMES")  # type: ignore[arg-type]
    ConversableAgent("a", default_auto_reply=3)  # type: ignore[arg-type]
    ConversableAgent("a", system_mesage="x")  # type: ignore[call-arg]
    ConversableAgent()  # type: ignore[call-arg]


def a_rule_answers_whoever_is_named(agent: ConversableAgent, ref: AgentRef) -> None:
    """A name, a class, an agent, a ref, a function, or several of them."""

    def rule(self: ConversableAgent, raw_message: Message) -> tuple[bool, str]:
        return True, "heard"

    agent.register_reply(None, rule)
    agent.register_reply("bob", rule, config=3)
    agent.register_reply([ConversableAgent, "bob", ref, agent, lambda sender: True], rule)
    agent.register_reply(lambda self: [self.name], rule)
    agent.register_reply(3, rule)  # type: ignore[arg-type]
    agent.register_nested_chats([{"recipient": "bob"}], trigger=ref)
    agent_reply(3)  # type: ignore[arg-type]
    Handoff(ref, "go on")
    Handoff(agent, {"content": "go on"})
    Handoff(3)  # type: ignore[arg-type]


def a_tool_stays_what_it_is() -> None:
    """With the parameters and the result that it has."""
    assert_type(tool(weather)("Rome"), str)
    assert_type(tool(name="w", approve=may_run)(weather)("Rome"), str)
    tool(approve="no")  # type: ignore[call-overload]


def a_stream_is_read(
    system: AgentSystem, agent: ConversableAgent, ref: AgentRef, chunks: AsyncIterator[str]
) -> None:
    """From an agent, a ref and a system alike."""
    assert_type(agent.stream_reply(chunks), tuple[bool, Message])
    assert_type(agent.stream_reply([("a", {"n": 1}), "b"], colour="red"), tuple[bool, Message])
    agent.stream_reply([3])  # type: ignore[list-item]
    for each in (agent, ref, system):
        reader = each.get_agent_stream_messages(ref, "id")
        plain: Iterator[tuple[str, Any]] = reader
        awaited: AsyncIterator[tuple[str, Any]] = reader
        reader.close()
        print(plain, awaited)
    assert_type(next(ref.get_agent_stream_messages("bob", "id")), tuple[str, Any])
