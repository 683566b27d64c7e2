"""`Running`: one process of a session, from its start to its end."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from typing import Any, Final

from agentcore.sandbox.answers import Answer, AnswerReader
from agentcore.sandbox.folder_watch import look_into
from agentcore.sandbox.launching import Launched
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.output import OutputReader
from agentcore.sandbox.program import frame
from agentcore.sandbox.watching import (
    freeze,
    inner_group,
    kill_all,
    kill_group,
    look_at,
    memory_of,
    thaw,
    unlinked_bytes,
    wait_for_group,
)

__all__ = ["Running"]

_OWN_PROCESSES: Final = 3  # what a kind of sandbox itself needs, beside the code's
_NEARLY: Final = 0.7  # of the memory that it may have: who ends there, has ended for want of it
_LOOK_AT_DISK: Final = 0.25  # seconds between two looks


class Running:
    """A process that runs code, until it ends. What it says is not trusted.

    Args:
        launched: the process.
        limits: what it may use, with all that it starts.
    """

    def __init__(self, launched: Launched, limits: Limits) -> None:
        self._launched = launched
        self._limits = limits
        self._memory = 0  # the most that was seen
        self._group: int | None = None  # that is stopped between runs, once it is known
        self._disk_at = 0.0  # when to look at the disk again
        self._answers = AnswerReader(launched.answers)
        # A character has up to four bytes, and a limit that is hardly passed is the program's.
        self.output = OutputReader(launched.output, 4 * limits.output + 65_536)
        os.set_blocking(launched.requests.fileno(), False)

    @property
    def said(self) -> str:
        """What it said, beside answers: if it did not start, the reason is there."""
        return self._answers.said

    @property
    def has_ended(self) -> bool:
        """Whether it will say no more."""
        return self._answers.ended

    def send(self, data: bytes, until: float) -> bool:
        """Send bytes; return whether the process took them.

        Args:
            data: what to send.
            until: the time, of ``time.monotonic()``, until which to wait.
        """
        view, poll = memoryview(data), select.poll()
        poll.register(descriptor := self._launched.requests.fileno(), select.POLLOUT)
        while view:
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                return False
            try:
                view = view[os.write(descriptor, view) :]
            except BlockingIOError:
                continue
            except OSError:
                return False
        return True

    def request(self, what: dict[str, Any], until: float) -> bool:
        """Let it go on, and send a request; return whether it took it, as `send` does."""
        if self._group is not None:
            thaw(self._group)
        return self.send(frame(what), until)

    def answer(self, token: str, until: float) -> Answer | None:
        """Return the answer that has a token, as `AnswerReader.read` does."""
        return self._answers.read(token, until)

    def limit_reached(self, folder: Path, most: int) -> str | None:
        """Return the name of a limit that the processes have reached together, or ``None``.

        Args:
            folder: in which they write.
            most: bytes that may stand in it.
        """
        if self.output.beyond:
            return "output"
        seen, limits = look_at(self._launched.pid), self._limits
        too_many = len(seen.pids) > limits.processes + _OWN_PROCESSES
        if too_many or seen.threads > limits.threads:
            return "processes"
        self._memory = max(self._memory, seen.memory)
        if seen.memory > limits.memory and memory_of(seen.pids) > limits.memory:
            return "memory"
        begun = time.monotonic()
        if begun >= self._disk_at:
            if look_into(folder, most).size + unlinked_bytes(seen.pids) > most:
                return "disk"
            took = time.monotonic() - begun
            self._disk_at = begun + max(_LOOK_AT_DISK, 5 * took)
        return None

    def was_short_of_memory(self) -> bool:
        """Return whether it had nearly as much memory as it may have, when it was last seen."""
        return self._memory > self._limits.memory * _NEARLY

    def rest(self) -> None:
        """Stop it until the next request: code runs only in a run."""
        if self._group is None:
            pid = self._launched.pid
            self._group = inner_group(pid) if self._launched.is_nested else pid
        freeze(self._group)

    def kill(self) -> None:
        """Kill it, and what it has started."""
        if self._launched.is_closed:
            kill_group(self._launched.pid)
        else:
            kill_all(self._launched.pid)

    def end(self) -> None:
        """Kill it, wait for its end, and close its pipes."""
        self.kill()
        self._launched.wait(5)
        wait_for_group(self._launched.pid)
        self._launched.close_pipes(with_output=self.output.has_ended(1))
