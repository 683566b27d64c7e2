"""Turns that begin conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
from loguru import logger

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import CallContext, Conversation, Envelope, Outcome, Route
from agentcore.protocol.message import Message, as_message
from agentcore.protocol.transitions import Exchange, Lend, Told, begin, step
from agentcore.runtime.chat import InitiatedChat
from agentcore.runtime.turns.turn import Start, Waiting, WaitingTurn

if TYPE_CHECKING:
    from agentcore.protocol.conditions import Condition
    from agentcore.protocol.rules import ReplyRule
    from agentcore.runtime.runtime import Runtime

__all__ = ["ConversingTurn", "releaser"]


class ConversingTurn(WaitingTurn):
    """A turn that can begin conversations of its agent's own, and wait for them or not."""

    def converse(self, message: Any, recipient: Any, **options: Any) -> Any:
        """Begin a conversation of the agent's own, and wait until it has stopped."""
        if self.asynchronous:
            return self._from_thread(self.a_converse(message, recipient, **options))
        peer, start = self._opening(message, recipient, options)
        outcome = self.wait((peer,), start, None)
        assert outcome is not None
        return outcome.get()

    async def a_converse(self, message: Any, recipient: Any, **options: Any) -> Any:
        """The same, awaited. Of several at once in one turn, each has the budget in turn."""
        async with self._one_at_a_time():
            peer, start = self._opening(message, recipient, options)
            outcome = await self.a_wait((peer,), start)
        return outcome.get()

    def conversing(self, message: Any, recipient: Any, **options: Any) -> Waiting:
        """Give a wait for such a conversation, for a turn that is taken in steps."""
        peer, start = self._opening(message, recipient, options)
        return Waiting((peer,), start)

    def _opening(self, message: Any, recipient: Any, options: Any) -> tuple[AgentRef, Start]:
        """Give the peer, and what opens the conversation once the wait for it is recorded."""
        max_turns = options.pop("max_turns", None)
        checked = self.runtime.check_message(as_message(message))
        inherited = self.passed_on()
        peer = self.runtime.resolve(recipient)
        release = releaser(self.runtime, recipient, peer)

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            def stopped(outcome: Outcome) -> None:
                self._returned(outcome)
                release()
                answer(outcome)

            before = self.exchange
            try:
                lent = self.lend(True, _most(max_turns, before.budget))
                return self._open(checked, peer, lent, inherited, stopped, **options)
            except BaseException:
                self.exchange = before  # nothing was delivered, so nothing was spent
                release()
                raise

        return peer, start

    def tell(self, message: Any, recipient: Any) -> None:
        """Deliver a message and go on; what comes back are turns of their own."""
        checked = self.runtime.check_message(as_message(message))
        peer = self.runtime.resolve(recipient)
        release = releaser(self.runtime, recipient, peer)

        def stopped(outcome: Outcome) -> None:
            release()
            if outcome.error is not None:
                teller = self.mailbox.ref.name
                logger.warning("what {} told {} failed: {}", teller, peer.name, outcome.error)

        before = self.exchange
        self.exchange, effect = step(before, Told())
        assert isinstance(effect, Lend)
        try:
            new_id = self.runtime.new_id()
            root = (new_id, effect.exchange.budget)
            inherited = attrs.evolve(self.inherited, chain=(), root=root)
            self._open(checked, peer, effect.exchange, inherited, stopped, id=new_id)
        except BaseException:
            self.exchange = before
            release()
            raise

    def _open(
        self,
        message: Message,
        peer: AgentRef,
        exchange: Exchange,
        inherited: CallContext,
        on_stop: Callable[[Outcome], None],
        *,
        silent: bool = False,
        timeout: float | None = None,
        until: Condition | None = None,
        fresh: bool = False,
        wanted: bool = True,
        id: str = "",
        rules: tuple[ReplyRule, ...] = (),
        passed: Route | None = None,
        opening: bool = True,
    ) -> Callable[[], object]:
        """Deliver the first message of a conversation that the agent begins.

        Gives what cancels it.

        Args:
            rules: decide on its messages, instead of the agent's own.
            passed: for a message that others said, which is in a transcript already.
        """
        runtime = self.runtime
        agent = self.mailbox.agent
        conversation = Conversation(
            id or runtime.new_id(),
            self.mailbox.ref,
            peer,
            runtime.limited(inherited, silent, timeout),
            fresh,
            wanted,
        )
        chat = InitiatedChat(runtime, conversation, exchange.budget, on_stop, until, rules)
        chat.open()
        if passed is not None:
            try:
                item = Envelope(
                    conversation, message, exchange, False, opening=opening, route=passed
                )
                self._dispatch(item, peer)
            except BaseException:
                chat.dismiss()
                raise
            return chat.cancel
        try:
            condition = chat.note(message, (), exchange.budget, True)
        except BaseException:  # a condition of the user's raised
            chat.dismiss()
            raise
        with agent._recording(peer.name, message, fresh):
            try:
                item = Envelope(conversation, message, exchange, False, (), condition, opening=True)
                self._dispatch(item, peer)
            except BaseException:
                chat.dismiss()
                raise
        return chat.cancel


def _most(max_turns: int | None, budget: int) -> int:
    """Give the budget that a conversation of ``max_turns`` has when its first message is paid."""
    return budget if max_turns is None else begin(max_turns).budget


def releaser(runtime: Runtime, recipient: Any, peer: AgentRef) -> Callable[[], None]:
    """Give what ends the adoption of an agent object that was given as a recipient."""
    if isinstance(recipient, str | AgentRef):
        return _nothing
    return lambda: runtime.release(peer.name)


def _nothing() -> None:
    pass
