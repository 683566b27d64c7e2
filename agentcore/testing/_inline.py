"""The inline backend: deterministic, without threads, for tests.

Nothing runs by itself. Whoever waits for something runs what there is to run, one thing at a
time, and which of them comes next is drawn from a seed (or chosen by Hypothesis). The clock is
virtual: it stands still while anything can run, and then jumps to the next timer. So a test
takes no time, and repeats to the letter with the same seed.

A rule that waits in a plain ``def`` keeps its place on the stack: what is run meanwhile is run on
top of it, and only when all of that has returned does the rule go on. That may hide no deadlock
which other backends do not have, nor make an agent take turns that it would not take there:

1. *What is run on top.* While an agent waits, turns are run of those agents only on which its
   wait depends: those that it waits for, those that these wait for, and so on. Whatever its
   answer takes is a turn of one of them. Others run only when none of these can: that is, when
   all of them wait for time to pass.
2. *The order of the stack is a wait.* The lower of two agents cannot go on before the upper one
   has: that is a wait of one agent for another, and for as long as it lasts it is recorded as
   one. So every wait there is, is in the graph in which the core looks for cycles, and a message
   that closes a cycle is taken at once, by an agent that waits: nothing is left that could wait
   for itself. By the first point the lower agent nearly always waits for the upper one anyway;
   it no longer does when its answer came, or its time ran out, while the upper one was at it.
3. *Nobody keeps a token down there.* An answer that arrives for a rule below the top of the stack
   would give it its agent's token, which it cannot use yet, and so keep the agent from the turns
   that others need of it. It gives the token back, and asks for it anew when it is on top.

``async def`` rules keep nothing on the stack. They run on an event loop of the backend's own,
one round of which is one of the things to run; sockets and threads that they use are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any, ClassVar

import attrs
from attrs.validators import and_, ge, instance_of, le

from agentcore._backend import ActorBackend, Runnable
from agentcore._chat import Chat
from agentcore._config import CoreSettings
from agentcore._envelope import Envelope, Outcome
from agentcore._ref import AgentRef
from agentcore._runtime import Runtime
from agentcore._seat import Seat, Wait
from agentcore._traffic import Job
from agentcore._transcript import StopKind, StopReason
from agentcore._turn import current_turn, set_current_turn
from agentcore.errors import AgentCoreError, AgentDiedError
from agentcore.testing._virtual_loop import VirtualLoop

__all__ = ["Fault", "InlineBackend", "InlineSettings"]

ROOM = 100  # frames of the stack that one rule that waits, and the turn on top of it, take


class Fault(StrEnum):
    """What may befall a message on its way."""

    DROP = "drop"  # it never arrives; that is found out when nothing else can happen
    DUPLICATE = "duplicate"  # it arrives twice, the second time at once or later
    DELAY = "delay"  # it arrives within a second, while others pass it
    CRASH = "crash"  # it arrives, and its agent is closed, before its turn or after


_odds: Any = attrs.field(default=0.0, validator=and_(ge(0), le(1)))


@attrs.frozen
class InlineSettings:
    """The section ``[inline]``.

    Attributes:
        seed: repeats a schedule, and its faults.
        strict: refuse messages that could not cross to another process, as Ray does.
        drop, duplicate, delay, crash: how probable each fault is, for any message, 0 to 1.
    """

    seed: int = attrs.field(default=0, validator=instance_of(int))
    strict: bool = attrs.field(default=False, validator=instance_of(bool))
    drop: float = _odds
    duplicate: float = _odds
    delay: float = _odds
    crash: float = _odds


class InlineBackend(ActorBackend):
    """Hosts agents without a thread, on a schedule that can be repeated.

    Args:
        settings: the seed, and how probable faults are; by default seed 0, and no faults.
        core: the settings that backends share.
        choose: picks the next of ``n`` things to run, 0 to ``n - 1``, instead of the seed.
        faults: says what befalls a message, given its envelope (which has ``sender``, ``to`` and
            ``message``): a `Fault` or its name, or ``None``; instead of the probabilities.
    """

    settings_class: ClassVar[type] = InlineSettings

    def __init__(
        self,
        settings: InlineSettings | None = None,
        core: CoreSettings | None = None,
        *,
        choose: Callable[[int], int] | None = None,
        faults: Callable[[Envelope], Fault | str | None] | None = None,
    ) -> None:
        self._settings = settings or InlineSettings()
        self._core = core or CoreSettings(backend="inline")
        self._random = Random(self._settings.seed)
        self._chosen = choose is not None
        self._choose = choose or self._random.randrange
        self._faults = faults or self._probable_fault
        self._runnables: list[Runnable] = []
        self._stack: list[_Latch] = []
        self._lost: list[Envelope] = []
        self._time = 0.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._count = itertools.count()
        self._loop: VirtualLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._limit = 0
        self.arriving = False

    @classmethod
    def create(cls, settings: Any, core: CoreSettings) -> InlineBackend:
        """Make a backend of its settings."""
        return cls(settings, core)

    def __repr__(self) -> str:
        settings = attrs.asdict(self._settings)
        known = {name: value for name, value in settings.items() if value or name == "seed"}
        if self._chosen:
            known["seed"] = "chosen outside"
        options = ", ".join(f"{name}={value}" for name, value in known.items())
        return f"<InlineBackend {options}>"

    def start(self) -> Runtime:
        """Begin."""
        self.runtime = _InlineRuntime(self, self._core, strict=self._settings.strict)
        return self.runtime

    def close(self) -> None:
        """End the coroutines that are left, and the loop."""
        self._choose = lambda n: 0  # the schedule is over, and may have broken off
        for task in self._tasks:
            task.cancel()
        with self._on_our_own():
            while self._tasks and self._step():
                pass
            for task in self._tasks:  # it waits for what is closed, and is not worth a warning
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            if self._loop is not None and not self._loop.is_closed():
                self._loop.finish()
        self._runnables.clear()
        self._timers.clear()

    # --- what is run next -----------------------------------------------------------------------

    def schedule(self, runnable: Runnable) -> None:
        """Put it with what is there to run."""
        self._runnables.append(runnable)

    def _step(self, seat: Seat | None = None) -> bool:
        """Run one thing, if there is one; say whether there was.

        Args:
            seat: of an agent whose wait is to depend on it; ``None`` runs anything.
        """
        indices = range(len(self._runnables)) if seat is None else self._of_use_to(seat)
        if not indices:
            return False
        index = indices[self._choose(len(indices)) if len(indices) > 1 else 0]
        onward = self._runnables.pop(index).run()
        if onward is not None:
            self._runnables.append(onward)
        return True

    def _of_use_to(self, seat: Seat) -> list[int]:
        """Say which of the runnables the wait of ``seat`` may depend on."""
        needed, seats = {seat.ref.name}, self.runtime.seats
        todo = list(seat.waits)
        while todo:
            name = todo.pop().name
            if name not in needed:
                needed.add(name)
                todo.extend(seats[name].waits if name in seats else ())
        found = []
        for index, runnable in enumerate(self._runnables):
            of = runnable if isinstance(runnable, Seat) else getattr(runnable, "seat", None)
            if of is None or of.ref.name in needed:
                found.append(index)
        return found

    def _pass_time(self, patience: float | None) -> bool:
        """Nothing can run: go to the next timer, or find out what was lost; say if that helped.

        Args:
            patience: real seconds to wait for what takes real time; ``None`` for any number.
        """
        while self._timers and self._timers[0][2].function is None:
            heapq.heappop(self._timers)
        due = self._timers[0][0] if self._timers else None
        if due is None and self._lost:
            lost = self._lost.pop(0)
            text = f"a message to agent {lost.to.name!r} was lost on its way ({self!r})"
            self.runtime.refuse(lost, AgentDiedError(text, agent=lost.to.name))
            return True
        if self._loop is not None and self._loop.expects():
            left = None if due is None else due - self._time
            limits = [limit for limit in (patience, left) if limit is not None]
            self._time += self._loop.wait(min(limits, default=None))
            if due is None or self._time < due:
                return True
        if due is None:
            return False
        _, _, timer = heapq.heappop(self._timers)
        self._time = max(self._time, due)
        timer.fire()
        return True

    def _give_up(self) -> None:
        """Nothing will ever run again: end the innermost of what is still waited for."""
        error = AgentDiedError(f"nothing is left that could run, and no answer came ({self!r})")
        chats = list(self.runtime.chats.values())
        if chats:
            chat = max(chats, key=lambda chat: len(chat.conversation.inherited.chain))
            error.agent = chat.conversation.recipient.name
            reason = StopReason(StopKind.FAILED, error.agent, detail=str(error))
            chat.stop(reason, chat.budget, error=error)
            return
        tickets = self.runtime._tickets
        if not tickets:
            raise AgentCoreError(str(error))
        tickets.pop(next(iter(tickets)))._settle(Outcome(None, 0, error))

    # --- waits ----------------------------------------------------------------------------------

    def latch(self) -> _Latch:
        """Give a flag that knows its place on the stack."""
        return _Latch(self._stack)

    def block(self, latch: _Latch, timeout: float | None, seat: Seat | None) -> bool:
        """Run what there is to run until ``latch`` is set."""
        over = _Timer(lambda: None)
        if timeout is not None:
            over = self._at(self._time + timeout, over)
        turn = current_turn()
        latch.keeps_token = seat is None
        seat = None if turn is None else turn.seat
        with self._on_our_own(), self._on_the_stack(latch, seat):
            while not latch.is_set and over.function is not None:
                if latch.buried:
                    latch.ask_again()
                else:
                    self._go_on(seat, latch.keeps_token)
        over.cancel()
        return latch.is_set

    def _go_on(self, seat: Seat | None, keeps_token: bool) -> None:
        """Let something happen that a wait may depend on; if nothing can, anything."""
        if seat is not None and self._step(seat):
            return
        # A turn that keeps its token waits for no agent, but for a stream, say. So to run others
        # on top of it, who may wait for its agent, is the last resort.
        late = keeps_token and seat is not None
        if (not late and self._step()) or self._pass_time(None) or (late and self._step()):
            return
        self._give_up()

    @contextlib.contextmanager
    def _on_the_stack(self, latch: _Latch, seat: Seat | None) -> Iterator[None]:
        """Be on top of the stack, with the wait of the one below recorded."""
        if seat is None:
            yield
            return
        below = self._stack[-1].seat if self._stack else None
        wait = below.wait_for((seat.ref,)) if below is not None else None
        if not self._stack:
            self._limit = sys.getrecursionlimit()
        # A rule is to have the room on the stack that it has on a thread of its own.
        sys.setrecursionlimit(sys.getrecursionlimit() + ROOM)
        latch.seat = seat
        self._stack.append(latch)
        if wait is not None:
            # No message goes with this wait, that would find the cycle which it may have closed.
            for each in list(self.runtime.seats.values()):
                each.look_again()
        try:
            yield
        finally:
            latch.keeps_token = True  # whatever sets it now comes too late
            self._stack.pop()
            if below is not None and wait is not None:
                below.forget(wait)
            if not self._stack:
                sys.setrecursionlimit(self._limit)

    @contextlib.contextmanager
    def _on_our_own(self) -> Iterator[None]:
        """Step out of the caller's turn, and of its event loop if it has one.

        asyncio refuses to run a loop inside of another, and `_set_running_loop` is the way to
        have it nevertheless. It is sound here: nothing of the outer loop runs in between.
        """
        turn, outer = current_turn(), asyncio._get_running_loop()
        task = None if outer is None else asyncio.current_task(outer)
        if outer is not None and task is not None:
            asyncio.tasks._leave_task(outer, task)
        asyncio._set_running_loop(None)
        set_current_turn(None)
        try:
            yield
        finally:
            asyncio._set_running_loop(outer)
            if outer is not None and task is not None:
                asyncio.tasks._enter_task(outer, task)
            set_current_turn(turn)

    async def drive(self, future: Awaitable[Any]) -> Any:
        """Run what there is to run until ``future``, of the caller's own event loop, is done."""
        wanted = asyncio.ensure_future(future)
        while not wanted.done():
            with self._on_our_own():
                ran = self._step() or self._pass_time(0.001)
            # What could still happen, if nothing ran, happens on the caller's loop.
            await asyncio.sleep(0 if ran else 0.001)
        return await wanted

    # --- coroutines and time --------------------------------------------------------------------

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run it on the backend's own loop."""
        if self._loop is None:
            self._loop = VirtualLoop(self)

        async def run() -> None:
            try:
                value = await coroutine
            except GeneratorExit:
                raise  # nobody waits for it any more
            except BaseException as error:  # SystemExit, too, is the end of this rule only
                done(None, error)
            else:
                done(value, None)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            coroutine.close()  # it may never have been begun

        task = self._loop.create_task(run(), context=contextvars.copy_context())
        self._tasks.add(task)
        task.add_done_callback(ended)

    def now(self) -> float:
        """Give the virtual time: seconds since the backend was made."""
        return self._time

    def call_later(self, delay: float, function: Callable[[], None]) -> _Timer:
        """Call it when nothing can run any more before ``delay`` virtual seconds are over."""
        return self._at(self._time + delay, _Timer(function))

    def _at(self, when: float, timer: _Timer) -> _Timer:
        heapq.heappush(self._timers, (when, next(self._count), timer))
        return timer

    # --- faults ---------------------------------------------------------------------------------

    def fault(self, envelope: Envelope) -> Fault | None:
        """Decide what befalls a message."""
        fault = self._faults(envelope)
        return None if fault is None else Fault(fault)

    def _probable_fault(self, envelope: Envelope) -> Fault | None:
        for fault in Fault:
            odds: float = getattr(self._settings, fault)
            if odds and self._random.random() < odds:
                return fault
        return None

    def inflict(self, fault: Fault, envelope: Envelope) -> None:
        """Let it befall a message that could be delivered."""
        if fault is Fault.DROP:
            self._lost.append(envelope)
            return
        arrive, later = partial(self._arrive, envelope), self._random.random()
        if fault is Fault.DELAY:
            self.call_later(later, arrive)
            return
        arrive()
        if fault is Fault.CRASH:
            self.schedule(Job(lambda: self._crash(envelope.to)))
        elif later < 0.5:
            arrive()
        else:
            self.call_later(later, arrive)

    def _arrive(self, envelope: Envelope) -> None:
        """Receive what its fault has befallen already, as if it came from another process."""
        self.arriving = True
        try:
            self.runtime.receive(envelope)
        finally:
            self.arriving = False

    def _crash(self, ref: AgentRef) -> None:
        if ref.name in self.runtime.seats:
            self.close_agent(ref)


