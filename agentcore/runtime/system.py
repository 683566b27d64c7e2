"""Systems: the handle that ``connect()`` returns."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Protocol, overload

from agentcore.base.checks import several
from agentcore.protocol.agent_ref import (
    AgentLike,
    AgentRef,
    StreamChunks,
)
from agentcore.runtime.construction import with_peers_by_name
from agentcore.runtime.runtime import Runtime

__all__ = ["AgentSystem", "open_systems"]

P = ParamSpec("P")
# Those of this process that were opened; closed ones may still be in it.
open_systems: list[weakref.ref[AgentSystem]] = []


class _Constructor(Protocol[P]):
    """The class of an agent, as what is called to make one.

    This is no ``Callable[Concatenate[str, P], object]``, which mypy finds in no class that has a
    parameter ``name`` and ``**options``.
    """

    def __call__(self, name: str, *args: P.args, **kwargs: P.kwargs) -> object: ...


class AgentSystem:
    """A system of agents on one backend: spawns and finds them. A context manager.

    Made by `connect`. In ``async def`` code, write ``async with connect() as system``.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        open_systems.append(weakref.ref(self))

    def __repr__(self) -> str:
        return f"<AgentSystem {self._runtime.system} on {type(self._runtime.backend).__name__}>"

    def __enter__(self) -> AgentSystem:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> AgentSystem:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.a_close()

    # The arguments are checked against those of the constructor, of which the name is the first.
    # Such a signature (PEP 612) has no room for a keyword of its own, as ``placement`` is.
    @overload
    def spawn(self, cls: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> AgentRef: ...
    @overload
    def spawn(
        self,
        cls: type,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> AgentRef: ...
    @overload
    def spawn(
        self,
        cls: type,
        name: str,
        *args: Any,
        history: Mapping[Any, Any] | None,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AgentRef: ...
    def spawn(  # type: ignore[misc]  # an argument of a constructor may be named ``placement``, too
        self,
        cls: Any,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AgentRef:
        """Construct ``cls(name, *args, **kwargs)`` where the agent will live.

        An argument ``history`` is what was said before, as ``chat_messages=`` of
        `ConversableAgent`. Any class has it, unless its constructor has one of that name.

        Args:
            placement: where that is, in options of the backend; backends that have only one
                place take no notice of it.

        Raises:
            NameInUseError: another agent has the name.
            SpawnError: it could not be constructed, or not be taken to where it is to live.
            SystemClosedError: the system was closed.
        """
        return self.spawn_many(cls, (name,), *args, placement=placement, **kwargs)[0]

    @overload
    def spawn_many(
        self,
        cls: _Constructor[P],
        names: Sequence[str],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> tuple[AgentRef, ...]: ...
    @overload
    def spawn_many(
        self,
        cls: type,
        names: Sequence[str],
        *args: Any,
        placement: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]: ...
    @overload
    def spawn_many(
        self,
        cls: type,
        names: Sequence[str],
        *args: Any,
        history: Mapping[Any, Any] | None,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]: ...
    def spawn_many(
        self,
        cls: Any,
        names: Sequence[str],
        *args: Any,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]:
        """Construct an agent for each name, in few calls; all of them or none."""
        self._runtime.check_open()
        if not isinstance(cls, type):
            raise TypeError(f"spawn takes the class of an agent, not {cls!r:.200}")
        given = several(names, "spawn_many takes a list of names")
        named = with_peers_by_name(cls, kwargs)
        return self._runtime.backend.spawn(cls, given, args, named, placement or {})

    def pool(
        self,
        cls: Callable[Concatenate[str, P], object],
        name: str,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AgentRef:
        """Offer an agent for each session under one name, so that sessions need not wait.

        Each session, as ``session=`` of `initiate_chat` says, has an agent with attributes and
        histories of its own, which ``cls(name, *args, **kwargs)`` makes at its first message.
        Without a session, each agent that begins a conversation has one. They are spread over the
        hosts of a cluster, and stay until the pool is closed. The pool's methods cannot be called.

        Raises:
            NameInUseError: another agent has the name.
            SpawnError: the class or the arguments cannot be taken to where the agents are to live.
            SystemClosedError: the system was closed.
        """
        self._runtime.check_open()
        if not isinstance(cls, type):
            raise TypeError(f"pool takes the class of its agents, not {cls!r:.200}")
        return self._runtime.backend.spawn_pool(cls, name, args, kwargs)

    @overload
    async def a_spawn(
        self, cls: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs
    ) -> AgentRef: ...
    @overload
    async def a_spawn(
        self,
        cls: type,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> AgentRef: ...
    async def a_spawn(self, cls: Any, name: str, *args: Any, **kwargs: Any) -> AgentRef:  # type: ignore[misc]
        """`spawn` for ``async def`` callers: the constructor runs on a thread of its own."""
        return await asyncio.to_thread(self.spawn, cls, name, *args, **kwargs)

    def agent(self, name: str) -> AgentRef:
        """Find an agent by its name.

        An agent object of the caller's is found only while it converses. Of several objects that
        have the name, the one is found whose conversation the calling turn is part of, or else the
        one that converses for the longest time.

        Raises:
            AgentNotFoundError: there is none; the message lists close names.
        """
        self._runtime.check_open()
        return self._runtime.resolve(str(name))

    def agents(self) -> tuple[AgentRef, ...]:
        """Give all agents of the system."""
        self._runtime.check_open()
        return tuple(self._runtime.backend.refs())

    def get_agent_stream_messages(self, agent: AgentLike, stream_id: str) -> StreamChunks:
        """Read a stream: see `ConversableAgent.get_agent_stream_messages`."""
        return self._runtime.read_stream(agent, stream_id)

    def close(self) -> None:
        """End the system: its agents, and every thread and process it began. Idempotent."""
        self._runtime.close()
        self._runtime.backend.close()

    async def a_close(self) -> None:
        """`close` for ``async def`` callers: does not block the event loop."""
        await asyncio.to_thread(self.close)

    def end(self) -> None:
        """End the system for everyone: also a detached one, which ``close`` only leaves."""
        self._runtime.close()
        self._runtime.backend.end()
