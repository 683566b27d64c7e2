"""The thread backend: agents of one process, as Pykka actors on a pool of workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

import attrs
from attrs.validators import ge, instance_of

from agentcore.backend import ActorBackend, CoreSettings, Mailbox, Node, Runnable, Runtime
from agentcore_thread.actor import AgentActor
from agentcore_thread.loop import Loop, LoopTimer
from agentcore_thread.pool import Latch, Pool

__all__ = ["ThreadBackend", "ThreadSettings"]


@attrs.frozen
class ThreadSettings:
    """The section ``[thread]``.

    Attributes:
        workers: turns that run at once, as long as none of them blocks.
        max_workers: threads at the most; turns that wait for others do not count.
        strict: refuse messages that could not cross to another process, as Ray does.
    """

    workers: int = attrs.field(default=2, validator=[instance_of(int), ge(1)])
    max_workers: int = attrs.field(default=256, validator=[instance_of(int), ge(1)])
    strict: bool = attrs.field(default=False, validator=instance_of(bool))


class ThreadBackend(ActorBackend):
    """Hosts the agents of one process.

    Nothing of it blocks the interpreter's exit: its threads are daemons.
    """

    settings_class: ClassVar[type] = ThreadSettings

    def __init__(self, settings: ThreadSettings, core: CoreSettings) -> None:
        self._settings = settings
        self._core = core
        self.pool = Pool(settings.workers, settings.max_workers)
        self._loop = Loop()
        self.schedule: Callable[[Runnable], None] = self.pool.schedule  # type: ignore[method-assign]

    @classmethod
    def create(cls, settings: Any, core: CoreSettings) -> ThreadBackend:
        """Make a backend of its settings."""
        return cls(settings, core)

    def start(self, runtime: Node | None = None) -> Node:
        """Begin; a backend that runs this one inside gives a runtime of its own."""
        self.runtime = runtime or Runtime(self, self._core, strict=self._settings.strict)
        return self.runtime

    def schedule(self, runnable: Runnable) -> None:
        """Run it on a worker of the pool; the instance has the pool's own method instead."""
        self.pool.schedule(runnable)

    def run_here(self, runnables: Sequence[Runnable], latch: Latch) -> None:
        """Run them on the calling thread, if it is a worker's."""
        self.pool.run_here(runnables, latch)

    def latch(self) -> Latch:
        """Give a lock that is released once."""
        return Latch()

    def block(self, latch: Latch, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Hold the calling thread; a worker is replaced meanwhile."""
        return self.pool.block(latch, timeout)

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run it on the event loop, which no worker waits for."""
        self._loop.run_coroutine(coroutine, done)

    def now(self) -> float:
        """Give the monotonic clock."""
        return time.monotonic()

    def call_later(self, delay: float, function: Callable[[], None]) -> LoopTimer:
        """Use the event loop's timers."""
        return self._loop.call_later(delay, function)

    def attach(self, mailbox: Mailbox) -> None:
        """Start the agent's actor."""
        AgentActor.start(mailbox)

    def detach(self, mailbox: Mailbox) -> None:
        """Stop the agent's actor."""
        mailbox.actor.retire()
        mailbox.actor = None

    def close(self) -> None:
        """End every worker and the event loop."""
        self._loop.close()
        self.pool.close()
