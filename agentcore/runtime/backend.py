"""What a backend is, and the node that it works for."""

from __future__ import annotations

import abc
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any, ClassVar, Protocol

from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.packets import AskAll
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.ports import Latch, Runnable, Timer

__all__ = ["ActorBackend", "Node"]


class Node(Protocol):
    """One process's part of a system, as its backend knows it; `Runtime` is the one there is.

    Attributes:
        system: the system's id.
        place: where this process is, in words of the backend.
        mailboxes: the mailboxes of the agents of this process, by name.
    """

    system: str
    place: str
    mailboxes: dict[str, Mailbox]

    @property
    def console(self) -> Console | None:
        """What shows messages in order; a backend that has agents in other processes sets it."""

    @console.setter
    def console(self, console: Console | None) -> None: ...

    def spawn_here(
        self, cls: type, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[AgentRef, ...]:
        """Construct agents in this process: all or none.

        Raises:
            NameInUseError: a name is taken.
            SpawnError: a constructor raised.
        """
        raise NotImplementedError

    def close_here(self, name: str) -> None:
        """End an agent of this process; what waited in its mailbox fails."""

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process."""

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process."""
        raise NotImplementedError

    def borrowed(self) -> list[str]:
        """Name the agent objects that are hosted here only for their conversations."""
        raise NotImplementedError

    def receive(self, packet: Any) -> None:
        """Take an envelope or a packet that another process sent to this one."""

    def send_to(self, place: str, packet: Any) -> None:
        """Send a packet to the process at ``place``."""

    def refuse(self, item: Any, error: Any) -> None:
        """``item`` did not reach its agent: whoever waits for what comes of it is told."""

    def refuse_all(self, packet: AskAll, error: Any) -> None:
        """A question to several agents did not reach their process."""

    def lost(self, place: str) -> None:
        """The process at ``place`` is gone: what waits here for one of its agents fails."""

    def close(self) -> None:
        """End every agent here; what waits for one fails. Idempotent."""


class ActorBackend(abc.ABC):
    """Hosts agents and runs their turns. It holds no semantics: those are in the runtime.

    A backend is made by ``connect()``, with its options; ``start`` gives it its runtime, the part
    of agentcore that it works for in this process. A backend that lives in one process needs the
    abstract methods only. One that has agents elsewhere overrides the others too.
    """

    #: attrs class of the backend's section in the configuration, and of its ``connect`` options
    settings_class: ClassVar[type]

    runtime: Node

    @classmethod
    @abc.abstractmethod
    def create(cls, settings: Any, core: CoreSettings) -> ActorBackend:
        """Make a backend of its settings, an instance of ``settings_class``."""

    @abc.abstractmethod
    def start(self) -> Node:
        """Begin: make the `Runtime` of this process, and give it."""

    @abc.abstractmethod
    def schedule(self, runnable: Runnable) -> None:
        """Run ``runnable.run()`` soon, exactly once, on any thread; called from any thread.

        What that gives is to be run too, exactly once: best by the same thread, next.
        """

    @abc.abstractmethod
    def latch(self) -> Latch:
        """Give something for `block` to wait for."""

    @abc.abstractmethod
    def block(self, latch: Any, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Hold the calling thread until ``latch`` is set, while others' turns go on.

        Args:
            latch: made by `latch`.
            timeout: seconds, or ``None`` for as long as it takes.
            mailbox: of the agent whose turn waits, and has given its token on; ``None`` outside of
                any turn, and in one that keeps its token.

        Returns:
            whether it was set in time.
        """

    def run_here(self, runnables: Sequence[Runnable], latch: Any) -> None:
        """Run what the calling thread is going to `block` for: on any threads, as `schedule` does.

        A backend may run them on the calling thread itself, and what comes of them, until
        ``latch.is_set``, since it could not go on before anyway. But nothing else: the turn that
        waits could not go on before that has ended, and others may depend on it.
        """
        for runnable in runnables:
            self.schedule(runnable)

    @abc.abstractmethod
    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run ``coroutine`` on the process's event loop, in a copy of the calling context.

        ``done(value, error)`` is called when it has ended, on any thread.
        """

    async def drive(self, future: Awaitable[Any]) -> Any:
        """Await ``future`` outside of any turn; a backend without threads works meanwhile."""
        return await future

    def hold_thread(self, future: Future[Any], timeout: float) -> bool:
        """Hold the calling thread, on which a tool runs, until ``future`` is done.

        Args:
            timeout: seconds after which it comes back anyway; a backend may come back sooner.

        Returns:
            whether it is done.
        """
        return bool(wait([future], timeout).done)

    @abc.abstractmethod
    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    @abc.abstractmethod
    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call ``function()`` after ``delay`` seconds, on any thread."""

    @abc.abstractmethod
    def close(self) -> None:
        """End everything the backend has begun; no thread or process is left. Idempotent."""

    def end(self) -> None:
        """End the system for all, also one that outlives whoever closes it."""
        self.close()

    # --- where agents live: overridden by backends with more than one process -------------------

    def attach(self, mailbox: Mailbox) -> None:
        """A mailbox was made in this process: give the agent what it needs to live."""

    def detach(self, mailbox: Mailbox) -> None:
        """The agent of a mailbox was closed."""

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct ``cls(name, *args, **kwargs)`` for each name, all or none.

        Raises:
            NameInUseError: a name is taken.
            SpawnError: a constructor raised.
        """
        return self.runtime.spawn_here(cls, names, args, kwargs)

    def claim(self, ref: AgentRef) -> None:
        """An agent object of the caller's process is to be known by its name.

        Raises:
            NameInUseError: the name is taken.
        """

    def disclaim(self, ref: AgentRef) -> None:
        """It need not be known any more."""

    def find(self, name: str) -> AgentRef | None:
        """Give the ref of the agent that has this name, if there is one."""
        return self.runtime.ref_here(name)

    def refs(self) -> Sequence[AgentRef]:
        """Give the refs of all agents of the system."""
        return self.runtime.refs_here()

    def model_host(self, model: Any) -> Any:
        """Give what answers for a model that is to be loaded once a machine.

        By default the model itself, in this process. It is a `ChatModel`, with all attributes of
        the model's; this is called in each turn that asks one, so it must be quick.
        """
        return model

    def close_agent(self, ref: AgentRef) -> None:
        """End one agent."""
        self.runtime.close_here(ref.name)

    def carry(self, place: str, item: Any) -> None:
        """Take an envelope or a packet to another process, in the order given, at most once.

        When it turns out that ``item`` cannot arrive, ``runtime.refuse(item, error)`` is
        called, from any thread.
        """
        raise AssertionError(f"a backend of one process was to carry to {place!r}")
