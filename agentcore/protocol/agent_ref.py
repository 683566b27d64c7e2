"""Refs: picklable addresses of hosted agents, and the systems of this process by their ids.

A ref travels between processes, so it cannot hold a runtime. It has the id of its system, and looks
up the system's runtime in the process where it is used.
"""

from __future__ import annotations

import weakref
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

import attrs

from agentcore.base.errors import SystemClosedError
from agentcore.protocol.briefing import SummaryMethod, briefing_for
from agentcore.protocol.carryover import Carryover
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions, Until
from agentcore.protocol.message import MessageLike
from agentcore.protocol.transcript import ChatResult

__all__ = [
    "AgentLike",
    "AgentObject",
    "AgentRef",
    "StreamChunks",
    "SystemPort",
    "get_agent_name",
    "register_system",
    "system_of",
    "systems_here",
]


@attrs.frozen(repr=False, eq=False)
class AgentRef:
    """The address of a hosted agent: picklable, hashable, equal by system and address.

    It also equals the agent object that it is the address of, or a copy of that object that is
    hosted nowhere and has its name.

    Attributes:
        name: the agent's name.
        system: the id of its system.
        place: the process that the agent lives in, as its backend names it.
        kinds: the names of its class and of that class's bases, for rules that answer a class.
        address: what tells it from other agents of its name; the name itself for spawned agents.
        key: under which its peers keep their histories with it: its address, or in a session its
            name and the session.
    """

    name: str
    system: str
    place: str = ""
    kinds: tuple[str, ...] = ()
    address: str = attrs.field(default=attrs.Factory(lambda ref: ref.name, takes_self=True))
    key: str = attrs.field(default=attrs.Factory(lambda ref: ref.address, takes_self=True))

    def __eq__(self, other: object) -> bool:
        if type(other) is AgentRef:
            return self.address == other.address and self.system == other.system
        if not hasattr(other, "_mailbox") or getattr(other, "name", None) != self.name:
            return NotImplemented
        if other._mailbox is None:  # a system that hosts it again gives it the same address
            return getattr(other, "_address", "") in ("", self.address)
        return bool(other._mailbox.ref == self)

    def __hash__(self) -> int:
        return hash(self.name)  # and not of the system: an equal agent object may have none

    def __repr__(self) -> str:
        return f"<AgentRef {self.name!r} of {self.system}>"

    @property
    def is_pool(self) -> bool:
        """Whether it is a pool, which has an agent for each session: see `AgentSystem.pool`."""
        return self.place.startswith("pool:")

    def initiate_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | Callable[..., Any] | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        session: str = "",
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> ChatResult:
        """Let this agent begin a conversation, and wait until it has stopped.

        Takes what `ConversableAgent.initiate_chat` takes, and raises what it raises.
        """
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(
            clear_history, silent, max_turns, until, timeout, session=session, briefing=brief
        )
        port = system_of(self)
        result: ChatResult = port.begin_and_wait(
            lambda: port.begin(self, recipient, message, options, context, True)
        )
        return result

    async def a_initiate_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | Callable[..., Any] | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> ChatResult:
        """`initiate_chat` for ``async def`` callers: takes and raises the same."""
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(clear_history, silent, max_turns, until, timeout, briefing=brief)
        port = system_of(self)
        result: ChatResult = await port.a_begin_and_wait(
            lambda: port.begin(self, recipient, message, options, context, True)
        )
        return result

    def start_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | Callable[..., Any] | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        session: str = "",
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> Chat:
        """Let this agent begin a conversation, and give the `Chat` at once.

        Takes what `ConversableAgent.initiate_chat` takes.

        Raises:
            AgentNotFoundError, MessageError: nothing was begun.
        """
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(
            clear_history, silent, max_turns, until, timeout, session=session, briefing=brief
        )
        return system_of(self).begin(self, recipient, message, options, context, False)

    def call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Run a method of the agent as one of its turns, and give what it returns.

        Args:
            method: the name of the method; ``args`` and ``kwargs`` are its arguments.

        Raises:
            AgentNotFoundError: the agent was closed.
            ReplyError: the method raised.
        """
        port = system_of(self)
        return port.begin_and_wait(lambda: port.ask_to_call(self, method, args, kwargs))

    async def a_call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """`call` for ``async def`` callers: blocks no thread while it waits."""
        port = system_of(self)
        return await port.a_begin_and_wait(lambda: port.ask_to_call(self, method, args, kwargs))

    def get_agent_stream_messages(self, agent: AgentLike, stream_id: str) -> StreamChunks:
        """Read a stream: see `ConversableAgent.get_agent_stream_messages`."""
        return system_of(self).read_stream(agent, stream_id)

    def close(self) -> None:
        """Close the agent: messages in its mailbox fail with ``AgentDiedError``."""
        system_of(self).close_agent(self)


class StreamChunks(Iterator[tuple[str, Any]], AsyncIterator[tuple[str, Any]]):
    """An iterator over a stream, also for ``async for``: ``(text, metadata)`` for each chunk."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading. Without other readers, the stream is freed."""


