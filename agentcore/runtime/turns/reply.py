"""The turn on a message: record it, decide on it, answer it or stop."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import attrs
from loguru import logger

from agentcore.agents.thinking import deliberate
from agentcore.base.errors import AgentCoreError, MessageError
from agentcore.base.steps import awaiting
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ReplyTypeError, gone
from agentcore.protocol.decisions import ForwardReply, Handoff, InSteps, StopReply
from agentcore.protocol.envelope import (
    Envelope,
    Route,
    envelope,
)
from agentcore.protocol.message import Message, as_message
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.transcript import StopKind
from agentcore.protocol.transitions import (
    ASK,
    REPLY,
    RUN_RULES,
    Answered,
    HumanMode,
    Received,
    Replied,
    Stop,
    on_received,
    on_replied,
    step,
)
from agentcore.protocol.usage import with_usage
from agentcore.runtime.human import question
from agentcore.runtime.mailbox import KEEPS_TOKEN, Mailbox
from agentcore.runtime.turns.fan_out import set_current_turn
from agentcore.runtime.turns.message_turn import AUTOMATIC, MessageTurn, Onward
from agentcore.runtime.turns.resumption import Resumption
from agentcore.runtime.turns.turn import Waiting

if TYPE_CHECKING:
    from agentcore.agents.agent import ConversableAgent

__all__ = ["ReplyTurn"]

_new = object.__new__
HUMAN = "get_human_input"

SILENT = Replied(speaks=False)
UNDECIDED = Replied(final=False, speaks=False)


class ReplyTurn(MessageTurn):
    """One message received, and what the agent decided on it.

    From `take` to `_send` it is the path of every message: written for speed, with what is rare
    put aside. Each of the methods gives what `Runnable.run` gives.
    """

    _index = 0
    _rules: tuple[ReplyRule, ...] = ()
    _thoughts: Generator[Any, Any, Any] | None = None

    @staticmethod
    def take(mailbox: Mailbox, received: Envelope) -> Onward:
        """Take the turn on a message."""
        conversation = received.conversation
        turn = _new(ReplyTurn)  # what ReplyTurn(...) would do, at a third of its cost
        turn.mailbox = mailbox
        mailbox.turn = turn
        turn.runtime = runtime = mailbox.runtime
        turn.exchange = exchange = received.exchange
        turn.inherited = inherited = conversation.inherited
        turn._received = received
        condition = received.condition
        deadline = inherited.deadline
        if deadline is not None and runtime.backend.now() >= deadline:
            return turn._drop("its deadline is over")
        if received.to_initiator:
            turn._peer = peer = conversation.recipient
            turn._chat = chat = runtime.chats.get(conversation.id)
            if chat is None:
                return turn._drop("its conversation has stopped")
            route = received.route
            try:
                condition = chat.note(
                    received.message, received.nested, exchange.budget, False,
                    None if route is None else route.handoff,
                )  # fmt: skip
            except BaseException as error:  # a condition of the user's raised
                return turn._fail(error, "until")
        else:
            turn._peer = peer = conversation.initiator
        if received.message.opaque:
            turn._received = attrs.evolve(received, message=received.message.isolated())
        set_current_turn(turn)
        return turn._decide(mailbox.agent, peer, condition)

    def _decide(self, agent: ConversableAgent, peer: AgentRef, condition: str) -> Onward:
        """Record the message; does it stop the conversation, does a human decide, or the rules?"""
        received = self._received
        history = agent._messages.get(peer.name)
        if history is None:
            history = agent._history_with(peer.name)
        self._history = history
        try:
            event = agent._receive(received, history, condition)
            if not self.inherited.silent and (received.route is None or not received.route.passed):
                self.runtime.show(received)
        except BaseException as error:  # a predicate of the user's raised
            return self._fail(error, "is_termination_msg")
        if received.route is not None and received.route.handoff is not None:
            return self._hand_on(event, received.route.handoff, condition)
        self.exchange, effect = on_received(self.exchange, event)
        if effect is RUN_RULES:
            return self._run_rules(agent)
        if effect is ASK:
            return self._ask(event)
        assert type(effect) is Stop
        return self._stop(effect.kind, condition if effect.kind is StopKind.CONDITION else "")

    def _drop(self, reason: str) -> Onward:
        received = self._received
        logger.info(
            "a message from {} to {} was dropped: {}",
            received.sender.name, received.to.name, reason,
        )  # fmt: skip
        return None

    # --- who decides ----------------------------------------------------------------------------

    def _ask(self, event: Received) -> Onward:
        always = event.mode is HumanMode.ALWAYS
        prompt = question(self._peer.name, event.terminal is not None, always)
        self._rule = HUMAN
        try:
            answer = self.mailbox.agent.get_human_input(prompt)
        except BaseException as error:
            return self._answered(None, error)
        if type(answer) is CoroutineType:
            return self._suspend(answer)
        return self._answered(answer, None)

    def _answered(self, text: str | None, error: BaseException | None) -> Onward:
        if error is not None and not isinstance(error, EOFError):
            return self._fail(error, HUMAN)
        self.exchange, effect = step(self.exchange, Answered(text))
        if effect is RUN_RULES:
            return self._run_rules(self.mailbox.agent)
        if effect is REPLY:
            return self._send(Message.text(text or ""))
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _run_rules(self, agent: ConversableAgent) -> Onward:
        if self._chat is not None and self._chat.rules:
            rules = self._chat.rules
        elif agent._plain_chain:
            rules = agent._chain
        else:
            try:
                rules = agent.rules_for(self._peer)
            except BaseException as error:  # a trigger of the user's raised
                return self._fail(error, "rules_for")
        self._rules = rules
        return self._next_rule(agent, rules)

    def _next_rule(self, agent: ConversableAgent, rules: tuple[ReplyRule, ...]) -> Onward:
        """Ask the rules that are left; the first final one wins."""
        message = self._received.message
        while self._index < len(rules):
            rule = rules[self._index]
            self._index += 1
            self._rule = rule.name
            try:
                result = rule.ask(
                    rule.function, agent, message, self._history, self._peer, rule.config
                )
            except BaseException as error:
                return self._fail(error, rule.name)
            if type(result) is not tuple or len(result) != 2 or type(result[0]) is not bool:
                if type(result) is CoroutineType:
                    return self._suspend(result)
                if type(result) is InSteps:
                    self._thoughts = result.steps
                    return self._go_on_thinking(None, None)
                return self._fail(self._no_reply(result), rule.name)
            final, reply = result
            if final:
                return self._decided(reply)
            if reply is not None:
                self._warn_discarded(reply)
        self._rule = ""
        if agent.llm is not None or agent._tool_names or agent._model_options is not None:
            thoughts = deliberate(agent, self, message, self._history, self._peer)
            if thoughts is not None:
                self._rule = "llm"
                self._thoughts = thoughts
                return self._go_on_thinking(None, None)
        return self._decide_by_default(agent)

    def _decide_by_default(self, agent: ConversableAgent) -> Onward:
        default = agent.default_auto_reply
        return self._decided(default, UNDECIDED if default is None else AUTOMATIC)

    def _go_on_thinking(self, value: Any, error: BaseException | None) -> Onward:
        """Take the steps up to what takes time; come back with what came of that."""
        thoughts = self._thoughts
        assert thoughts is not None
        while True:
            try:
                wanted = thoughts.send(value) if error is None else thoughts.throw(error)
            except StopIteration as over:
                self._thoughts = None
                return self._decided(over.value)
            except BaseException as failure:
                self._thoughts = None
                return self._fail(failure, self._rule)
            if type(wanted) is CoroutineType:
                return self._suspend(wanted)
            if type(wanted) is not Waiting:
                return self._suspend(awaiting(wanted))
            try:
                if self.step_aside(wanted, self._steps_back) is None:
                    return KEEPS_TOKEN
                value, error = self.step_back(), None
            except BaseException as failure:  # it could not be begun
                value, error = None, failure

    def _steps_back(self) -> None:
        self.runtime.schedule(Resumption(self, None, None))

    def _warn_discarded(self, reply: Any) -> None:
        logger.warning(
            "rule {} of {} returned (False, {!r}): the reply is discarded, since it is not final",
            self._rule, self.mailbox.ref.name, reply,
        )  # fmt: skip

    def _no_reply(self, result: Any) -> ReplyTypeError:
        return ReplyTypeError(
            f"rule {self._rule} of agent {self.mailbox.ref.name!r} returned {_shown(result)}; a rule "
            "returns (final, reply): final a bool, reply a str, a dict, a Message, "
            "a ChatResponse, a Handoff or None"
        )

    def _suspend(self, coroutine: Coroutine[Any, Any, Any]) -> Onward:
        self.suspend(coroutine, self._ended)
        return KEEPS_TOKEN

    def _ended(self, value: Any, error: BaseException | None) -> None:
        self.runtime.schedule(Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> Onward:
        """Go on, now that an ``async def`` function has ended."""
        self.asynchronous = False
        set_current_turn(self)
        if self._wait is not None:
            value = self.step_back()
        if self._rule == HUMAN and not self._index:
            return self._answered(value, error)
        if self._thoughts is not None:
            return self._go_on_thinking(value, error)
        if error is not None:
            return self._fail(error, self._rule)
        if type(value) is not tuple or len(value) != 2 or type(value[0]) is not bool:
            return self._fail(self._no_reply(value), self._rule)
        if value[0]:
            return self._decided(value[1])
        return self._next_rule(self.mailbox.agent, self._rules)

    # --- what was decided -----------------------------------------------------------------------

    def _decided(self, reply: Any, event: Replied = AUTOMATIC) -> Onward:
        message = None
        if type(reply) is str and reply:
            message = Message.text(reply)
        elif reply is None:
            event = SILENT if event is AUTOMATIC else event
        elif type(reply) is ForwardReply:
            return self._pass_on(reply)
        elif type(reply) is Handoff:
            return self._hand_off(reply)
        elif type(reply) is StopReply:
            return self._halt(reply)
        else:
            try:
                message = self.runtime.check_message(as_message(reply))
            except TypeError:
                return self._fail(self._no_reply((True, reply)), self._rule)
            except MessageError as error:
                return self._fail(error, self._rule)
        self.exchange, effect = on_replied(self.exchange, event)
        if effect is REPLY:
            assert message is not None
            return self._send(message if self.usage is None else with_usage(message, self.usage))
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _send(self, message: Message, handoff: AgentRef | None = None) -> Onward:
        received, chat, nested = self._received, self._chat, self.nested
        condition = ""
        if self._abandoned:
            return None  # whoever waits for the reply has been told
        if chat is not None:
            if chat.stopped:
                logger.info("a reply of {} was dropped: too late", self.mailbox.ref.name)
                return None
            try:
                condition = chat.note(message, nested, self.exchange.budget, True)
            except BaseException as error:  # a condition of the user's raised
                return self._fail(error, "until")
            nested = ()
        history = self._history
        history.said.append(message.isolated() if message.opaque else message)
        history.mine.append(True)
        if received.conversation.part >= 0:
            return self._gather(message, None, None)
        onward = envelope(
            received.conversation, message, self.exchange, not received.to_initiator,
            nested, condition, False, None if handoff is None else Route(handoff=handoff),
        )  # fmt: skip
        try:
            mailbox = self.runtime.mailboxes.get(self._peer.name)
            return (
                self.runtime.deliver(onward, self._peer)
                if mailbox is None
                else mailbox.post(onward)
            )
        except AgentCoreError as error:
            return self._undelivered(error)

    def _undelivered(self, error: AgentCoreError) -> Onward:
        self._history.forget_last()
        if self._chat is not None:
            self._chat.take_back()
        return self._fail(gone(error, self._peer.name), self._rule)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."
