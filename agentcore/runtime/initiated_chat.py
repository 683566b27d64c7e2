"""A conversation under way, as the process of its initiator keeps it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from agentcore.base import logger
from agentcore.protocol.address import name_of
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ChatError, ChatTimeoutError
from agentcore.protocol.condition import Condition
from agentcore.protocol.envelope import Conversation
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Entry, Transcript, new_entry
from agentcore.runtime.ports import Clock

__all__ = ["InitiatedChat"]

# Lets an agent drop what it does for a conversation, by the conversation's id.
Withdraw = Callable[[AgentRef, str], None]
# Records at the initiator's mailbox with which agent a conversation goes on (`Mailbox.forward`).
Forward = Callable[[str, AgentRef | None], None]


class InitiatedChat:
    """Keeps the transcript of a conversation, checks its condition and its time, and stops it.

    Its methods are called in turns of the initiator, except for `stop`, `expire` and `cancel`.
    These may be called on any thread, and the first call decides.

    Attributes:
        conversation: the conversation; its recipient may change.
        budget: turns that it may still cause, as of the last message here.
        moves: whether its recipient may change, so that the transcript needs entries with names.
        rules: rules that decide on its messages in place of the initiator's own; empty for none.
        undo: takes its first message out of the initiator's history, and restores what was there
            before; ``None`` if it recorded none.
        stopped: whether it has stopped.
    """

    __slots__ = (
        "_before", "_chats", "_clock", "_first", "_forward", "_log", "_memory", "_met", "_on_stop",
        "_started", "_timer", "_until", "_withdraw", "budget", "conversation", "moves", "rules",
        "stopped", "undo",
    )  # fmt: skip

    def __init__(
        self,
        conversation: Conversation,
        budget: int,
        on_stop: Callable[[Outcome], None],
        clock: Clock,
        chats: dict[str, InitiatedChat],
        withdraw: Withdraw,
        until: Condition | None = None,
        rules: tuple[ReplyRule, ...] = (),
    ) -> None:
        """Make it; `open` registers it and starts its time.

        Args:
            budget: turns that it may still cause, its first message paid for.
            on_stop: called once with the outcome.
            clock: the clock and timers of the backend.
            chats: the conversations of this process by id; it is in there until it stops.
            withdraw: lets each of the two agents drop what it still does for it.
            until: a condition that stops it.
            rules: decide on its messages, in place of the initiator's own rules.
        """
        self.conversation = conversation
        self.rules = rules
        self.moves = bool(rules)
        self.budget = budget
        self.undo: Callable[[], None] | None = None
        self.stopped = False
        self._chats = chats
        self._clock = clock
        self._on_stop = on_stop
        self._log: list[Message | Entry] = []
        self._until = until
        self._withdraw = withdraw
        self._memory = until.start() if until is not None else None
        self._before = self._memory
        self._forward: Forward | None = None
        self._first = conversation.recipient.address
        self._met: set[str] | None = None
        self._started = clock.now()
        self._timer: Any = None

    def open(self) -> None:
        """Register it, and start the timer of its deadline.

        In that order, because a timer of 0 seconds may call `expire` at once, on another thread.
        """
        deadline = self.conversation.inherited.deadline
        self._chats[self.conversation.id] = self
        if logger.listener is not None and logger.is_heard(__name__):
            logger.info("{} began a conversation with {}", *self._names())
        if deadline is not None:
            left = max(0.0, deadline - self._started)
            self._timer = self._clock.call_later(left, self.expire)

    def note(
        self,
        message: Message,
        nested: tuple[Entry, ...],
        budget: int,
        mine: bool,
        to: AgentRef | None = None,
    ) -> str:
        """Add a message to the transcript, and check the condition.

        Args:
            nested: messages of conversations that the sender's turn began.
            budget: turns that the conversation may still cause.
            mine: whether the initiator said it.
            to: the agent that it was said to, if that is not the other of the two.

        Returns:
            the condition that holds now, in words; empty if none does.
        """
        if nested:
            self._log.extend(nested)
        self.budget = budget
        if self._until is None and not self.moves and to is None:
            self._log.append(message)
            return ""
        conversation = self.conversation
        sender, recipient = conversation.initiator.name, conversation.recipient.name
        if not mine:
            sender, recipient = recipient, sender
        entry = new_entry(sender, recipient if to is None else to.name, message, 0)
        self._log.append(entry)
        return "" if self._until is None else self._check(self._until, entry, nested)

    def foresee(self, said: tuple[Entry, ...]) -> str:
        """Return the condition that holds with what a turn under way has said, in words.

        Nothing is added: these entries come with the turn's reply, and are looked at again then.
        It is called on the turn's thread, while the initiator waits for the reply.
        """
        if self._until is None:
            return ""
        initiator, elapsed = self.conversation.initiator.name, self._clock.now() - self._started
        seen = Transcript(initiator, name_of(self._first), (*self._log, *said))
        return self._until.advance(self._memory, seen, said, elapsed)[1] or ""

    @property
    def first_recipient(self) -> str:
        """The name of the agent that it was begun with, whoever its recipient is now."""
        return name_of(self._first)

    def meets(self, address: str) -> bool:
        """Note that an agent gets a message of the conversation; say whether it is its first."""
        if self._met is None:
            self._met = {self._first}
        is_new = address not in self._met
        self._met.add(address)
        return is_new

    def move_to(self, conversation: Conversation, forward: Forward | None) -> None:
        """Let the conversation go on with another recipient.

        Args:
            forward: records the new recipient at the initiator's mailbox, because the initiator now
                depends on that agent; ``None`` in a group, which waits for all members anyway.
        """
        self.conversation = conversation
        self.moves = True
        if forward is not None:
            self._forward = forward
            forward(conversation.id, conversation.recipient)
            if self.stopped:  # on another thread, since the check in the initiator's turn
                forward(conversation.id, None)

    def release_at_stop(self, release: Callable[[], None]) -> None:
        """Call ``release()`` when it stops; at once, if it has stopped."""
        before, left = self._on_stop, [release]

        def stopped(outcome: Outcome) -> None:
            _call(left)
            before(outcome)

        self._on_stop = stopped
        if self.stopped:  # on another thread, which may have seen `stopped`, or not
            _call(left)

    def _check(self, until: Condition, entry: Entry, nested: tuple[Entry, ...]) -> str:
        self._before = self._memory
        self._memory, held = until.advance(
            self._memory,
            self._transcript(),
            (*nested, entry),
            self._clock.now() - self._started,
        )
        return held or ""

    def take_back(self) -> Message:
        """Remove the last message from the transcript, as it could not be delivered; give it."""
        last = self._log.pop()
        self._memory = self._before
        return last.message if isinstance(last, Entry) else last

    @property
    def is_unopened(self) -> bool:
        """Whether its first message was taken back."""
        return not self._log

    def dismiss(self) -> None:
        """Remove the conversation, because its first message could not be delivered."""
        self._chats.pop(self.conversation.id, None)
        if self._timer is not None:
            self._timer.cancel()

    def _names(self) -> tuple[str, str]:
        return self.conversation.initiator.name, self.conversation.recipient.name

    def _transcript(self) -> Transcript:
        initiator = self.conversation.initiator.name
        return Transcript(initiator, name_of(self._first), self._log)

    def stop(
        self,
        reason: StopReason,
        unused: int,
        nested: tuple[Entry, ...] = (),
        error: BaseException | None = None,
    ) -> None:
        """Stop the conversation; all calls but the first do nothing.

        Args:
            reason: why it stopped.
            unused: turns of its budget that are left.
            nested: messages of conversations that the last turn began.
            error: the failure that stopped it, if it was one.
        """
        if self._chats.pop(self.conversation.id, None) is not None:
            self._end(reason, unused, nested, error)

    def _end(
        self,
        reason: StopReason,
        unused: int,
        nested: tuple[Entry, ...],
        error: BaseException | None,
    ) -> None:
        self.stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._forward is not None:
            self._forward(self.conversation.id, None)
        self._log.extend(nested)
        if logger.listener is not None and logger.is_heard(__name__):
            logger.info("the conversation of {} with {} stopped: {}", *self._names(), reason)
        result = ChatResult(self._transcript().closed(), reason)
        if isinstance(error, ChatError):
            error = error.with_result(result)
        self._on_stop(Outcome(result, unused, error))

    def expire(self) -> None:
        """Stop it with ``DEADLINE``, and let both agents drop what they do for it.

        Envelopes of it that arrive later are dropped, because they carry the deadline too.
        """
        name = self.conversation.initiator.name
        error = ChatTimeoutError(
            f"the conversation of {name!r} with {self.conversation.recipient.name!r} "
            "ran out of time (timeout=); its partial result is in .result",
            agent=self.conversation.recipient.name,
        )
        self._give_up(StopKind.DEADLINE, error)

    def cancel(self) -> None:
        """Stop it with ``CANCELLED``, and let both agents drop what they do for it."""
        self._give_up(StopKind.CANCELLED, None)

    def _give_up(self, kind: StopKind, error: BaseException | None) -> None:
        conversation = self.conversation
        if self._chats.pop(conversation.id, None) is None:
            return
        self.stopped = True
        # Before its end, with which agent objects leave the system.
        for agent in (conversation.initiator, conversation.recipient):
            self._withdraw(agent, conversation.id)
        self._end(StopReason(kind, conversation.initiator.name), self.budget, (), error)


def _call(functions: list[Callable[[], None]]) -> None:
    """Call the functions that are left, each once, whichever threads do it."""
    with contextlib.suppress(IndexError):
        while True:
            functions.pop()()
