"""Tools that are added, replaced and removed at run time."""

from __future__ import annotations

import pytest

from agentcore.agents.agent import ConversableAgent
from agentcore.base.errors import ToolError
from agentcore.protocol.message import Message
from agentcore.tools.decorator import tool
from agentcore.tools.tool import Tool


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


class Clerk(ConversableAgent):
    """An agent with a tool of its class."""

    @tool
    def look_up(self, word: str) -> str:
        """Look a word up."""
        return f"{word}: a word"


def run(agent: ConversableAgent, name: str, arguments: str = '{"a": 2, "b": 3}') -> str:
    """Return the text of the result of a call, outside of any conversation."""
    call = {"role": "assistant", "function_call": {"name": name, "arguments": arguments}}
    reply = agent.generate_reply([call])
    assert reply is not None
    return str(reply.content)


def test_an_agent_without_a_model_runs_its_tools_for_generate_reply() -> None:
    """As in a conversation; raw line breaks in texts are read too."""
    clerk = Clerk("clerk", tools=[add])
    assert run(clerk, "add") == "5"
    assert run(clerk, "look_up", '{"word": "a\nb"}') == "a\nb: a word"
    assert "there is no tool 'minus'" in run(clerk, "minus")


def test_without_tools_and_a_model_the_default_is_the_reply() -> None:
    """A call that nobody can run is not answered otherwise."""
    agent = ConversableAgent("a", default_auto_reply="well")
    call = {"tool_calls": [{"id": "1", "function": {"name": "f"}}]}
    assert agent.generate_reply([call]) == Message.text("well")


def test_a_tool_is_added_replaced_and_removed() -> None:
    """What was added last is called."""
    agent = ConversableAgent("a")
    agent.add_tool(add)
    assert run(agent, "add") == "5"
    with pytest.raises(ToolError, match="has a tool 'add' already: say replace=True"):
        agent.add_tool(Tool("add", "Not quite.", None, multiply))
    agent.add_tool(Tool("add", "Not quite.", None, multiply), replace=True)
    assert run(agent, "add") == "6"
    agent.add_tool(add, replace=True)
    assert run(agent, "add") == "5"
    agent.add_tool(multiply)
    agent.remove_tool(add)
    assert "there is no tool 'add'; the tools are: multiply" in run(agent, "add")


def test_a_tool_of_the_class_is_removed_from_one_agent_alone() -> None:
    """Others of the class keep it, and it may come back."""
    one, other = Clerk("one"), Clerk("other")
    one.remove_tool("look_up")
    assert "there are no tools" in run(one, "look_up", '{"word": "x"}')
    assert run(other, "look_up", '{"word": "x"}') == "x: a word"
    one.add_tool(one.look_up)
    assert run(one, "look_up", '{"word": "x"}') == "x: a word"


def test_functions_are_registered_by_name_as_in_autogen() -> None:
    """A new one takes the place of the old, and ``None`` removes it."""
    agent = ConversableAgent("a", tools=[add])
    agent.register_function({"add": multiply, "sum": add})
    assert (run(agent, "add"), run(agent, "sum")) == ("6", "5")
    agent.register_function({"add": None})
    assert "there is no tool 'add'" in run(agent, "add")
    with pytest.raises(ToolError, match="has no tool 'sun'; did you mean 'sum'"):
        agent.register_function({"sun": None})
    with pytest.raises(ToolError, match="takes a dict"):
        agent.register_function([add])  # type: ignore[arg-type]


def test_a_tool_without_a_description_is_warned_of() -> None:
    """Wherever it is given, since a model can only guess what it does."""

    def bare(a: int) -> int:
        return a

    with pytest.warns(UserWarning, match="the tool bare has no description"):
        ConversableAgent("a", tools=[bare])
    with pytest.warns(UserWarning, match="the tool bare has no description"):
        tool(bare)
    with pytest.warns(UserWarning, match="the tool bare has no description"):
        ConversableAgent("a").add_tool(bare)


@pytest.mark.filterwarnings("error")
def test_a_tool_with_a_description_is_not_warned_of() -> None:
    """A docstring or ``description=`` are one."""
    ConversableAgent("a", tools=[add, Tool("x", "Text.", {"type": "object"}, lambda: 1)])
