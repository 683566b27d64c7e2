"""What the inline backend runs next: one thing at a time, chosen by the seed, and written down."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Runnable
from agentcore.testing.inline.stack import needed_by

__all__ = ["Scheduler"]

TRACE = 10_000  # decisions that are kept: a longer run keeps its last ones
LISTEN = 1_000  # steps in a row after which the world outside is heard, though others could go on


class Scheduler:
    """Runs what there is to run, one thing at a time.

    One thread at a time has the say, its `holder`: the thread that runs the schedule, or a tool's
    thread that the schedule runs and waits for. What other threads want to have run comes at
    moments of real time. It is kept outside until nothing else can run, so that it meets the
    schedule at the same point of it each time, whenever it came.

    Attributes:
        choose: picks the next of ``n`` things, 0 to ``n - 1``.
        holder: identifies the thread that has the say.
        on_outside: is called, on any thread, when something has come from outside.
        listen: is called now and then, so that the world outside is heard while others go on.
    """

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.choose = choose
        self.holder: int | None = threading.get_ident()
        self.on_outside: Callable[[], object] = lambda: None
        self.listen: Callable[[], object] = self.take_in
        self._runnables: list[Runnable] = []
        self._outside: deque[Runnable] = deque()
        self._trace: deque[tuple[int, int, str]] = deque(maxlen=TRACE)
        self._steps = 0

    @property
    def trace(self) -> list[str]:
        """The decisions up to now, in order."""
        return [
            f"{index + 1} of {count}: {what}" if count else what
            for index, count, what in self._trace
        ]

    def note(self, what: str) -> None:
        """Write down what was decided elsewhere, about time or a fault."""
        self._trace.append((0, 0, what))

    @property
    def inside(self) -> bool:
        """Whether the calling thread has the say."""
        return self.holder == threading.get_ident()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let the calling thread have the say."""
        before, self.holder = self.holder, threading.get_ident()
        try:
            yield
        finally:
            self.holder = before

    def schedule(self, runnable: Runnable) -> None:
        """Put it with what there is to run; from any thread."""
        if self.inside:
            self._runnables.append(runnable)
        else:
            self._outside.append(runnable)
            self.on_outside()

    def take_in(self) -> bool:
        """Put what came from outside with what there is to run; say whether there was any."""
        taken = False
        while self._outside:
            self._runnables.append(self._outside.popleft())
            taken = True
        return taken

    def step(self, mailbox: Mailbox | None = None) -> bool:
        """Run one thing, if there is one; say whether there was.

        Args:
            mailbox: of an agent whose wait is to depend on it; ``None`` runs anything.
        """
        self._steps += 1
        if not self._steps % LISTEN:
            self.listen()
        indices = range(len(self._runnables)) if mailbox is None else self._of_use_to(mailbox)
        count = len(indices)
        if not count:
            return False
        chosen = self.choose(count) if count > 1 else 0
        runnable = self._runnables.pop(indices[chosen])
        self._trace.append((chosen, count, _name(runnable)))
        onward = runnable.run()
        if onward is not None:
            self._runnables.append(onward)
        return True

    def _of_use_to(self, mailbox: Mailbox) -> list[int]:
        """Say which of the runnables the wait of ``mailbox`` may depend on."""
        needed, found = needed_by(mailbox), []
        for index, runnable in enumerate(self._runnables):
            of = _mailbox_of(runnable)
            if of is None or of.ref.address in needed:
                found.append(index)
        return found

    def clear(self) -> None:
        """Forget all there is to run."""
        self._runnables.clear()
        self._outside.clear()


def _mailbox_of(runnable: Any) -> Mailbox | None:
    return runnable if isinstance(runnable, Mailbox) else getattr(runnable, "mailbox", None)


def _name(runnable: Any) -> str:
    mailbox = _mailbox_of(runnable)
    if mailbox is None:
        return str(getattr(runnable, "name", type(runnable).__name__))
    return f"agent {mailbox.ref.name}"
