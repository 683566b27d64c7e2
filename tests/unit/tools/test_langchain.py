"""LangChain's tools and runnables with agents, through their own public interfaces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore import ConversableAgent, Tool, UserProxyAgent, agent_reply, connect
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel

langchain_tools = pytest.importorskip("langchain_core.tools")
prompts = pytest.importorskip("langchain_core.prompts")
runnables = pytest.importorskip("langchain_core.runnables")


def multiply(a: int, b: int = 10) -> int:
    """Multiply two numbers."""
    return a * b


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def from_langchain(made: Any) -> Tool:
    """All the glue there is."""
    return Tool(
        name=made.name,
        description=made.description,
        parameters=made.tool_call_schema.model_json_schema(),
        function=lambda **arguments: made.invoke(arguments),
    )


def answer_with(model: ScriptedModel, *tools: Tool) -> str:
    """Ask an agent with tools one thing, and give its answer."""
    with connect("inline") as system:
        alice = system.spawn(ConversableAgent, "alice", model, tools=tools)
        user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        result = user.initiate_chat(alice, "How much is it?", silent=True)
    return str(result.last_message["content"])


def test_a_model_is_told_of_a_langchain_tool_what_langchain_would_tell_it() -> None:
    """Name, description and the schema of the arguments."""
    spec = from_langchain(langchain_tools.tool(multiply)).spec()
    assert (spec.name, spec.description) == ("multiply", "Multiply two numbers.")
    assert spec.parameters["properties"]["a"]["type"] == "integer"
    assert spec.parameters["properties"]["b"]["default"] == 10
    assert spec.parameters["required"] == ["a"]


def test_an_agent_calls_a_langchain_tool() -> None:
    """The result goes back to the model, which answers with it."""
    model = ScriptedModel(ToolCall.of("1", "multiply", a=6, b=7), "It is 42.")
    assert answer_with(model, from_langchain(langchain_tools.tool(multiply))) == "It is 42."
    assert "42" in str(model.calls[-1].messages[-1])


def test_wrong_arguments_of_a_langchain_tool_go_back_to_the_model() -> None:
    """By its own schema, before it is called."""
    model = ScriptedModel(ToolCall.of("1", "multiply", a="six"), "I do not know.")
    answer_with(model, from_langchain(langchain_tools.tool(multiply)))
    assert 'arguments.a must be an integer, not "six"' in model.calls[-1].messages[-1]["content"]


def test_an_async_langchain_tool_is_awaited() -> None:
    """Through ``ainvoke``."""
    made = langchain_tools.tool(add)

    async def call(**arguments: Any) -> Any:
        return await made.ainvoke(arguments)

    tool = Tool(made.name, made.description, made.tool_call_schema.model_json_schema(), call)
    assert tool.is_async
    assert asyncio.run(tool.function(**tool.read('{"a": 1, "b": 2}'))) == 3
    model = ScriptedModel(ToolCall.of("1", "add", a=40, b=2), "It is 42.")
    assert answer_with(model, tool) == "It is 42."
    assert "42" in str(model.calls[-1].messages[-1])


def test_a_runnable_is_called_in_a_rule() -> None:
    """A chain of a prompt and a function, asked by a message."""
    chain = prompts.ChatPromptTemplate.from_template("Shout: {text}") | runnables.RunnableLambda(
        lambda prompt: prompt.to_string().upper()
    )

    class Shouter(ConversableAgent):
        @agent_reply()
        async def shout(self, raw_message: Any) -> tuple[bool, str]:
            return True, await chain.ainvoke({"text": raw_message["content"]})

    with connect("inline") as system:
        bob = system.spawn(Shouter, "bob")
        user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        result = user.initiate_chat(bob, "good morning", silent=True)
    assert result.last_message["content"] == "HUMAN: SHOUT: GOOD MORNING"