class AgentObject(Protocol):
    """An agent object, as opposed to its ref: a `ConversableAgent`, or what has its methods."""

    name: str

    def generate_init_message(self, **context: Any) -> Any:
        """Decide the first message of a conversation that was begun without one."""


# Wherever an agent is expected: an agent object, a ref or a name.
AgentLike: TypeAlias = AgentRef | AgentObject | str


class SystemPort(Protocol):
    """What refs use of the runtime of their system; `Runtime` is the one there is."""

    def begin(
        self,
        initiator: AgentRef,
        recipient: AgentLike,
        message: Any,
        options: ChatOptions,
        context: Mapping[str, Any],
        waits: bool,
    ) -> Chat:
        """Let a hosted agent begin a conversation, as one of its turns.

        Args:
            message: the first message, or a function that gives it, or ``None``.
            context: keyword arguments of ``generate_init_message`` or the function.
            waits: whether the calling turn, if there is one, waits for the result.
        """
        raise NotImplementedError

    def ask_to_call(
        self, agent: AgentRef, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Chat:
        """Have a method of a hosted agent run as one of its turns."""
        raise NotImplementedError

    def begin_and_wait(self, begin: Callable[[], Chat]) -> Any:
        """Call ``begin``, block the calling thread until what it began is over, give its value."""

    async def a_begin_and_wait(self, begin: Callable[[], Chat]) -> Any:
        """`begin_and_wait` for ``async def`` callers."""

    def read_stream(self, agent: AgentLike, stream_id: str) -> StreamChunks:
        """Give an iterator over a stream of any agent."""
        raise NotImplementedError

    def close_agent(self, ref: AgentRef) -> None:
        """Close one agent."""


_systems: weakref.WeakValueDictionary[str, SystemPort] = weakref.WeakValueDictionary()


def register_system(system: str, port: SystemPort) -> None:
    """Let refs of this process find a system by its id.

    The reference to ``port`` is weak, so that a system that nobody holds any more can be collected.
    """
    _systems[system] = port


def system_of(ref: AgentRef) -> SystemPort:
    """Give the runtime, in this process, of the system that ``ref`` belongs to.

    Raises:
        SystemClosedError: the system was closed, or this process is not connected to it.
    """
    port = _systems.get(ref.system)
    if port is None:
        raise SystemClosedError(
            f"the system of agent {ref.name!r} is closed, or this process is not connected to it; "
            "connect() first"
        )
    return port


def systems_here() -> Iterator[SystemPort]:
    """Give the runtimes of all systems that this process is connected to."""
    yield from list(_systems.values())


def get_agent_name(agent: AgentLike) -> str:
    """Give the name of an agent that is given as an object, a ref or a name.

    Raises:
        TypeError: it is none of these.

    Examples:
        >>> get_agent_name(AgentRef("alice", "some-system")), get_agent_name("bob")
        ('alice', 'bob')
    """
    name = agent if isinstance(agent, str) else getattr(agent, "name", None)
    if not isinstance(name, str):
        raise TypeError(f"an agent is an agent object, a ref or a name, not {type(agent).__name__}")
    return name
