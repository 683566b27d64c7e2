"""Agents as tools of an MCP server: each call of a tool is a conversation with its agent."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import attrs

from agentcore.agents.agent import UserProxyAgent
from agentcore.base.errors import AgentCoreError
from agentcore.base.extras import import_extra
from agentcore.mcp.names import safe_names
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.chat_errors import ChatError
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.system import AgentSystem

__all__ = ["EXTRA", "AgentTools", "ServedAgents"]

EXTRA = ("mcp", "serving agents over MCP")
_DESCRIBING = 2.0  # seconds that a listing waits for agents to describe themselves
_MESSAGE = {
    "type": "object",
    "properties": {"message": {"type": "string", "description": "What to say to the agent."}},
    "required": ["message"],
    "additionalProperties": False,
}


@attrs.frozen
class ServedAgents:
    """Which agents are served: some that are given, or all of a system.

    Attributes:
        system: the system whose agents are served, as they are at each listing; ``None`` if
            ``refs`` are served.
        refs: the agents that are given.
    """

    system: AgentSystem | None
    refs: tuple[AgentRef, ...] = ()

    @classmethod
    def of(cls, served: AgentSystem | AgentRef, agents: Iterable[Any] | None) -> ServedAgents:
        """Make one of the arguments of `serve`.

        Raises:
            AgentNotFoundError: the system has no such agent.
        """
        if isinstance(served, AgentRef):
            return cls(None, (served,))
        if agents is None:
            return cls(served)
        return cls(None, tuple(served.agent(get_agent_name(agent)) for agent in agents))

    def tools(self) -> dict[str, AgentRef]:
        """Give the agents by the names of their tools. This may block."""
        refs: Sequence[AgentRef] = self.refs
        if self.system is not None:
            borrowed = set(self.system._runtime.borrowed())
            found = (ref for ref in self.system.agents() if ref.name not in borrowed)
            refs = sorted(found, key=lambda ref: ref.name)
        names = safe_names(ref.name for ref in refs)
        return {names[ref.name]: ref for ref in refs}


class _Descriptions:
    """The descriptions of agents: each agent is asked once, in a turn of its own."""

    def __init__(self) -> None:
        self._asked: dict[AgentRef, Future[str]] = {}

    async def of(self, refs: Sequence[AgentRef]) -> list[str]:
        """Give one description for each agent; an agent that is busy has only its name for now."""
        for ref in refs:
            if ref not in self._asked:
                self._ask(ref)
        waiting = [asyncio.wrap_future(self._asked[ref]) for ref in refs]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=_DESCRIBING)
            for each in late:
                each.cancel()
        return [
            self._asked[ref].result() if self._asked[ref].done() else _by_name(ref) for ref in refs
        ]

    def _ask(self, ref: AgentRef) -> None:
        answer = self._asked[ref] = Future[str]()
        answer.set_running_or_notify_cancel()  # a listing that stops waiting cannot cancel it then

        def ask() -> None:
            try:
                said = ref.call("describe")
            except Exception:
                said = ""  # the agent has no such method, or is gone
            answer.set_result(said if isinstance(said, str) and said else _by_name(ref))

        # A daemon, so that an agent that is busy does not keep the process from ending.
        threading.Thread(target=ask, name=f"describe {ref.name}", daemon=True).start()


def _by_name(ref: AgentRef) -> str:
    return f"Ask the agent {ref.name!r}."


class AgentTools:
    """Answers the requests of an MCP server's clients.

    Args:
        served: the agents.
    """

    def __init__(self, served: ServedAgents) -> None:
        self._served = served
        self._descriptions = _Descriptions()
        self._known: dict[str, AgentRef] = {}
        self._prefix = f"mcp_{secrets.token_hex(4)}"
        self._idle: list[str] = []
        self._names = 0

    def server(self, name: str) -> Any:
        """Give a server of the SDK that answers by this object.

        Args:
            name: of the server, for its clients.

        Raises:
            ExtraMissingError: the package ``mcp`` is not installed.
        """
        lowlevel = import_extra("mcp.server.lowlevel", *EXTRA)
        return lowlevel.Server(name, on_list_tools=self._list, on_call_tool=self._call)

    async def _tools(self) -> dict[str, AgentRef]:
        self._known = await asyncio.to_thread(self._served.tools)
        return self._known

    async def _list(self, context: Any, parameters: Any) -> Any:
        from mcp.types import ListToolsResult, Tool

        tools = await self._tools()
        said = await self._descriptions.of(tuple(tools.values()))
        return ListToolsResult(
            tools=[
                Tool(name=name, description=description, input_schema=_MESSAGE)
                for name, description in zip(tools, said, strict=True)
            ]
        )

    async def _call(self, context: Any, parameters: Any) -> Any:
        from mcp.types import CallToolResult, TextContent

        try:
            text, failed = await self._answer(parameters.name, parameters.arguments or {}), False
        except AgentCoreError as error:
            text, failed = str(error), True
        return CallToolResult(content=[TextContent(text=text)], is_error=failed)

    async def _answer(self, tool: str, arguments: dict[str, Any]) -> str:
        ref = self._known.get(tool) or (await self._tools()).get(tool)
        if ref is None:
            known = ", ".join(self._known) or "none"
            raise AgentCoreError(f"there is no agent {tool!r}; there are: {known}")
        message = arguments.get("message")
        if not isinstance(message, str) or not message:
            raise AgentCoreError(f"agent {ref.name!r} wants a message: a text that is not empty")
        # Callers reuse names, because the agent keeps a history for each name of a peer.
        name = self._idle.pop() if self._idle else self._new_name()
        caller = UserProxyAgent(name, human_input_mode="NEVER", max_consecutive_auto_reply=0)
        try:
            result = await caller.a_initiate_chat(ref, message, silent=True)
        except ChatError as error:
            raise AgentCoreError(f"agent {ref.name!r} failed: {error}") from error
        finally:
            self._idle.append(name)
        return await _last_answer(ref, result)

    def _new_name(self) -> str:
        self._names += 1
        return f"{self._prefix}_{self._names}"


async def _last_answer(ref: AgentRef, result: ChatResult) -> str:
    """Give the agent's last message in the conversation; read the stream if it is one."""
    for entry in reversed(result.transcript):
        if entry.depth == 0 and entry.sender == ref.name:
            where = entry.metadata
            if not where.get("stream_id"):
                return str(entry.content or "")
            chunks = ref.get_agent_stream_messages(where["agent"], where["stream_id"])
            return "".join([text async for text, _ in chunks])
    raise AgentCoreError(f"agent {ref.name!r} did not answer: {result.stop}")
