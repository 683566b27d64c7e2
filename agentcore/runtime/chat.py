"""Conversations as those see them who began them, or who asked for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs

from agentcore.protocol.chat_errors import ChatError, ChatTimeoutError
from agentcore.protocol.envelope import Conversation, Outcome
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import (
    ChatResult,
    Entry,
    StopKind,
    StopReason,
    Transcript,
    new_entry,
)

if TYPE_CHECKING:
    from agentcore.protocol.agent_ref import AgentRef
    from agentcore.protocol.conditions import Condition
    from agentcore.protocol.rules import ReplyRule
    from agentcore.runtime.mailbox import Mailbox
    from agentcore.runtime.runtime import Runtime

__all__ = ["Chat", "InitiatedChat"]


class InitiatedChat:
    """A conversation that has not stopped, at its initiator's side: it keeps the transcript.

    Its methods are called in the initiator's turns, but for `stop`, which whoever learns of the
    end may call, and which happens once.
    """

    __slots__ = (
        "_before",
        "_first",
        "_log",
        "_mailbox",
        "_memory",
        "_met",
        "_on_stop",
        "_runtime",
        "_started",
        "_timer",
        "_until",
        "budget",
        "conversation",
        "moves",
        "rules",
        "stopped",
    )

    def __init__(
        self,
        runtime: Runtime,
        conversation: Conversation,
        budget: int,
        on_stop: Callable[[Outcome], None],
        until: Condition | None = None,
        rules: tuple[ReplyRule, ...] = (),
    ) -> None:
        self.conversation = conversation
        self.rules = rules  # that decide on its messages, instead of the initiator's own
        self.moves = bool(rules)  # whether its recipient is not always the same
        self.budget = budget
        self.stopped = False
        self._runtime = runtime
        self._on_stop = on_stop
        self._log: list[Message | Entry] = []
        self._until = until
        self._memory = until.start() if until is not None else None
        self._before = self._memory
        self._mailbox: Mailbox | None = None
        self._first = conversation.recipient.name
        self._met: set[str] | None = None
        self._started = runtime.backend.now()
        self._timer: Any = None

    def open(self) -> None:
        """Let it be found, and then begin its time, which may be over at once."""
        runtime, deadline = self._runtime, self.conversation.inherited.deadline
        runtime.chats[self.conversation.id] = self
        if deadline is not None:
            left = max(0.0, deadline - self._started)
            self._timer = runtime.backend.call_later(left, self.expire)

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

    def move_to(self, conversation: Conversation, mailbox: Mailbox | None) -> None:
        """The conversation goes on with another recipient.

        Args:
            mailbox: the initiator's, if those who look for waits are to learn of it there.
        """
        self.conversation = conversation
        self.moves = True
        if mailbox is not None:
            self._mailbox = mailbox
            mailbox.hand(conversation.id, conversation.recipient)
            if self.stopped:  # just now, on another thread
                mailbox.hand(conversation.id, None)

    def _check(self, until: Condition, entry: Entry, nested: tuple[Entry, ...]) -> str:
        self._before = self._memory
        self._memory, held = until.advance(
            self._memory,
            self._transcript(),
            (*nested, entry),
            self._runtime.backend.now() - self._started,
        )
        return held or ""

    def take_back(self) -> None:
        """The last message could not be delivered: it is no part of the transcript."""
        self._log.pop()
        self._memory = self._before

    def dismiss(self) -> None:
        """Its first message could not be delivered: there is no such conversation."""
        self._runtime.chats.pop(self.conversation.id, None)
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
        if self._runtime.chats.pop(self.conversation.id, None) is None:
            return
        self.stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._mailbox is not None:
            self._mailbox.hand(self.conversation.id, None)
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


@attrs.define(eq=False)
class Chat:
    """A conversation that was begun: ask for its result, cancel it, or await it.

    ``await chat`` gives what ``chat.result()`` gives, without blocking the event loop.
    """

    _runtime: Runtime
    _id: str
    _peers: tuple[AgentRef, ...]
    _shown_from: int | None = None
    _outcome: Outcome | None = None
    _callbacks: list[Callable[[Outcome], None]] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def _initiator(self) -> AgentRef:
        return self._peers[0]

    def done(self) -> bool:
        """Whether it has stopped."""
        return self._outcome is not None

    def result(self, timeout: float | None = None) -> ChatResult:
        """Wait until it has stopped, and give its result.

        Args:
            timeout: how long to wait, in seconds; the conversation itself goes on after that.

        Raises:
            ChatTimeoutError: the conversation's time ran out, or ``timeout`` did.
            ReplyError: a rule raised.
            AgentDiedError: an agent is gone.
        """
        outcome = self._runtime.wait_for(self, timeout)
        if outcome is None:
            raise ChatTimeoutError(
                f"the conversation of {self._initiator.name!r} has not stopped after "
                f"{timeout} s; it goes on (cancel() ends it)",
                agent=self._initiator.name,
            )
        value: ChatResult = outcome.get()
        return value

    def cancel(self) -> bool:
        """Stop it with the reason ``CANCELLED``; say whether it was still going on."""
        if self.done():
            return False
        self._runtime.cancel(self._initiator, self._id)
        return True

    def __await__(self) -> Generator[Any, None, ChatResult]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> ChatResult:
        outcome = await self._runtime.a_wait_for(self)
        value: ChatResult = outcome.get()
        return value

    def _finish(self) -> Any:
        """Wait for it as its only owner: an interrupt cancels it."""
        try:
            outcome = self._runtime.wait_for(self, None)
        except BaseException:
            self.cancel()
            raise
        assert outcome is not None
        return outcome.get()

    async def _a_finish(self) -> Any:
        try:
            outcome = await self._runtime.a_wait_for(self)
        except asyncio.CancelledError:
            self.cancel()
            raise
        return outcome.get()

    def _settle(self, outcome: Outcome) -> None:
        with self._lock:
            if self._outcome is not None:
                return
            self._outcome = outcome
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(outcome)

    def _when_done(self, callback: Callable[[Outcome], None]) -> None:
        with self._lock:
            if self._outcome is None:
                self._callbacks.append(callback)
                return
        callback(self._outcome)
