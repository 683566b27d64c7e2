"""Functions of a turn that send to many agents at once: questions, and messages without answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

import attrs

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.envelope import (
    CallContext,
    Route,
    ask_all_envelope,
    conversation_with,
    envelope,
)
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import AskAll
from agentcore.protocol.sessions import as_peer
from agentcore.protocol.state import Exchange, Lend, Phase, Returned, Split
from agentcore.protocol.transcript import deeper
from agentcore.protocol.transitions import step
from agentcore.runtime.ask_all import PendingAskAll
from agentcore.runtime.turns.chats import releaser
from agentcore.runtime.turns.hooked import a_hooked_message, hooked_message
from agentcore.runtime.turns.turn import Turn, Waiting
from agentcore.runtime.turns.waits import dispatch, waits_of

__all__ = ["Delivery", "a_ask_all", "ask_all", "waiting_for_delivery"]

SPENT = Exchange(0)
NOBODY_ASKED = Answers("", Message.text("(nothing)"), (), ())


def ask_all(
    turn: Turn, message: MessageLike, recipients: Iterable[AgentLike], options: ChatOptions
) -> Answers:
    """Ask several agents at once, and block the thread until all have answered or failed.

    Raises:
        BudgetSpentError, DepthError, AgentNotFoundError, MessageError: nobody was asked.
        TurnError: this would block the event loop.
    """
    if turn.asynchronous:
        found: Answers = waits_of(turn).tool_threads.wait(
            a_ask_all(turn, message, recipients, options)
        )
        return found
    asked = tuple(recipients)
    message = hooked_message(turn, message, asked, options.silent)
    question = _Question(turn, message, asked, options)
    if not question.peers:
        return NOBODY_ASKED
    outcome = waits_of(turn).wait(question.peers, question.ask, None)
    assert outcome is not None
    return question.record(outcome)


async def a_ask_all(
    turn: Turn, message: MessageLike, recipients: Iterable[AgentLike], options: ChatOptions
) -> Answers:
    """`ask_all` for ``async def`` rules."""
    waits = waits_of(turn)
    async with waits.one_at_a_time:
        asked = tuple(recipients)
        message = await a_hooked_message(turn, message, asked, options.silent)
        question = _Question(turn, message, asked, options)
        if not question.peers:
            return NOBODY_ASKED
        return question.record(await waits.a_wait(question.peers, question.ask))


class _Question:
    """A question of a turn to many agents.

    Making it finds the agents, so that an error leaves everything as it was. `ask` sends it, when
    the wait for the answers is recorded.

    Attributes:
        peers: the agents that are asked, in order.
    """

    def __init__(
        self,
        turn: Turn,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        options: ChatOptions,
    ) -> None:
        runtime = turn.runtime
        self._turn = turn
        self._message = runtime.check_message(message)
        self._context = context = turn.narrowed(options)
        me = turn.mailbox.ref
        peers: list[AgentRef] = []
        with ExitStack() as releases:
            for each in recipients:
                ref = runtime.resolve(each)
                peers.append(as_peer(ref, context.session, me))
                releases.callback(releaser(runtime, each, ref))
            self._releases = releases.pop_all()  # called when the question is over, not here
        self.peers = tuple(peers)

    def ask(self, answer: Callable[[Outcome], None]) -> Callable[[], object]:
        """Send the question; ``answer`` is called with the outcome. Give what cancels it."""
        turn, runtime, peers = self._turn, self._turn.runtime, self.peers
        try:
            turn.exchange, effect = step(turn.exchange, Split(len(peers)))
        except BaseException:
            self._releases.close()
            raise
        assert isinstance(effect, Lend)
        share = effect.exchange
        kept = turn.exchange.budget - share.budget * len(peers)

        def stopped(outcome: Outcome) -> None:
            self._releases.close()
            if turn.exchange.phase is Phase.WAITING:
                unused = min(outcome.unused + kept, turn.exchange.budget)
                turn.exchange, _ = step(turn.exchange, Returned(unused))
            answer(outcome)

        pending = PendingAskAll(
            runtime.new_id(), turn.mailbox.ref.name, self._message, peers,
            len(self._context.chain), stopped, share.budget, runtime.cancel,
        )  # fmt: skip
        pending.open(runtime.ask_alls, runtime.backend, self._context.deadline)
        self._send_each(pending.id, share)
        return pending.cancel

    def _send_each(self, id: str, share: Exchange) -> None:
        """Send an envelope to each agent of this process, and a packet to each other process.

        A message with opaque objects is sent in an envelope to each agent, which copies it.
        """
        turn, message, context = self._turn, self._message, self._context
        runtime, place = turn.runtime, turn.runtime.place
        asker = as_peer(turn.mailbox.ref, context.session, turn.mailbox.ref)
        elsewhere: dict[str, list[tuple[int, AgentRef]]] = {}
        for part, peer in enumerate(self.peers):
            if peer.place != place and not message.opaque:
                elsewhere.setdefault(peer.place, []).append((part, peer))
                continue
            item = ask_all_envelope(id, part, asker, peer, message, share, context)
            try:
                dispatch(turn, item, peer)
            except AgentCoreError as error:
                runtime.refuse(item, error)
            else:
                turn.mailbox.agent._memory.history_with(peer.key).record(message, True)
        for host, parts in elsewhere.items():
            packet = AskAll(id, asker, message, share, context, tuple(parts))
            try:
                runtime.backend.carry(host, packet)
            except AgentCoreError as error:
                runtime.refuse_all(packet, error)
            else:
                for _, peer in parts:
                    turn.mailbox.agent._memory.history_with(peer.key).record(message, True)

    def record(self, outcome: Outcome) -> Answers:
        """Record the answers in the histories; the turn must have its agent's token again."""
        answers: Answers = outcome.get()
        turn = self._turn
        for peer, part in zip(self.peers, answers.parts, strict=True):
            history = turn.mailbox.agent._memory.history_with(peer.key)
            if part.message is not None:
                history.record(part.message, False)
            elif part.undelivered and history.said and history.said[-1] is answers.question:
                history.forget_last()
        if turn.keeps_nested:
            turn.nested += deeper(answers.entries())
        return answers