class _FaultySeat(Seat):
    """A seat, with faults where it is given its mail."""

    __slots__ = ()

    def post(self, item: Any) -> Seat | None:
        """Put the item into the mailbox, if nothing befalls it."""
        backend: Any = self.runtime.backend
        if type(item) is Envelope and not self.closed and not backend.arriving:
            fault = backend.fault(item)
            if fault is not None:
                backend.inflict(fault, item)
                return None
        return super().post(item)


class _InlineRuntime(Runtime):
    """The runtime, with seats that have faults, and failures that say how to repeat them."""

    seat_type = _FaultySeat

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Wait; a failure says how to repeat it."""
        return self._noted(super().wait_for(chat, timeout))

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Await; a failure says how to repeat it."""
        outcome = await super().a_wait_for(chat)
        self._noted(outcome)
        return outcome

    def _noted(self, outcome: Outcome | None) -> Outcome | None:
        error = None if outcome is None else outcome.error
        if error is not None and current_turn() is None:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from error  # rules run on the thread that is interrupted
            note = f"repeat it with {self.backend!r}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        return outcome


class _Timer:
    """A function that is to be called at a time; ``None`` when it was, or need not be."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self.function: Callable[[], None] | None = function

    def cancel(self) -> None:
        """Do not call it."""
        self.function = None

    def fire(self) -> None:
        """Call it."""
        function, self.function = self.function, None
        if function is not None:
            function()


class _Latch:
    """What is set once, for a wait on the stack.

    Attributes:
        seat: of the agent whose turn waits; ``None`` outside of any turn.
        keeps_token: whether the turn has kept its seat's token.
        buried: whether it was to be set while others were above it on the stack.
    """

    __slots__ = ("_stack", "buried", "is_set", "keeps_token", "seat")

    def __init__(self, stack: list[_Latch]) -> None:
        self._stack = stack
        self.seat: Seat | None = None
        self.is_set = False
        self.buried = False
        self.keeps_token = True

    def set(self) -> None:
        """Let the turn go on: it has the token of its seat."""
        if self.keeps_token or self._stack[-1] is self:
            self.is_set = True
        else:
            assert self.seat is not None
            self.buried = True
            self.seat.yield_token()

    def ask_again(self) -> None:
        """Ask for the token, now that the turn can go on."""
        assert self.seat is not None
        self.buried = False
        wait = Wait(self.seat, (self.seat.ref,))
        wait.wake = self.set
        self.seat.resume(wait, None)
