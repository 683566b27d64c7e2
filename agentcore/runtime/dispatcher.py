"""What is to happen with envelopes and packets: to agents here, and from other processes."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any

import attrs
from loguru import logger

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, ChatError
from agentcore.protocol.envelope import (
    Answer,
    AskAll,
    AskAllReply,
    Begin,
    Call,
    CallContext,
    Cancel,
    Envelope,
    Outcome,
    Question,
    Shown,
    Stopped,
    WaitCycleFound,
    WaitProbe,
)
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import StopKind, StopReason
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.chat import Chat, InitiatedChat
from agentcore.runtime.console import Console
from agentcore.runtime.human import as_shown, ask_at_console, write
from agentcore.runtime.inquiry import PendingAskAll, refused_part
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.registry import Residents
from agentcore.runtime.turns.fan_out import set_current_turn
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.requests import BeginTurn, CallTurn
from agentcore.runtime.wait_graph import follow

__all__ = ["Job", "Traffic"]

MARKS = 4096  # conversations of which it is remembered how far they came


class Traffic(Residents):
    """The mail of this process.

    Attributes:
        chats: conversations that agents here began, by id.
        ask_alls: questions to many that agents here have asked, by id.
        console: given by backends that have agents in other processes.
        schedule: the backend's.
        turns: how the items of a mailbox are taken, by type.
    """

    def __init__(self, backend: ActorBackend, system: str, place: str) -> None:
        super().__init__(backend, system, place)
        self.chats: dict[str, InitiatedChat] = {}
        self.console: Console | None = None
        self.schedule: Callable[[Any], None] = backend.schedule
        self.turns = _TURNS
        self._tickets: dict[str, Chat] = {}
        self._marks: dict[str, int] = {}  # budgets of the last that came from elsewhere
        self.ask_alls: dict[str, PendingAskAll] = {}
        self._cancelled: deque[str] = deque(maxlen=256)

    def deliver(self, item: Any, to: AgentRef) -> Mailbox | None:
        """Take an envelope, a `Begin` or a `Call` to its agent, wherever that is.

        Returns:
            a mailbox here that is to be scheduled for it.

        Raises:
            AgentNotFoundError: there is no such agent.
            AgentDiedError: it was closed.
        """
        mailbox = self.mailboxes.get(to.name)
        if mailbox is not None:
            return mailbox.post(item)
        if to.place != self.place:
            self.backend.carry(to.place, item)
            return None
        self.check_open()
        raise self.not_found(to.name)

    def dispatch(self, item: Any) -> None:
        """Deliver, and schedule."""
        mailbox = self.deliver(item, item.to)
        if mailbox is not None:
            self.schedule(mailbox)

    def receive(self, packet: Any) -> None:
        """Take what another process sent to this one."""
        kind = type(packet)
        if kind in (Envelope, Begin, Call):
            if kind is Envelope and self._came_before(packet):
                return
            try:
                self.dispatch(packet)
            except AgentCoreError as error:
                self.refuse(packet, error)
        elif kind is Stopped:
            self._stopped(packet)
        elif kind is AskAllReply:
            self.take_ask_all_reply(packet)
        elif kind is AskAll:
            for envelope in packet.envelopes():
                self.receive(envelope)
        elif kind is Answer:
            chat = self._tickets.pop(packet.id, None)
            if chat is not None:
                chat._settle(packet.outcome)
        elif kind is Cancel:
            chat_here = self.chats.get(packet.id)
            if chat_here is not None:
                chat_here.cancel()
            else:  # it has stopped, or is still to begin
                self._cancelled.append(packet.id)
        elif kind is WaitProbe:
            self._probed(packet)
        elif kind is WaitCycleFound:
            mailbox = self.mailboxes.get(packet.agent)
            if mailbox is not None:
                mailbox.promote(packet.id)
        elif kind is Question:
            self._questioned(packet)
        elif kind is Shown and self.console is not None:
            self.console.show(packet.root, packet.budget, packet.text)

    def _came_before(self, packet: Envelope) -> bool:
        """Whether this envelope is here for the second time.

        The budget of a conversation falls with every message, so it tells them apart; what is
        passed on has the budget of the message to the initiator, which comes before it.
        """
        marks, budget = self._marks, 2 * packet.exchange.budget + packet.to_initiator
        conversation = packet.conversation
        id = conversation.id if conversation.part < 0 else f"{conversation.id}#{conversation.part}"
        with self._lock:
            mark = marks.pop(id, None)
            came_before = mark is not None and mark <= budget
            marks[id] = budget if mark is None else min(mark, budget)
            if len(marks) > MARKS:
                del marks[next(iter(marks))]
        if came_before:
            logger.info("a message to {} was dropped: it came twice", packet.to.name)
        return came_before

    def send_to(self, place: str, packet: Any) -> None:
        """Send a packet to the process at ``place``."""
        if place == self.place:
            self.receive(packet)
        else:
            self.backend.carry(place, packet)

    def refuse(self, item: Any, error: AgentCoreError) -> None:
        """``item`` did not reach its agent: whoever waits for what comes of it is told."""
        unused = item.exchange.budget
        if type(item) is Envelope and item.conversation.part >= 0:
            failure = _as_failure(error, item.to.name)
            self.send_to(item.conversation.initiator.place, refused_part(item, failure))
        elif type(item) is not Envelope:
            self.send_to(item.asker, Answer(item.id, Outcome(None, unused, error)))
        elif item.to_initiator:
            logger.info("a reply to {} was dropped: {}", item.to.name, error)
            chat = self.chats.get(item.conversation.id)
            if chat is not None:
                error = _as_failure(error, item.to.name)
                reason = StopReason(StopKind.FAILED, item.to.name, detail=str(error))
                chat.stop(reason, unused, error=error)
        else:
            name = item.to.name
            error = _as_failure(error, name)
            packet = Stopped(
                item.conversation.id,
                StopReason(StopKind.FAILED, name, detail=str(error)),
                unused,
                error=error,
                # What is passed on was said by others, and stands.
                undelivered=item.route is None,
            )
            self.send_to(item.conversation.initiator.place, packet)

    def refuse_all(self, packet: AskAll, error: AgentCoreError) -> None:
        """A question to several did not reach their process."""
        for envelope in packet.envelopes():
            self.refuse(envelope, error)

    def broken(self, item: Any, error: BaseException) -> None:
        """A turn failed outside of the user's code: a bug of ours, which must hang nobody."""
        logger.opt(exception=error).error("a turn failed outside of its rules; this is a bug")
        if type(item) in _TURNS:
            failure = AgentDiedError(
                f"the turn of agent {item.to.name!r} failed in agentcore itself, with "
                f"{type(error).__name__}: {error}; please report this",
                agent=item.to.name,
            )
            with contextlib.suppress(AgentCoreError):  # whoever waits is gone, with its process
                self.refuse(item, failure)

    def _stopped(self, packet: Stopped) -> None:
        chat = self.chats.get(packet.id)
        if chat is None:
            logger.debug("conversation {} had stopped already", packet.id)
            return
        if packet.undelivered:
            chat.take_back()
            mailbox = self.mailboxes.get(chat.conversation.initiator.name)
            if mailbox is not None:
                history = mailbox.agent._history_with(chat.conversation.recipient.name)
                if history:
                    history.forget_last()
        chat.stop(packet.reason, packet.unused, packet.nested, packet.error)

    def take_ask_all_reply(self, packet: AskAllReply) -> None:
        """Take what came of one part of a question to many."""
        pending = self.ask_alls.get(packet.id)
        if pending is not None:
            pending.take(packet)

    def _questioned(self, question: Question) -> None:
        answers = {
            "human": self._ask_here,
            "stream": self.streams.asked,
            "stream_close": self.streams.closed,
        }
        answers[question.what](question)

    def _ask_here(self, question: Question) -> None:
        def answer() -> None:
            try:
                outcome = Outcome(ask_at_console(*question.args))
            except BaseException as error:
                outcome = Outcome(None, error=error)
            self.send_to(question.asker, Answer(question.id, outcome))

        self.schedule(Job(answer))

    def lost(self, place: str) -> None:
        """A process is gone: what waits here for one of its agents fails."""
        for chat in list(self.chats.values()):
            name = chat.conversation.recipient.name
            if chat.conversation.recipient.place == place:
                error = died(name)
                reason = StopReason(StopKind.FAILED, name, detail=str(error))
                chat.stop(reason, chat.budget, error=error)
        for ticket_id, ticket in list(self._tickets.items()):
            if ticket._initiator.place == place:
                self._tickets.pop(ticket_id, None)
                ticket._settle(Outcome(None, 0, died(ticket._initiator.name)))
        for pending in list(self.ask_alls.values()):
            pending.lost(place, died)
        self.streams.lost(place)

    def left_over(self, item: Any, name: str) -> None:
        """An item was in the mailbox of an agent that was closed: it fails."""
        if type(item) in _TURNS:
            self.refuse(item, AgentDiedError(f"agent {name!r} was closed", agent=name))
        else:
            item.dead(f"agent {name!r}")

    def show(self, received: Envelope) -> None:
        """Show a message at the console of the process that began the conversation."""
        self.show_said(
            received.message, received.sender.name, received.to.name,
            received.conversation.inherited, received.exchange.budget,
        )  # fmt: skip

    def show_said(
        self, message: Message, sender: str, to: str, inherited: CallContext, budget: int
    ) -> None:
        """The same of what was said in no envelope; ``budget`` is its page."""
        text = as_shown(message, sender, to)
        if self.console is None:
            write(text)
        elif inherited.console == self.place:
            self.console.show(inherited.root, budget, text)
        else:
            self.backend.carry(inherited.console, Shown(inherited.root, budget, text))

    # --- waits ----------------------------------------------------------------------------------

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Say what an agent here waits for; ``None`` for one that is not here."""
        mailbox = self.mailboxes.get(name)
        return None if mailbox is None else (*mailbox.waits, *mailbox.handed.values())

    def probe(self, probe: WaitProbe) -> None:
        """Ask the processes of the agents at its frontier."""
        places: dict[str, list[AgentRef]] = {}
        for ref in probe.frontier:
            places.setdefault(ref.place, []).append(ref)
        for place, refs in places.items():
            if place != self.place:
                self.backend.carry(place, attrs.evolve(probe, frontier=tuple(refs)))

    def _probed(self, probe: WaitProbe) -> None:
        found, elsewhere, visited = follow(
            probe.frontier, probe.chain, self.waits_of, probe.visited
        )
        if found:
            self.send_to(probe.asker, WaitCycleFound(probe.id, probe.agent))
        elif elsewhere:
            self.probe(attrs.evolve(probe, frontier=elsewhere, visited=visited))


# How the items of a mailbox are taken; one of another type has its own ``take``.
_TURNS: dict[type, Callable[[Mailbox, Any], Any]] = {
    Envelope: ReplyTurn.take,
    Begin: BeginTurn.take,
    Call: CallTurn.take,
}


class Job:
    """A function that a backend runs."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def run(self) -> None:
        """Call it; it is part of no turn."""
        set_current_turn(None)
        self._function()


def _as_failure(error: AgentCoreError, name: str) -> ChatError:
    """Give the failure of a conversation that came of an error in delivering to an agent."""
    return error if isinstance(error, ChatError) else AgentDiedError(str(error), agent=name)


def died(name: str) -> AgentDiedError:
    """Give the error for an agent whose process is gone."""
    return AgentDiedError(f"agent {name!r} died: its process is gone", agent=name)
