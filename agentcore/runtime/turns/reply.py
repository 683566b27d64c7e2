"""`ReplyTurn`: record a message, decide on it, and answer it or stop.

The order of the decision: a reason to stop, a human, the rules, a model, ``default_auto_reply``.
"""

from __future__ import annotations

from inspect import isawaitable
from types import CoroutineType
from typing import Any

import attrs

from agentcore.base import logger
from agentcore.base.errors import MessageError
from agentcore.base.steps import awaiting
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ReplyTypeError
from agentcore.protocol.decisions import ForwardReply, Handoff, InSteps, StopReply
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.message import Message
from agentcore.protocol.rule_result import as_reply, is_rule_result, no_reply_error, no_text_error
from agentcore.protocol.rules import ReplyRule, why_unanswered
from agentcore.protocol.state import (
    ASK,
    REPLY,
    RUN_RULES,
    UNLIMITED,
    Answered,
    HumanMode,
    Received,
    Replied,
    Stop,
)
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transitions import on_received, on_replied, step
from agentcore.protocol.usage import with_usage
from agentcore.runtime.console import question
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import HostedAgent, Onward
from agentcore.runtime.turns.hooked import hooked_handoff, hooked_reception, hooked_reply
from agentcore.runtime.turns.routing import AUTOMATIC, forward, forward_to, hand_off, stop_by_reply
from agentcore.runtime.turns.stepped import SteppedTurn
from agentcore.runtime.turns.turn import set_current_turn

__all__ = ["ReplyTurn"]

_new = object.__new__
HUMAN = "get_human_input"

SILENT = Replied(speaks=False)
UNDECIDED = Replied(final=False, speaks=False)


