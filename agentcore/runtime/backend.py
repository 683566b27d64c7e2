"""`ActorBackend`, the base class of backends, and `Node`, what a backend uses of the runtime."""

from __future__ import annotations

import abc
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any, ClassVar, Protocol

from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.kinds import kinds_of
from agentcore.protocol.packets import AskAll
from agentcore.protocol.sessions import pool_place
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.ports import Latch, Runnable, Timer

__all__ = ["ActorBackend", "Node"]


class Node(Protocol):
    """The runtime of one process, as its backend knows it; `Runtime` is the only implementation.

    Attributes:
        system: the system's id.
        place: this process, as its backend names it.
        mailboxes: the mailboxes of the agents of this process, by name.
    """

    system: str
    place: str
    mailboxes: dict[str, Mailbox]

    @property
    def console(self) -> Console | None:
        """Prints messages in order; a backend that has agents in other processes sets it."""

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

    def add_pool(
        self, ref: AgentRef, cls: type, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        """Let this process make agents of a pool, when their sessions begin.

        Raises:
            NameInUseError: the name is taken.
        """

    def close_here(self, address: str) -> None:
        """Close an agent of this process, or its part of a pool; items in mailboxes fail."""

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process; ``None`` if there is no such agent."""

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process."""
        raise NotImplementedError

    def borrowed(self) -> list[str]:
        """Give the addresses of agent objects that are hosted here only while they converse."""
        raise NotImplementedError

    def receive(self, packet: Any) -> None:
        """Take an envelope or a packet that another process sent to this one."""

    def send_to(self, place: str, packet: Any) -> None:
        """Send a packet to the process at ``place``."""

    def refuse(self, item: Any, error: Any) -> None:
        """Tell whoever waits for the outcome of ``item`` that it did not reach its agent."""

    def refuse_all(self, packet: AskAll, error: Any) -> None:
        """Refuse each part of a question to many that did not reach its process."""

    def lost(self, place: str) -> None:
        """Let everything fail that waits here for an agent of ``place``, whose process ended."""

    def close(self, why: str = "the system was closed while this was going on") -> None:
        """Close every agent of this process; whatever waits for one fails. Idempotent.

        Args:
            why: the text of the error that it fails with.
        """


class ActorBackend(abc.ABC):
    """Hosts agents, runs their turns, and carries items between processes.

    It decides on which thread and in which process something runs, and nothing else: what a message
    means is decided in the runtime. ``connect()`` makes the backend with its options, and ``start``
    makes its runtime. A backend of one process needs the abstract methods only. One that has agents
    in other processes overrides the others too.

    Attributes:
        settings_class: the attrs class of the backend's section in the configuration, whose fields
            are also its options in ``connect``.
        runtime: the runtime of this process; set by ``start``.
    """

    settings_class: ClassVar[type]

    runtime: Node

    @classmethod
    @abc.abstractmethod
    def create(cls, settings: Any, core: CoreSettings) -> ActorBackend:
        """Make a backend.

        Args:
            settings: an instance of ``settings_class``.
            core: the settings that every backend shares.
        """

    @abc.abstractmethod
    def start(self) -> Node:
        """Start the backend: make the `Runtime` of this process, and return it."""

    @abc.abstractmethod
    def schedule(self, runnable: Runnable) -> None:
        """Run ``runnable.run()`` soon, exactly once, on any thread. Called from any thread.

        If that returns another runnable, run it too, exactly once: best next on the same thread,
        which saves a hand-off between threads.
        """

    @abc.abstractmethod
    def latch(self) -> Latch:
        """Make a latch that `block` can wait for."""

    @abc.abstractmethod
    def block(self, latch: Any, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Block the calling thread until ``latch`` is set, while turns of other agents go on.

        Args:
            latch: made by `latch`.
            timeout: seconds, or ``None`` for as long as it takes.
            mailbox: the mailbox of the agent whose turn waits, if that turn released its token;
                ``None`` outside of any turn, and in a turn that keeps its token.

        Returns:
            whether the latch was set in time.
        """

    def run_here(self, runnables: Sequence[Runnable], latch: Any) -> None:
        """Run what the calling thread waits for. By default on any threads, as `schedule` does.

        A backend may run them, and the runnables that they return, on the calling thread itself,
        until ``latch.is_set``: the thread could not go on earlier anyway. It must not run anything
        else there, because the waiting turn could not go on before that has ended, and other turns
        may depend on it.
        """
        for runnable in runnables:
            self.schedule(runnable)

    @abc.abstractmethod
    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], object]:
        """Run ``coroutine`` on the process's event loop, in a copy of the caller's context.

        Args:
            done: called as ``done(value, error)`` when it has ended, on any thread.

        Returns:
            a function that cancels it; called on any thread. Once it has ended, that does nothing.
        """

    async def drive(self, future: Awaitable[Any]) -> Any:
        """Await ``future`` outside of any turn; a backend without threads runs turns meanwhile."""
        return await future

    def hold_thread(self, future: Future[Any], timeout: float) -> bool:
        """Block the calling thread, on which a tool runs, until ``future`` is done.

        Args:
            timeout: seconds after which it returns anyway; a backend may return sooner.

        Returns:
            whether the future is done.
        """
        return bool(wait([future], timeout).done)

    @abc.abstractmethod
    def now(self) -> float:
        """Give the time in seconds, of a monotonic clock."""

    @abc.abstractmethod
    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call ``function()`` after ``delay`` seconds, on any thread."""

    @abc.abstractmethod
    def close(self) -> None:
        """End everything that the backend started; no thread or process is left. Idempotent."""

    def end(self) -> None:
        """End the system for all processes, also a detached one, which `close` leaves running."""
        self.close()

    # --- where agents live: overridden by backends with more than one process -------------------

    def attach(self, mailbox: Mailbox) -> None:
        """Prepare to run a mailbox that was made in this process."""

    def detach(self, mailbox: Mailbox) -> None:
        """Free what `attach` prepared, because the agent of the mailbox was closed."""

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

    def spawn_pool(
        self, cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> AgentRef:
        """Let the processes of the system make agents of a pool; return the ref of the pool.

        Raises:
            NameInUseError: the name is taken.
            SpawnError: the class or the arguments cannot be taken to them.
        """
        place = pool_place((self.runtime.place,))
        ref = AgentRef(name, self.runtime.system, place, kinds_of(cls))
        self.runtime.add_pool(ref, cls, args, kwargs)
        return ref

    def claim(self, ref: AgentRef) -> None:
        """Register an agent object of this process in the whole system, under its address."""

    def disclaim(self, ref: AgentRef) -> None:
        """Remove what `claim` registered."""

    def find(self, name: str) -> AgentRef | None:
        """Give the ref of the agent of this name; ``None`` if there is none."""
        return self.runtime.ref_here(name)

    def refs(self) -> Sequence[AgentRef]:
        """Give the refs of all agents of the system."""
        return self.runtime.refs_here()

    def model_host(self, model: Any) -> Any:
        """Give a `ChatModel` that answers for a model that is to be loaded once per machine.

        By default that is the model itself, in this process. It must have all attributes of the
        model. This is called in each turn that asks such a model, so it must be fast.
        """
        return model

    def close_agent(self, ref: AgentRef) -> None:
        """Close one agent."""
        self.runtime.close_here(ref.address)

    def carry(self, place: str, item: Any) -> None:
        """Take an envelope or a packet to another process, in order, at most once.

        If ``item`` cannot arrive, call ``runtime.refuse(item, error)``, on any thread.
        """
        raise AssertionError(f"a backend of one process was to carry to {place!r}")
