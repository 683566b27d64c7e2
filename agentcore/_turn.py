"""Turns: one item of an agent's mailbox, and what the agent decides on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import attrs
from loguru import logger

from agentcore._chat import Chat, OpenChat
from agentcore._envelope import (
    Circumstances,
    Conversation,
    Envelope,
    Outcome,
    Route,
    conversation_with,
    envelope,
)
from agentcore._fan import Answers, Inquiry
from agentcore._machine import (
    Exchange,
    Lend,
    Phase,
    Returned,
    Sent,
    Spent,
    Split,
    Told,
    begin,
    step,
)
from agentcore._message import Message, as_message
from agentcore._ref import AgentRef
from agentcore._seat import Seat, Wait
from agentcore._transcript import Entry, deeper
from agentcore.errors import AgentCoreError, AgentDiedError, DepthError, TurnError

if TYPE_CHECKING:
    from agentcore._backend import Runnable
    from agentcore._conditions import Condition
    from agentcore._rules import ReplyRule
    from agentcore._runtime import Runtime

__all__ = ["Delivery", "Start", "Turn", "current_turn", "set_current_turn"]

# Begins what a turn waits for: is given what to call with the outcome, gives what cancels it.
Start = Callable[[Callable[[Outcome], None]], Any]

WOULD_BLOCK = (
    "this would block the event loop: in an async def rule, write await self.a_send(...), "
    "await self.a_initiate_chat(...) or await chat"
)
HERE = 16  # sends nested so deep run what they wait for on their own thread
GRACE = 0.05  # seconds after its deadline that an async def rule is cancelled

_CURRENT: ContextVar[Turn | None] = ContextVar("agentcore_turn", default=None)
current_turn = _CURRENT.get
set_current_turn = _CURRENT.set


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


class Turn:
    """A turn being taken: what its rules can do with the system.

    Attributes:
        exchange: the state of the conversation that the turn is part of.
        inherited: its circumstances.
        nested: what was said in conversations that the turn began.
    """

    # Defaults of the class: a turn is made at every message, and few need more.
    nested: tuple[Entry, ...] = ()
    asynchronous = False
    keeps_nested = True
    is_initiators = False  # whether it is on an answer, in a conversation that the agent began
    loop: asyncio.AbstractEventLoop | None = None  # on which its tools run, while several do
    usage: Any = None  # tokens that models cost that were asked in it, and no message says so
    _lent: asyncio.Lock | None = None
    _held: list[Runnable] | None = None  # what is to be run by the thread that waits for it
    _kept = 0  # turns that were lent, and that what they were lent to may not use

    def __init__(self, seat: Seat, exchange: Exchange, inherited: Circumstances) -> None:
        self.seat = seat
        self.runtime: Runtime = seat.runtime
        self.exchange = exchange
        self.inherited = inherited

    # --- conversations that the turn begins -----------------------------------------------------

    def passed_on(self) -> Circumstances:
        """Give what a conversation inherits for which this turn waits.

        Raises:
            DepthError: sends are nested too deep.
        """
        inherited = self.inherited
        chain = (*inherited.chain, self.seat.ref.name)
        limit = self.runtime.core.max_depth
        if len(chain) > limit:
            raise DepthError(
                f"sends are nested deeper than {limit} (max_depth): {' > '.join(chain[-6:])}",
                agent=self.seat.ref.name,
            )
        return attrs.evolve(inherited, chain=chain)

    def lend(self, waits: bool, most: int) -> Exchange:
        """Take from the budget what a conversation gets that is not the agent's own."""
        self.exchange, effect = step(self.exchange, Sent() if waits else Told())
        assert isinstance(effect, Lend)
        return self._at_most(effect.exchange, most)

    def _at_most(self, lent: Exchange, most: int) -> Exchange:
        self._kept = max(0, lent.budget - most)
        return attrs.evolve(lent, budget=lent.budget - self._kept)

    def lend_to(self, chat: Chat) -> None:
        """Take back what ``chat``, for which the turn is going to wait, does not use."""
        chat._when_done(self._returned)

    def _returned(self, outcome: Outcome) -> None:
        if self.exchange.phase is not Phase.WAITING:
            return  # the turn is over: it did not wait to the end
        unused = min(outcome.unused, self.exchange.budget - self._kept) + self._kept
        self.exchange, _ = step(self.exchange, Returned(unused))
        if self.keeps_nested:
            self.nested += deeper(outcome.transcript)

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

    def _one_at_a_time(self) -> asyncio.Lock:
        if self._lent is None:
            self._lent = asyncio.Lock()
        return self._lent

    # --- conversations of many ------------------------------------------------------------------

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
        agent = self.seat.agent
        for peer, message in zip(peers, answers.texts, strict=True):
            if message is not None:
                agent._history_with(peer.name).record(message, False)
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
        peers = tuple([runtime.resolve(each) for each in given])
        ends = [
            _let_go(runtime, each, peer)
            for each, peer in zip(given, peers, strict=True)
            if not isinstance(each, str | AgentRef)
        ]

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            inquiry = Inquiry(
                runtime.new_id(), self.seat.ref.name, checked, peers, runtime.inquiries.pop
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

            inquiry.answer = stopped
            runtime.inquiries[inquiry.id] = inquiry
            if inherited.deadline is not None:
                left = max(0.0, inherited.deadline - runtime.backend.now())
                inquiry.timer = runtime.backend.call_later(left, inquiry.expire)
            self._ask_each(inquiry.id, checked, peers, share, inherited)
            return inquiry.cancel

        return peers, start

    def _ask_each(
        self,
        id: str,
        message: Message,
        peers: tuple[AgentRef, ...],
        share: Exchange,
        inherited: Circumstances,
    ) -> None:
        runtime, agent, initiator = self.runtime, self.seat.agent, self.seat.ref
        shared = inherited
        for part, peer in enumerate(peers):
            if not shared.silent:  # parts run at once: each is shown in an order of its own
                root = (f"{shared.root[0]}/{id}#{part}", share.budget)
                inherited = attrs.evolve(shared, root=root)
            conversation = conversation_with(id, initiator, peer, inherited, False, True, part)
            item = envelope(conversation, message, share, False, (), "", True, None)
            try:
                self._dispatch(item, peer)
            except AgentCoreError as error:
                runtime.refuse(item, error)
            else:
                agent._history_with(peer.name).record(message, True)

    async def a_steer(
        self, message: Message, route: Route, peers: tuple[AgentRef, ...], rule: ReplyRule,
        free: bool, fresh: bool, opening: bool, until: Condition | None = None,
    ) -> Outcome:  # fmt: skip
        """Begin a conversation whose recipient ``rule`` moves, and wait until it has stopped.

        Args:
            message: passed on to the first of ``peers``, as ``route`` says.
            peers: all whom it may move to.
            rule: decides on each message of it, with a `PassOn`, or stops it.
            free: whether this is the first of the turn; see the fuel argument.
            fresh: whether members forget what was said before, when they first get something.
            opening: whether the first of them gets something for the first time.
            until: a condition that stops it.
        """
        async with self._one_at_a_time():
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

            return await self.a_wait(peers, start)

    async def a_deliver(self, deliveries: Sequence[Delivery], fresh: bool) -> None:
        """Bring agents what others said, which wants no answer, and wait until they have it.

        It costs nothing, and can cause nothing: no turn is left in it.
        """
        inherited, runtime, me = self.passed_on(), self.runtime, self.seat.ref
        peers = tuple(each.to for each in deliveries)

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            message = deliveries[0].message
            inquiry = Inquiry(runtime.new_id(), me.name, message, peers, runtime.inquiries.pop)
            inquiry.answer = answer
            runtime.inquiries[inquiry.id] = inquiry
            for part, each in enumerate(deliveries):
                talk = conversation_with(inquiry.id, me, each.to, inherited, fresh, False, part)
                route = Route(True, each.earlier)
                item = envelope(talk, each.message, SPENT, False, (), "", each.opening, route)
                try:
                    self._dispatch(item, each.to)
                except AgentCoreError as error:
                    runtime.refuse(item, error)
            return inquiry.cancel

        await self.a_wait(peers, start)

    def spend(self, entries: tuple[Entry, ...]) -> None:
        """Pay for messages that the turn itself caused, and put them into the transcript.

        Raises:
            BudgetSpentError: there are not so many turns left; nothing was paid.
        """
        budget = self.exchange.budget
        self.exchange, _ = step(self.exchange, Spent(len(entries)))
        if not self.inherited.silent:
            for page, said in enumerate(entries, 1):
                self.runtime.show_said(
                    said.message, said.sender, said.recipient, self.inherited, budget - page
                )
        if self.keeps_nested:
            self.nested += entries

    def _opening(self, message: Any, recipient: Any, options: Any) -> tuple[AgentRef, Start]:
        """Give the peer, and what opens the conversation once the wait for it is recorded."""
        max_turns = options.pop("max_turns", None)
        checked = self.runtime.check_message(as_message(message))
        inherited = self.passed_on()
        peer = self.runtime.resolve(recipient)
        let_go = _let_go(self.runtime, recipient, peer)

        def start(answer: Callable[[Outcome], None]) -> Callable[[], object]:
            def stopped(outcome: Outcome) -> None:
                self._returned(outcome)
                let_go()
                answer(outcome)

            before = self.exchange
            try:
                lent = self.lend(True, _most(max_turns, before.budget))
                return self._open(checked, peer, lent, inherited, stopped, **options)
            except BaseException:
                self.exchange = before  # nothing was delivered, so nothing was spent
                let_go()
                raise

        return peer, start

    def tell(self, message: Any, recipient: Any) -> None:
        """Deliver a message and go on; what comes back are turns of their own."""
        checked = self.runtime.check_message(as_message(message))
        peer = self.runtime.resolve(recipient)
        let_go = _let_go(self.runtime, recipient, peer)

        def stopped(outcome: Outcome) -> None:
            let_go()
            if outcome.error is not None:
                teller = self.seat.ref.name
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
            let_go()
            raise

    def _open(
        self,
        message: Message,
        peer: AgentRef,
        exchange: Exchange,
        inherited: Circumstances,
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
        agent = self.seat.agent
        conversation = Conversation(
            id or runtime.new_id(),
            self.seat.ref,
            peer,
            runtime.limited(inherited, silent, timeout),
            fresh,
            wanted,
        )
        chat = OpenChat(runtime, conversation, exchange.budget, on_stop, until, rules)
        runtime.chats[conversation.id] = chat
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

    # --- async def functions --------------------------------------------------------------------

    def suspend(
        self,
        coroutine: Coroutine[Any, Any, Any],
        ended: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Run an ``async def`` function of the user's, no longer than its conversation may last."""
        self.asynchronous = True
        deadline = self.inherited.deadline
        if deadline is not None:
            # A little longer: that its time is over is first of all the initiator's to say.
            coroutine = _within(coroutine, deadline - self.runtime.backend.now() + GRACE)
        self.runtime.backend.run_coroutine(coroutine, ended)

    def abandon(self, error: AgentDiedError) -> None:
        """The agent was closed in the midst of the turn: whoever waits for it is told."""

    # --- waits ----------------------------------------------------------------------------------

    def wait(
        self, peers: tuple[AgentRef, ...], start: Start, timeout: float | None
    ) -> Outcome | None:
        """Give the seat's token on, and hold this thread until the answer is there.

        Args:
            peers: whom the turn waits for.
            start: begins what is waited for, given what to call with the outcome.
            timeout: seconds; ``None`` comes back when they are over.
        """
        self._check_blocking()
        seat, backend = self.seat, self.runtime.backend
        wait = seat.wait_for(peers, self)
        latch = backend.latch()
        wait.wake = latch.set
        inherited = self.inherited
        # What the turn waits for can be run on this thread: but for a deadline, at which it is to
        # go on, and but for the stack, which is not to grow with nested waits.
        runs_here = inherited.deadline is None and len(inherited.chain) < HERE
        self._held = held = [] if runs_here else None
        try:
            cancel = self._start(wait, start)
        finally:
            self._held = None
        timer = None
        if timeout is not None:
            timer = backend.call_later(timeout, lambda: wait.answer(None))
        seat.yield_token()
        try:
            if held:
                backend.run_here(held, latch)
            backend.block(latch, None, seat)
        except BaseException:
            if cancel is not None:
                cancel()
            raise
        finally:
            self._resumed(wait)
            if timer is not None:
                timer.cancel()
        outcome: Outcome | None = wait.outcome
        return outcome

    async def a_wait(self, peers: tuple[AgentRef, ...], start: Start) -> Outcome:
        """The same for an ``async def`` rule, which holds no thread meanwhile."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        wait = self.seat.wait_for(peers, self)
        wait.wake = lambda: loop.call_soon_threadsafe(_finish, future)
        cancel = self._start(wait, start)
        self.seat.yield_token()
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            # The rule's code goes on from here, so the turn needs its seat's token back first.
            if cancel is not None:
                cancel()
            wait.answer(None)
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(future)
            raise
        finally:
            self.seat.forget(wait)
        outcome: Outcome = wait.outcome
        return outcome

    def _check_blocking(self) -> None:
        if self.asynchronous:
            raise TurnError(WOULD_BLOCK)

    def _from_thread(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Hold the calling thread, one of those on which tools of an async turn run."""
        if self.loop is None or asyncio._get_running_loop() is not None:
            coroutine.close()
            raise TurnError(WOULD_BLOCK)
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def hold_for(self, awaitable: Awaitable[Any]) -> Any:
        """Hold the calling thread, with the seat's token, until an answer from outside is there."""
        coroutine: Coroutine[Any, Any, Any] = _awaited(awaitable)
        if self.asynchronous:
            return self._from_thread(coroutine)
        backend, deadline = self.runtime.backend, self.inherited.deadline
        if deadline is not None:
            coroutine = _within(coroutine, deadline - backend.now() + GRACE)
        latch, came = backend.latch(), list[tuple[Any, BaseException | None]]()

        def done(value: Any, error: BaseException | None) -> None:
            came.append((value, error))
            latch.set()

        backend.run_coroutine(coroutine, done)
        backend.block(latch, None, None)
        _CURRENT.set(self)
        value, error = came[0]
        if error is not None:
            raise error
        return value

    def _start(self, wait: Wait, start: Start) -> Any:
        try:
            return start(wait.answer)
        except BaseException:
            self.seat.forget(wait)
            for runnable in self._held or ():
                self.runtime.schedule(runnable)
            raise

    def _dispatch(self, item: Any, to: AgentRef) -> None:
        """Deliver what the turn begins, and have it run, if not by the wait for it."""
        runtime = self.runtime
        seat = runtime.seats.get(to.name)
        seat = runtime.deliver(item, to) if seat is None else seat.post(item)
        if seat is None:
            return
        if self._held is None:
            runtime.schedule(seat)
        else:
            self._held.append(seat)

    def _resumed(self, wait: Wait) -> None:
        self.seat.forget(wait)
        _CURRENT.set(self)  # on a backend without threads, others' turns were run meanwhile


def _most(max_turns: int | None, budget: int) -> int:
    """Give the budget that a conversation of ``max_turns`` has when its first message is paid."""
    return budget if max_turns is None else begin(max_turns).budget


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def _within(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    return await asyncio.wait_for(coroutine, max(0.0, seconds))


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _let_go(runtime: Runtime, recipient: Any, peer: AgentRef) -> Callable[[], None]:
    """Give what ends the adoption of an agent object that was given as a recipient."""
    if isinstance(recipient, str | AgentRef):
        return _nothing
    return lambda: runtime.let_go(peer.name)


def _nothing() -> None:
    pass
