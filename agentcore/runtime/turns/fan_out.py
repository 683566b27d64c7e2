"""Turns: one item of an agent's mailbox, and what the agent decides on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import (
    AskAll,
    CallContext,
    Outcome,
    Route,
    ask_all_envelope,
    conversation_with,
    envelope,
)
from agentcore.protocol.message import Message, as_message
from agentcore.protocol.transcript import deeper
from agentcore.protocol.transitions import Exchange, Lend, Phase, Returned, Sent, Split, step
from agentcore.runtime.inquiry import Answers, PendingAskAll
from agentcore.runtime.turns.chats import ConversingTurn, releaser
from agentcore.runtime.turns.turn import Start, Waiting, current_turn, set_current_turn

if TYPE_CHECKING:
    from agentcore.protocol.conditions import Condition
    from agentcore.protocol.rules import ReplyRule

__all__ = ["Delivery", "Turn", "current_turn", "set_current_turn"]


@attrs.frozen
class Delivery:
    """What an agent is brought that wants no answer.

    Attributes:
        message: the last of it.
        earlier: what was said before that.
        opening: whether the agent had nothing of the conversation yet.
    """

    to: AgentRef
    message: Message
    earlier: tuple[Message, ...]
    opening: bool


SPENT = Exchange(0)
NOBODY_ASKED = Answers("", Message.text("(nothing)"), (), ())


class Turn(ConversingTurn):
    """A turn being taken: what its rules can do with the system, also with many agents at once."""

    def ask_all(
        self, message: Any, recipients: Iterable[Any], silent: bool, timeout: float | None
    ) -> Answers:
        """Ask several agents at once, and wait until all have answered."""
        if self.asynchronous:
            answers: Answers = self._from_thread(
                self.a_ask_all(message, recipients, silent, timeout)
            )
            return answers
        peers, start = self._asking(message, recipients, silent, timeout)
        if not peers:
            return NOBODY_ASKED
        outcome = self.wait(peers, start, None)
        assert outcome is not None
        return self._answered_by(peers, outcome)

    async def a_ask_all(
        self, message: Any, recipients: Iterable[Any], silent: bool, timeout: float | None
    ) -> Answers:
        """The same, awaited."""
        async with self._one_at_a_time():
            peers, start = self._asking(message, recipients, silent, timeout)
            if not peers:
                return NOBODY_ASKED
            return self._answered_by(peers, await self.a_wait(peers, start))

    def _answered_by(self, peers: tuple[AgentRef, ...], outcome: Outcome) -> Answers:
        """Record the answers in the histories, now that the turn has its agent again."""
        answers: Answers = outcome.get()
        agent = self.mailbox.agent
        for peer, part in zip(peers, answers.parts, strict=True):
            history = agent._history_with(peer.name)
            if part.message is not None:
                history.record(part.message, False)
            elif part.undelivered and history.said and history.said[-1] is answers.question:
                history.forget_last()
        if self.keeps_nested:
            self.nested += deeper(answers.entries())
        return answers

    def _asking(
        self, message: Any, recipients: Iterable[Any], silent: bool, timeout: float | None
    ) -> tuple[tuple[AgentRef, ...], Start]:
        """Give the peers, and what asks them once the wait for them is recorded."""
        runtime = self.runtime
        checked = runtime.check_message(as_message(message))
        inherited = runtime.limited(self.passed_on(), silent, timeout)
        given = tuple(recipients)
        found: list[AgentRef] = []
        ends: list[Callable[[], None]] = []
        try:
            for each in given:
                found.append(runtime.resolve(each))
                ends.append(releaser(runtime, each, found[-1]))
        except BaseException:
            for end in ends:
                end()
            raise
        peers = tuple(found)

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            pending = PendingAskAll(
                runtime.new_id(), self.mailbox.ref.name, checked, peers, runtime.ask_alls.pop
            )
            try:
                self.exchange, effect = step(self.exchange, Split(len(peers)))
            except BaseException:
                for end in ends:
                    end()
                raise
            assert isinstance(effect, Lend)
            share = effect.exchange
            kept = self.exchange.budget - share.budget * len(peers)

            def stopped(outcome: Outcome) -> None:
                for end in ends:
                    end()
                if self.exchange.phase is Phase.WAITING:
                    unused = min(outcome.unused + kept, self.exchange.budget)
                    self.exchange, _ = step(self.exchange, Returned(unused))
                answer(outcome)

            pending.answer, pending.share = stopped, share.budget
            pending.depth = len(inherited.chain)
            self._register(pending, inherited)
            self._ask_each(pending.id, checked, peers, share, inherited)
            return pending.cancel

        return peers, start

    def _register(self, pending: PendingAskAll, inherited: CallContext) -> None:
        """Let it be answered; at its deadline it is given up, as late messages are dropped."""
        runtime = self.runtime
        runtime.ask_alls[pending.id] = pending
        if inherited.deadline is not None:
            left = max(0.0, inherited.deadline - runtime.backend.now())
            pending.timer = runtime.backend.call_later(left, pending.expire)

    def _ask_each(
        self,
        id: str,
        message: Message,
        peers: tuple[AgentRef, ...],
        share: Exchange,
        inherited: CallContext,
    ) -> None:
        agent, asker, place = self.mailbox.agent, self.mailbox.ref, self.runtime.place
        elsewhere: dict[str, list[tuple[int, AgentRef]]] = {}
        for part, peer in enumerate(peers):
            if peer.place != place and not message.opaque:
                elsewhere.setdefault(peer.place, []).append((part, peer))
                continue
            item = ask_all_envelope(id, part, asker, peer, message, share, inherited)
            try:
                self._dispatch(item, peer)
            except AgentCoreError as error:
                self.runtime.refuse(item, error)
            else:
                agent._history_with(peer.name).record(message, True)
        for host, parts in elsewhere.items():
            packet = AskAll(id, asker, message, share, inherited, tuple(parts))
            try:
                self.runtime.backend.carry(host, packet)
            except AgentCoreError as error:
                self.runtime.refuse_all(packet, error)
            else:
                for _, peer in parts:
                    agent._history_with(peer.name).record(message, True)

    def steering(
        self, message: Message, route: Route, peers: tuple[AgentRef, ...], rule: ReplyRule,
        free: bool, fresh: bool, opening: bool, until: Condition | None = None,
    ) -> Waiting:  # fmt: skip
        """Give a wait for a conversation whose recipient ``rule`` moves.

        Args:
            message: passed on to the first of ``peers``, as ``route`` says.
            peers: all whom it may move to.
            rule: decides on each message of it, with a `ForwardReply`, or stops it.
            free: whether this is the first of the turn; see the fuel argument.
            fresh: whether members forget what was said before, when they first get something.
            opening: whether the first of them gets something for the first time.
            until: a condition that stops it.
        """
        inherited = self.passed_on()

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            def stopped(outcome: Outcome) -> None:
                self._returned(outcome)
                answer(outcome)

            before = self.exchange
            self.exchange, effect = step(before, Sent(free))
            assert isinstance(effect, Lend)
            self._kept = 0
            try:
                return self._open(
                    message, peers[0], effect.exchange, inherited, stopped,
                    fresh=fresh, rules=(rule,), passed=route, until=until, opening=opening,
                )  # fmt: skip
            except BaseException:
                self.exchange = before
                raise

        return Waiting(peers, start)

    def delivering(self, deliveries: Sequence[Delivery], fresh: bool) -> Waiting:
        """Give a wait until agents have what others said, which wants no answer.

        It costs nothing, and can cause nothing: no turn is left in it.
        """
        inherited, runtime, me = self.passed_on(), self.runtime, self.mailbox.ref
        peers = tuple(each.to for each in deliveries)

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            message = deliveries[0].message
            pending = PendingAskAll(runtime.new_id(), me.name, message, peers, runtime.ask_alls.pop)
            pending.answer, pending.depth = answer, len(inherited.chain)
            self._register(pending, inherited)
            for part, each in enumerate(deliveries):
                talk = conversation_with(pending.id, me, each.to, inherited, fresh, False, part)
                route = Route(True, each.earlier)
                item = envelope(talk, each.message, SPENT, False, (), "", each.opening, route)
                try:
                    self._dispatch(item, each.to)
                except AgentCoreError as error:
                    runtime.refuse(item, error)
            return pending.cancel

        return Waiting(peers, start)
