"""An agent with the tools of an MCP server, which this file is as well.

python examples/mcp_client.py [thread|ray] [--model local]

Without a model it follows a script; ``--model local`` lets a small one think, on this machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore import AgentSystem, ChatResult, ConversableAgent, UserProxyAgent, connect
from agentcore.mcp import McpServer
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel

SHELF = {"tea": (12, "4.50"), "coffee": (0, "7.20")}


def shop() -> None:
    """Be an MCP server with two tools, on standard input and output."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("shop")

    @server.tool()
    def stock(item: str) -> str:
        """Say how many tins of an item are on the shelf."""
        return f"{SHELF[item][0]} tins of {item}"

    @server.tool()
    def price(item: str) -> str:
        """Say what a tin of an item costs."""
        return f"{SHELF[item][1]} euros a tin"

    server.run("stdio")


def report(messages: Sequence[Mapping[str, Any]], tools: Any, output: Any) -> str:
    """Answer as a model would that had only the results of its calls to say."""
    results = [str(message["content"]) for message in messages if message["role"] == "tool"]
    return f"We have {', at '.join(results)}."


def scripted() -> ScriptedModel:
    """Give a model that asks for both tools at once, and then answers."""
    calls = [ToolCall.of("1", "stock", item="tea"), ToolCall.of("2", "price", item="tea")]
    return ScriptedModel(calls, report)


def main(system: AgentSystem, llm: Any) -> ChatResult:
    """Let a customer ask the clerk, and give the conversation."""
    # The server is started where the agent lives, when the agent first thinks.
    server = McpServer.stdio(sys.executable, [__file__, "--serve"])
    clerk = system.spawn(
        ConversableAgent,
        "clerk",
        llm,
        system_message="You serve in a shop. Look things up with your tools, then answer briefly.",
        tools=[server],
    )
    customer = UserProxyAgent("customer", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return customer.initiate_chat(clerk, "Is there any tea, and what does it cost?")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("backend", nargs="?")
    parser.add_argument("--model", choices=["scripted", "local"], default="scripted")
    parser.add_argument("--serve", action="store_true")
    given = parser.parse_args()
    if given.serve:
        shop()
    else:
        llm: Any = scripted()
        if given.model == "local":
            from agentcore.models import LocalModel

            llm = LocalModel("qwen2.5-coder-1.5b")
        with connect(given.backend) as system:
            main(system, llm)
