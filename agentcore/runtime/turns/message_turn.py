"""`MessageTurn`: what a turn on a message sends, and how it stops the conversation."""

from __future__ import annotations

from typing import Any

from agentcore.base import logger
from agentcore.base.errors import AgentCoreError, BudgetSpentError
from agentcore.models.calls import model_name
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import (
    AgentDiedError,
    ChatTimeoutError,
    as_agent_died,
    as_rule_error,
)
from agentcore.protocol.envelope import Envelope, envelope
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.packets import Stopped, ask_all_reply
from agentcore.protocol.state import Failed, Phase
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import Entry
from agentcore.protocol.transitions import step
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.ports import Onward
from agentcore.runtime.turns.turn import Turn

__all__ = ["MessageTurn"]


class MessageTurn(Turn):
    """A turn on a message.

    Attributes:
        received: the envelope of the message.
        peer: the agent that said it, and gets the reply.
        history: the agent's history with that peer.
        chat: the conversation, if this agent began it; ``None`` on the recipient's side.
        abandoned: whether the agent was closed during the turn, or the conversation cancelled.
    """

    received: Envelope
    peer: AgentRef
    history: History
    chat: InitiatedChat | None = None
    abandoned = False

    @property
    def began_with(self) -> str | None:  # type: ignore[override]
        """With whom its agent began the conversation; ``None`` on the other side of it."""
        return None if self.chat is None else self.chat.first_recipient

    @property
    def cause(self) -> str:
        """The id of the conversation or question."""
        return self.received.conversation.id

    @property
    def begins_anew(self) -> bool:
        """Whether it is the agent's first turn in a conversation that cleared the history."""
        return self.received.opening and self.received.conversation.fresh

    def met(self) -> tuple[str, ...]:
        """Return the addresses of agents that take part, the peer's first."""
        return (self.peer.address, *super().met())

    def foresee(self, entry: Entry) -> str:
        """Return the condition of ``until=`` that holds as soon as the turn says ``entry`` too.

        It is empty in another process than the initiator's, where nobody knows the condition: there
        it is looked at when the turn's reply is.

        Raises:
            ReplyError: a predicate of the user's raised.
        """
        chat = self.runtime.chats.get(self.received.conversation.id)
        try:
            return "" if chat is None else chat.foresee((*self.nested, entry))
        except BaseException as error:
            raise as_rule_error(error, self.mailbox.ref.name, "until") from error

    # --- replies --------------------------------------------------------------------------------

    def send(self, message: Message) -> Onward:
        """Record a reply and send it to the peer."""
        received, chat, nested = self.received, self.chat, self.nested
        condition = ""
        if self.abandoned:
            return None  # the conversation has stopped already
        if chat is not None:
            if chat.stopped:
                logger.info("a reply of {} was dropped: too late", self.mailbox.ref.name)
                return None
            if nested:
                self.nested = ()  # `note` puts them into the transcript
            try:
                condition = chat.note(message, nested, self.exchange.budget, True)
            except BaseException as error:  # a condition of the user's raised
                return self.fail(error, "until")
            nested = ()
        history = self.history
        history.said.append(message.isolated() if message.opaque else message)
        history.mine.append(True)
        if history.limit:
            history.trim()
        if logger.listener is not None and logger.is_heard(__name__):
            me = self.mailbox.ref.name
            logger.info("{} answered {}, by {}", me, self.peer.name, self.decided_by())
        if received.conversation.part >= 0:
            return self._answer_part(message, None, None)
        onward = envelope(
            received.conversation, message, self.exchange, not received.to_initiator,
            nested, condition, False, None,
        )  # fmt: skip
        try:
            mailbox = self.runtime.mailboxes.get(self.peer.address)
            if mailbox is not None:
                return mailbox.post(onward)
            return self.runtime.deliver(onward, self.peer)
        except AgentCoreError as error:
            history.forget_last()
            if chat is not None:
                chat.take_back()
            return self.fail(as_agent_died(error, self.peer.name), self.rule_name)

    def decided_by(self) -> str:
        """Return what decided on its message, in words for the log: a rule, a model, a human."""
        rule = self.rule_name
        if rule != "llm":
            return f"rule {rule}" if rule else "its default_auto_reply"
        model = self.mailbox.agent.llm
        if model is None:
            return "its tools"
        return f"model {model if isinstance(model, str) else model_name(model)}"

    def _answer_part(
        self, message: Message | None, reason: StopReason | None, error: Any
    ) -> Onward:
        """Answer one part of a question to many."""
        conversation, budget = self.received.conversation, self.exchange.budget
        asker = conversation.initiator
        packet = ask_all_reply(
            conversation.id, conversation.part, message, reason, budget, self.nested, error, False
        )
        if message is not None:
            self.show(message, self.mailbox.ref.name, asker.name, budget)
        else:
            logger.info("{} gave {} no answer: {}", self.mailbox.ref.name, asker.name, reason)
        if asker.place == self.runtime.place:
            self.runtime.take_ask_all_reply(packet)
        else:
            self.runtime.send_to(asker.place, packet)
        return None

    # --- stopping -------------------------------------------------------------------------------

    def stop(self, kind: StopKind, detail: str = "", error: BaseException | None = None) -> Onward:
        """Stop the conversation, and tell the initiator's process why."""
        if self.withdrawn:
            return None  # it has stopped already
        received = self.received
        reason = StopReason(
            kind, self.mailbox.ref.name, self.rule_name or None, received.message, detail
        )
        budget, conversation = self.exchange.budget, received.conversation
        if self.chat is not None:
            self.chat.stop(reason, budget, self.nested, error)
            return None
        if conversation.part >= 0:
            return self._answer_part(None, reason, error)
        packet = Stopped(conversation.id, reason, budget, self.nested, error)
        self.runtime.send_to(conversation.initiator.place, packet)
        return None

    def withdraw(self) -> None:
        """Give the turn up; no reply of it is sent or recorded."""
        self.abandoned = True
        super().withdraw()

    def abandon(self, error: AgentDiedError) -> None:
        """Let the conversation fail, because the agent was closed during the turn."""
        self.abandoned = True
        self.stop(StopKind.FAILED, str(error), error)

    def fail(self, error: BaseException, rule: str) -> Onward:
        """Stop the conversation because ``error`` was raised.

        Args:
            rule: the name of the rule, or of other code of the user's, that raised it.
        """
        self.rule_name = rule
        if isinstance(error, BudgetSpentError):
            return self.stop(StopKind.MAX_TURNS, str(error))
        if isinstance(error, ChatTimeoutError) and self._is_out_of_time():
            return self.stop(StopKind.DEADLINE, str(error), error)
        if self.exchange.phase is not Phase.STOPPED:
            self.exchange, _ = step(self.exchange, Failed())
        failure = as_rule_error(error, self.mailbox.ref.name, rule)
        return self.stop(StopKind.FAILED, str(failure), failure)

    def _is_out_of_time(self) -> bool:
        deadline = self.inherited.deadline
        return deadline is not None and self.runtime.backend.now() >= deadline