class ReplyTurn(SteppedTurn):
    """The turn on one message.

    Every message runs the methods from `take` to `send`. They are written for speed, and rare cases
    are in other methods. Each method returns what `Runnable.run` returns: the mailbox to run next.
    """

    _index = 0
    _rules: tuple[ReplyRule, ...] = ()
    _hooked = False  # whether hooks have changed the reply

    @staticmethod
    def take(mailbox: Mailbox, received: Envelope) -> Onward:
        """Take the turn on a message."""
        conversation = received.conversation
        turn = _new(ReplyTurn)  # as ReplyTurn(...), at a third of its cost
        turn.mailbox = mailbox
        mailbox.turn = turn
        turn.runtime = runtime = mailbox.runtime
        turn.exchange = exchange = received.exchange
        turn.inherited = inherited = conversation.inherited
        turn.received = received
        condition = received.condition
        deadline = inherited.deadline
        if deadline is not None and runtime.backend.now() >= deadline:
            return turn._drop("its deadline is over")
        if received.to_initiator:
            turn.peer = peer = conversation.recipient
            turn.chat = chat = runtime.chats.get(conversation.id)
            if chat is None:
                return turn._drop("its conversation has stopped")
            route = received.route
            try:
                condition = chat.note(
                    received.message, received.nested, exchange.budget, False,
                    None if route is None else route.handoff,
                )  # fmt: skip
            except BaseException as error:  # the user's predicate raised
                return turn.fail(error, "until")
        else:
            turn.peer = peer = conversation.initiator
        if received.message.opaque:
            turn.received = attrs.evolve(received, message=received.message.isolated())
        set_current_turn(turn)
        agent = mailbox.agent
        if agent._hooks is not None or inherited.variables is not None:
            return inherited.run(turn._prepare, agent, peer, condition)
        return turn._decide(agent, peer, condition)

    def _prepare(self, agent: HostedAgent, peer: AgentRef, condition: str) -> Onward:
        """Decide with the context variables of the caller, and when hooks were called."""
        set_current_turn(self)
        if agent._hooks is None:
            return self._decide(agent, peer, condition)
        return self._hook(hooked_reception(self), lambda _: self._decide(agent, peer, condition))

    def _decide(self, agent: HostedAgent, peer: AgentRef, condition: str) -> Onward:
        """Record the message, and let the state machine say who decides on it."""
        received = self.received
        memory = agent._memory
        history = memory.histories.get(peer.key)
        if history is None:
            history = memory.history_with(peer.key)
        self.history = history
        route = received.route
        try:
            event = memory.receive(received, history, condition)
        except BaseException as error:  # the user's is_termination_msg raised
            return self.fail(error, "is_termination_msg")
        if not self.inherited.silent and (route is None or not route.passed):
            try:
                self.runtime.show(received)
            except BaseException as error:  # for example because standard output is closed
                return self.fail(error, "the console")
        handoff = None if route is None else route.handoff
        if handoff is not None:  # the initiator forwards it, without its own limit or human
            event = attrs.evolve(event, limit=UNLIMITED, mode=HumanMode.NEVER)
        self.exchange, effect = on_received(self.exchange, event)
        if effect is RUN_RULES:
            return self._run_rules(agent) if handoff is None else self._hand_on(agent, handoff)
        if effect is ASK:
            return self._ask(event)
        assert type(effect) is Stop
        return self.stop(effect.kind, condition if effect.kind is StopKind.CONDITION else "")

    def _hand_on(self, agent: HostedAgent, to: AgentRef) -> Onward:
        """Forward the message to ``to``, because the recipient handed the conversation off."""
        self.rule_name = "handoff"
        if self.chat is not None and self.chat.rules:
            return self._run_rules(agent)  # in a group, its own rule chooses who speaks next
        return forward_to(self, to, self.received.message)

    def _drop(self, reason: str) -> Onward:
        sender, to = self.received.sender.name, self.received.to.name
        logger.info("a message from {} to {} was dropped: {}", sender, to, reason)
        return None

    # --- a human decides ------------------------------------------------------------------------

    def _ask(self, event: Received) -> Onward:
        always = event.mode is HumanMode.ALWAYS
        prompt = question(self.peer.name, event.terminal is not None, always)
        self.rule_name = HUMAN
        try:
            answer = self.mailbox.agent.get_human_input(prompt)
        except BaseException as error:
            return self._answered(None, error)
        return self.suspend(awaiting(answer)) if isawaitable(answer) else self._answered(answer)

    def _answered(self, text: Any, error: BaseException | None = None) -> Onward:
        if error is not None and not isinstance(error, EOFError):
            return self.fail(error, HUMAN)
        if not isinstance(text, str | None):
            return self.fail(no_text_error(text, self.mailbox.ref.name), HUMAN)
        agent = self.mailbox.agent
        self.exchange, effect = step(self.exchange, Answered(text))
        if effect is RUN_RULES:
            return self._run_rules(agent)
        if effect is REPLY:
            said = Message.text(text or "")
            if agent._hooks is None:
                return self.send(said)
            return self._hook(hooked_reply(self, said), self.send)
        assert type(effect) is Stop
        return self.stop(effect.kind)

    # --- rules decide ---------------------------------------------------------------------------

    def _run_rules(self, agent: HostedAgent) -> Onward:
        if self.chat is not None and self.chat.rules:
            rules = self.chat.rules
        elif agent._plain_chain:
            rules = agent._chain
        else:
            try:
                rules = agent.rules_for(self.peer)
            except BaseException as error:  # the user's predicate of senders raised
                return self.fail(error, "rules_for")
        self._rules = rules
        return self._next_rule(agent, rules)

    def _next_rule(self, agent: HostedAgent, rules: tuple[ReplyRule, ...]) -> Onward:
        """Call the rules that are left, to the first final one; then the model, or the default."""
        message = self.received.message
        while self._index < len(rules):
            rule = rules[self._index]
            self._index += 1
            self.rule_name = rule.name
            try:
                result = rule.ask(
                    rule.function, agent, message, self.history, self.peer, rule.config
                )
            except BaseException as error:
                return self.fail(error, rule.name)
            # As `is_rule_result` says, but without a call: every message comes this way.
            if type(result) is not tuple or len(result) != 2 or type(result[0]) is not bool:
                if type(result) is CoroutineType:
                    return self.suspend(result)
                if type(result) is InSteps:
                    self._thoughts = result.steps
                    return self._think(None, None)
                return self.fail(no_reply_error(result, agent.name, rule.name), rule.name)
            final, reply = result
            if final:
                return self._decided(reply)
            if reply is not None:
                self._warn_discarded(reply)
        self.rule_name = ""
        if agent.llm is not None or agent._tool_names or agent._model_options is not None:
            thoughts = agent._deliberate(self, message, self.history, self.peer)
            if thoughts is not None:
                self.rule_name = "llm"
                self._thoughts = thoughts
                return self._think(None, None)
        default = agent.default_auto_reply
        return self._decided(default, UNDECIDED if default is None else AUTOMATIC)

    def _warn_discarded(self, reply: Any) -> None:
        logger.warning(
            "rule {} of {} returned (False, {!r}): the reply is discarded, since it is not final",
            self.rule_name, self.mailbox.ref.name, reply,
        )  # fmt: skip

    def resume(self, value: Any, error: BaseException | None) -> Onward:
        """Go on with the outcome of an ``async def`` function, or after a wait."""
        self.asynchronous = False
        set_current_turn(self)
        if self._waits is not None and self._waits.stepped_aside:
            value = self._waits.step_back()
        if self.withdrawn and self._thoughts is None:
            return None
        if self._thoughts is not None:
            return self._think(value, error)
        if self.rule_name == HUMAN and not self._index:
            return self._answered(value, error)
        if error is not None:
            return self.fail(error, self.rule_name)
        agent, rule = self.mailbox.agent, self.rule_name
        if not is_rule_result(value):
            return self.fail(no_reply_error(value, agent.name, rule), rule)
        final, reply = value
        return self._decided(reply) if final else self._next_rule(agent, self._rules)

    # --- sending what was decided ---------------------------------------------------------------

    def _decided(self, reply: Any, event: Replied = AUTOMATIC) -> Onward:
        message = None
        if type(reply) is str and reply:
            message = Message.text(reply)
        elif reply is None:
            event = SILENT if event is AUTOMATIC else event
        elif type(reply) is ForwardReply:
            return forward(self, reply)
        elif type(reply) is Handoff:
            if self.mailbox.agent._hooks is None:
                return hand_off(self, reply)
            return self._hook(hooked_handoff(self, reply), lambda to: hand_off(self, to))
        elif type(reply) is StopReply:
            return stop_by_reply(self, reply)
        else:
            try:
                message = as_reply(reply, self.mailbox.ref.name, self.rule_name)
                message = self.runtime.check_message(message)
            except (ReplyTypeError, MessageError) as error:
                return self.fail(error, self.rule_name)
        if message is not None and self.mailbox.agent._hooks is not None and not self._hooked:
            self._hooked = True
            return self._hook(hooked_reply(self, message), lambda to: self._decided(to, event))
        self.exchange, effect = on_replied(self.exchange, event)
        if effect is REPLY:
            assert message is not None
            return self.send(message if self.usage is None else with_usage(message, self.usage))
        assert type(effect) is Stop
        unanswered = effect.kind is StopKind.NO_RULE
        chain = self.mailbox.agent._chain
        return self.stop(effect.kind, why_unanswered(chain, self.peer) if unanswered else "")
