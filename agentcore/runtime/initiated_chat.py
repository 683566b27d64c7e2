"""A conversation that has not stopped, as the initiator's side keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ChatError, ChatTimeoutError
from agentcore.protocol.condition import Condition
from agentcore.protocol.envelope import Conversation
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.transcript import (
    ChatResult,
    Entry,
    StopKind,
    StopReason,
    Transcript,
    new_entry,
)
from agentcore.runtime.ports import Clock

__all__ = ["InitiatedChat"]

# Records, at the initiator's mailbox, with whom a conversation goes on now.
Forward = Callable[[str, AgentRef | None], None]


class InitiatedChat:
    """Keeps the transcript of a conversation, watches its condition and its time, and stops it.

    Its methods are called in the initiator's turns, except for `stop`. Whoever learns of the end
    may call that; only the first call counts.

    Attributes:
        conversation: its ends; the recipient may change.
        budget: turns that it may still cause, as far as this side knows.
        moves: whether its recipient is not always the same.
        rules: decide on its messages, instead of the initiator's own rules.
        stopped: whether it has stopped.
    """

    __slots__ = (
        "_before", "_chats", "_clock", "_first", "_forward", "_log", "_memory", "_met", "_on_stop",
        "_started", "_timer", "_until", "budget", "conversation", "moves", "rules", "stopped",
    )  # fmt: skip

    def __init__(
        self,
        conversation: Conversation,
        budget: int,
        on_stop: Callable[[Outcome], None],
        clock: Clock,
        chats: dict[str, InitiatedChat],
        until: Condition | None = None,
        rules: tuple[ReplyRule, ...] = (),
    ) -> None:
        """Make it; `open` lets it begin.

        Args:
            on_stop: is called with what came of it, once.
            clock: the backend's.
            chats: those of this process by their ids; it is there while it goes on.
        """
        self.conversation = conversation
        self.rules = rules
        self.moves = bool(rules)
        self.budget = budget
        self.stopped = False
        self._chats = chats
        self._clock = clock
        self._on_stop = on_stop
        self._log: list[Message | Entry] = []
        self._until = until
        self._memory = until.start() if until is not None else None
        self._before = self._memory
        self._forward: Forward | None = None
        self._first = conversation.recipient.name
        self._met: set[str] | None = None
        self._started = clock.now()
        self._timer: Any = None

    def open(self) -> None:
        """Let it be found, and then begin its time, which may be over at once."""
        deadline = self.conversation.inherited.deadline
        self._chats[self.conversation.id] = self
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
        """Add a message to the transcript; say which condition holds now, if one does.

        Args:
            mine: whether the initiator said it.
            to: to whom it was said, if not to the other of the two.
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

    def meets(self, name: str) -> bool:
        """Say whether an agent gets its first message of this conversation now."""
        if self._met is None:
            self._met = {self._first}
        is_new = name not in self._met
        self._met.add(name)
        return is_new

    def move_to(self, conversation: Conversation, forward: Forward | None) -> None:
        """The conversation goes on with another recipient.

        Args:
            forward: records that, where those who follow waits are to learn of it.
        """
        self.conversation = conversation
        self.moves = True
        if forward is not None:
            self._forward = forward
            forward(conversation.id, conversation.recipient)
            if self.stopped:  # just now, on another thread
                forward(conversation.id, None)

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
        """The last message could not be delivered: it is no part of the transcript. Give it."""
        last = self._log.pop()
        self._memory = self._before
        return last.message if isinstance(last, Entry) else last

    def dismiss(self) -> None:
        """Its first message could not be delivered: there is no such conversation."""
        self._chats.pop(self.conversation.id, None)
        if self._timer is not None:
            self._timer.cancel()

    def _transcript(self) -> Transcript:
        return Transcript(self.conversation.initiator.name, self._first, self._log)

    def stop(
        self,
        reason: StopReason,
        unused: int,
        nested: tuple[Entry, ...] = (),
        error: BaseException | None = None,
    ) -> None:
        """The conversation has stopped; only the first word on it counts."""
        if self._chats.pop(self.conversation.id, None) is None:
            return
        self.stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._forward is not None:
            self._forward(self.conversation.id, None)
        self._log.extend(nested)
        result = ChatResult(self._transcript().closed(), reason)
        if isinstance(error, ChatError):
            error = error.with_result(result)
        self._on_stop(Outcome(result, unused, error))

    def expire(self) -> None:
        """Its time ran out. What comes of it later is dropped: its envelopes carry the deadline."""
        name = self.conversation.initiator.name
        error = ChatTimeoutError(
            f"the conversation of {name!r} with {self.conversation.recipient.name!r} "
            "ran out of time (timeout=); its partial result is in .result",
            agent=self.conversation.recipient.name,
        )
        self.stop(StopReason(StopKind.DEADLINE, name), self.budget, error=error)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self.stop(StopReason(StopKind.CANCELLED, self.conversation.initiator.name), self.budget)
