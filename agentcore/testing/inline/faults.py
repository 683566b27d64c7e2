"""What may befall messages on the inline backend."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.envelope import Envelope
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.job import Job
from agentcore.runtime.mailbox import Mailbox

__all__ = ["Decide", "Fault", "Faults", "FaultyMailbox"]


class Fault(StrEnum):
    """What may befall a message on its way.

    Attributes:
        DROP: it never arrives; that is found out when nothing else can happen.
        DUPLICATE: it arrives twice, the second time at once or within a second.
        DELAY: it arrives within a second, while others pass it.
        CRASH: it arrives, and its agent is closed, before its turn or after.
    """

    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    CRASH = "crash"


Decide = Callable[[Envelope], Fault | str | None]


class Faults:
    """Befalls the messages that ``decide`` picks; ``note`` is told of each."""

    def __init__(
        self, backend: ActorBackend, decide: Decide, random: Random, note: Callable[[str], object]
    ) -> None:
        self._backend = backend
        self._note = note
        self._decide = decide
        self._random = random
        self._lost: list[Envelope] = []
        self._arriving = False

    def befall(self, envelope: Envelope) -> bool:
        """Decide what befalls a message that has reached its agent, if it has not befallen it yet.

        Returns:
            whether something does: it is not to be delivered then.
        """
        fault = None if self._arriving else self._decide(envelope)
        if fault is None:
            return False
        self._note(f"fault: {fault} of a message to {envelope.to.name}")
        self._inflict(Fault(fault), envelope)
        return True

    def _inflict(self, fault: Fault, envelope: Envelope) -> None:
        if fault is Fault.DROP:
            self._lost.append(envelope)
            return
        arrive, later = partial(self._arrive, envelope), self._random.random()
        if fault is Fault.DELAY:
            self._backend.call_later(later, arrive)
            return
        arrive()
        if fault is Fault.CRASH:
            self._backend.schedule(Job(partial(self._crash, envelope.to)))
        elif later < 0.5:
            arrive()
        else:
            self._backend.call_later(later, arrive)

    def _arrive(self, envelope: Envelope) -> None:
        """Receive a message as if it came from another process, which looks for doubled ones."""
        self._arriving = True
        try:
            self._backend.runtime.receive(envelope)
        finally:
            self._arriving = False

    def _crash(self, ref: AgentRef) -> None:
        if ref.address in self._backend.runtime.mailboxes:
            self._backend.close_agent(ref)

    def find_lost(self) -> bool:
        """Find out that a message was lost, if one was; say whether."""
        if not self._lost:
            return False
        lost = self._lost.pop(0)
        text = f"a message to agent {lost.to.name!r} was lost on its way ({self._backend!r})"
        self._backend.runtime.refuse(lost, AgentDiedError(text, agent=lost.to.name))
        return True


class FaultyMailbox(Mailbox):
    """A mailbox, with faults where it is given its mail."""

    __slots__ = ()

    def post(self, item: Any) -> Mailbox | None:
        """Put the item into the mailbox, if nothing befalls it."""
        backend: Any = self.runtime.backend
        if type(item) is Envelope and not self.closed and backend.faults.befall(item):
            return None
        return super().post(item)