@attrs.frozen
class Delivery:
    """Messages for one agent that want no answer.

    Attributes:
        to: the agent.
        message: the last of the messages.
        earlier: the messages before it.
        opening: whether the agent has had no message of the conversation yet.
    """

    to: AgentRef
    message: Message
    earlier: tuple[Message, ...]
    opening: bool


def waiting_for_delivery(turn: Turn, deliveries: Sequence[Delivery], fresh: bool) -> Waiting:
    """Give the wait until agents have recorded messages of others that want no answer.

    It costs no turn of the budget. It cannot cause any turn either, because these messages have a
    budget of 0.

    Args:
        deliveries: what is delivered, and to whom.
        fresh: whether an agent clears its history when it gets its first message.
    """
    context: CallContext = turn.passed_on()
    runtime = turn.runtime
    me = as_peer(turn.mailbox.ref, context.session, turn.mailbox.ref)
    peers = tuple(each.to for each in deliveries)

    def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
        pending = PendingAskAll(
            runtime.new_id(), me.name, deliveries[0].message, peers, len(context.chain), answer
        )
        pending.open(runtime.ask_alls, runtime.backend, context.deadline)
        for part, each in enumerate(deliveries):
            talk = conversation_with(pending.id, me, each.to, context, fresh, False, part)
            route = Route(True, each.earlier)
            item = envelope(talk, each.message, SPENT, False, (), "", each.opening, route)
            try:
                dispatch(turn, item, each.to)
            except AgentCoreError as error:
                runtime.refuse(item, error)
        return pending.cancel

    return Waiting(peers, start)
