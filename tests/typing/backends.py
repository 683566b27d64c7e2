"""What checkers know of backends: anybody's is checked against the contract. It is never run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

from agentcore import ActorBackend, AgentRef, AgentSystem
from agentcore.backend import (
    CoreSettings,
    Latch,
    Mailbox,
    Node,
    Runnable,
    Runtime,
    Timer,
    open_system,
)
from agentcore.testing import InlineBackend
from agentcore_thread import Pool, ThreadBackend


class Half(ActorBackend):
    """A backend that lacks methods."""


class Whole(ActorBackend):
    """A backend that has them all."""

    @classmethod
    def create(cls, settings: Any, core: CoreSettings) -> Whole:
        """Make it."""
        return cls()

    def start(self) -> Runtime:
        """Begin."""
        return Runtime(self, CoreSettings())

    def schedule(self, runnable: Runnable) -> None:
        """Run it here and now."""
        onward: Runnable | None = runnable
        while onward is not None:
            onward = onward.run()

    def latch(self) -> Latch:
        """Give none."""
        raise NotImplementedError

    def block(self, latch: Any, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Do not wait."""
        return False

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], object]:
        """Do not run it."""
        coroutine.close()
        return lambda: None

    def now(self) -> float:
        """Stand still."""
        return 0.0

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Give none."""
        raise NotImplementedError

    def close(self) -> None:
        """End nothing."""


def a_backend_has_a_node(backend: ActorBackend) -> None:
    """What is called by its contract alone."""
    assert_type(backend.runtime, Node)
    assert_type(backend.find("bob"), AgentRef | None)


def backends_are_backends(threads: ThreadBackend, inline: InlineBackend, mailbox: Mailbox) -> None:
    """Those of this distribution hold to the contract, and anybody's can."""
    assert_type(open_system(Whole()), AgentSystem)
    for backend in (threads, inline, Whole()):
        a_backend_has_a_node(backend)
    assert_type(threads.pool, Pool)
    runnable: Runnable = mailbox
    assert_type(runnable.run(), Runnable | None)
    Half()  # type: ignore[abstract]
