"""The thread backend: agents of one process, as Pykka actors on a pool of workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

import attrs
from attrs.validators import ge, instance_of

from agentcore.backend import ActorBackend, CoreSettings, Mailbox, Node, Runnable, Runtime, words_of
from agentcore_thread.actor import AgentActor
from agentcore_thread.event_loop import EventLoopThread, LoopTimer
from agentcore_thread.latch import Latch
from agentcore_thread.pool import Pool

__all__ = ["ThreadBackend", "ThreadSettings"]


@attrs.frozen
class ThreadSettings:
    """The section ``[thread]``.

    Attributes:
        workers: how many turns run at once, as long as none of them blocks.
        max_workers: how many worker threads there are at the most; those whose turns wait for
            other agents do not count.
        strict: refuse messages that could not cross to another process, as Ray does.
    """

    workers: int = attrs.field(default=2, validator=[instance_of(int), ge(1)])
    max_workers: int = attrs.field(default=256, validator=[instance_of(int), ge(1)])
    strict: bool = attrs.field(default=False, validator=instance_of(bool))


class ThreadBackend(ActorBackend):
    """Hosts the agents of one process.

    Its threads are daemons, so that nothing blocks the interpreter's exit.

    Attributes:
        pool: runs the turns.
    """

    settings_class: ClassVar[type] = ThreadSettings

    def __init__(self, settings: ThreadSettings, core: CoreSettings) -> None:
        self._settings = settings
        self._core = core
        self.pool = Pool(settings.workers, settings.max_workers)
        self._loop = EventLoopThread(on_break=self._broke)
        # On a thread of their own, timers are in time although code that awaits should block.
        self._timers = EventLoopThread("agentcore-timer", on_break=self._broke)
        self.schedule: Callable[[Runnable], None] = self.pool.schedule  # type: ignore[method-assign]

    @classmethod
    def create(cls, settings: Any, core: CoreSettings) -> ThreadBackend:
        """Make a backend of its settings."""
        return cls(settings, core)

    def start(self, runtime: Node | None = None) -> Node:
        """Make the runtime of this process; a backend built on this one gives its own."""
        self.runtime = runtime or Runtime(self, self._core, strict=self._settings.strict)
        return self.runtime

    def schedule(self, runnable: Runnable) -> None:
        """Run it on a worker of the pool.

        An instance has the pool's bound method in place of this one, which saves a call a turn.
        """
        self.pool.schedule(runnable)

    def run_here(self, runnables: Sequence[Runnable], latch: Latch) -> None:
        """Run them on the calling thread, if that is a worker of the pool."""
        self.pool.run_here(runnables, latch)

    def latch(self) -> Latch:
        """Give something that is set once, for `block` to wait for."""
        return Latch()

    def block(self, latch: Latch, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Hold the calling thread; another worker takes its place meanwhile."""
        return self.pool.block(latch, timeout)

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], None]:
        """Run it on the event loop, so that it holds no worker."""
        return self._loop.run_coroutine(coroutine, done)

    def _broke(self, error: BaseException) -> None:
        """Close the system, since turns that await and timers would never go on."""
        self.runtime.close(f"the event loop of the process broke: {words_of(error)}")

    def now(self) -> float:
        """Give the seconds of the monotonic clock."""
        return time.monotonic()

    def call_later(self, delay: float, function: Callable[[], None]) -> LoopTimer:
        """Call ``function`` after ``delay`` seconds, on the timers' thread."""
        return self._timers.call_later(delay, function)

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
        self._timers.close()
        self.pool.close()
