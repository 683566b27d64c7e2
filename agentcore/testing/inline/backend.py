"""The inline backend: deterministic, for tests.

Nothing runs by itself. Whoever waits for something runs what there is to run, one thing at a
time, and which of them comes next is drawn from a seed (or chosen by Hypothesis). The clock is
virtual: it stands still while anything can run, and then jumps to the next timer. So a test
takes no time, and repeats to the letter with the same seed.

``async def`` rules run on an event loop of the backend's own, one round of which is one of the
things to run. Tools that block run on threads, one at a time, each up to its next standstill: see
`agentcore.testing.inline.threads`. Plain rules that wait are a matter of their own: see
`agentcore.testing.inline.stack`.

What repeats is what is decided in a system: every turn, wake-up, timer, thread of a tool and
fault, in the same order, however busy the machine is. `InlineBackend.trace` has it. What does not
repeat is what comes from outside, at moments of real time: data from sockets and other processes,
calls from threads that others began (a library's own, or a rule's), tasks of the caller's own
event loop. The scheduler waits for it when nothing else can run, and the clock goes as the real
one does meanwhile. A thread of a tool that stands still for long counts as outside, too. Nor does
the id of the system repeat: it is unique in the world.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from functools import partial
from random import Random
from typing import Any, ClassVar

import attrs
from attrs.validators import and_, ge, instance_of, le

from agentcore.base.errors import AgentCoreError
from agentcore.config.core import CoreSettings
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Runnable
from agentcore.runtime.turns.turn import current_turn, set_current_turn
from agentcore.testing.inline.clock import Clock, Timer
from agentcore.testing.inline.faults import Decide, Fault, Faults
from agentcore.testing.inline.loop import VirtualLoop
from agentcore.testing.inline.runtime import InlineRuntime
from agentcore.testing.inline.scheduler import Scheduler
from agentcore.testing.inline.stack import Latch, Stack
from agentcore.testing.inline.threads import Threads

__all__ = ["InlineBackend", "InlineSettings"]

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

    runtime: InlineRuntime

    def __init__(
        self,
        settings: InlineSettings | None = None,
        core: CoreSettings | None = None,
        *,
        choose: Callable[[int], int] | None = None,
        faults: Decide | None = None,
    ) -> None:
        self._settings = settings or InlineSettings()
        self._core = core or CoreSettings(backend="inline")
        self._random = Random(self._settings.seed)
        self._chosen = choose is not None
        self.scheduler = Scheduler(choose or self._random.randrange)
        self.scheduler.listen = self._listen
        self.faults = Faults(self, faults or self._by_chance, self._random, self.scheduler.note)
        self._clock = Clock()
        self._stack = Stack()
        self._threads = Threads(self.scheduler)
        self._loop: VirtualLoop | None = None

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

    def start(self) -> InlineRuntime:
        """Begin."""
        self.runtime = InlineRuntime(self, self._core, strict=self._settings.strict)
        return self.runtime

    def close(self) -> None:
        """End the coroutines that are left, and the loop."""
        self.scheduler.choose = lambda n: 0  # the schedule is over, and may have broken off
        with self._on_our_own():
            if self._loop is not None and not self._loop.is_closed():
                self._loop.finish()
            self._threads.release()
        self.scheduler.clear()
        self._clock.clear()

    # --- what is run next -----------------------------------------------------------------------

    @property
    def trace(self) -> list[str]:
        """All that was decided, in order: ``"2 of 3: agent alice"`` is a choice among three.

        The same seed gives the same trace. When something fails, compare the traces of two runs,
        or look at the end of one. Long runs keep their last 10 000 decisions.
        """
        return self.scheduler.trace

    def schedule(self, runnable: Runnable) -> None:
        """Put it with what is there to run."""
        self.scheduler.schedule(runnable)

    def _listen(self) -> None:
        """Hear what came from outside, without a wait for it."""
        self.scheduler.take_in()
        if self._loop is not None and self._loop.expects():
            self._loop.listen()

    def _pass_time(self, patience: float | None) -> bool:
        """Nothing can run: go to the next timer, or find out what was lost; say if that helped.

        Args:
            patience: real seconds to wait for what takes real time; ``None`` for any number.
        """
        if self.scheduler.take_in():
            return True
        left = self._clock.left()
        if left is None and self.faults.find_lost():
            return True
        if self._loop is not None and self._loop.expects():
            limits = [limit for limit in (patience, left) if limit is not None]
            waited = self._loop.wait(min(limits, default=None))
            if left is None or waited < left:
                self._clock.now += waited
                self.scheduler.note("a wait for what is outside")
                return True
        if left is None:
            return False
        self._clock.jump()
        self.scheduler.note(f"the clock is at {self._clock.now:g}")
        return True

    def _give_up(self) -> None:
        """Nothing will ever run again: end the innermost of what is still waited for."""
        self.scheduler.note("nothing can run any more")
        error = AgentDiedError(f"nothing is left that could run, and no answer came ({self!r})")
        waits: list[tuple[int, Callable[[], object]]] = []
        for chat in self.runtime.chats.values():
            waits.append((len(chat.conversation.inherited.chain), partial(_end_chat, chat, error)))
        for pending in self.runtime.ask_alls.values():
            waits.append((pending.depth, partial(pending.give_up, error)))
        if waits:
            max(waits, key=lambda wait: wait[0])[1]()
            return
        if not self.runtime.tickets.give_up_oldest(error):
            raise AgentCoreError(str(error))

    # --- waits ----------------------------------------------------------------------------------

    def latch(self) -> Latch:
        """Give a flag that knows its place on the stack."""
        return Latch(self._stack)

    def block(self, latch: Latch, timeout: float | None, mailbox: Mailbox | None) -> bool:
        """Run what there is to run until ``latch`` is set."""
        over = Timer(lambda: None)
        if timeout is not None:
            over = self._clock.after(timeout, lambda: None)
        turn, keeps_token = current_turn(), mailbox is None
        mailbox = None if turn is None else turn.mailbox
        with self._on_our_own(), self._stack.on_top(latch, mailbox, keeps_token):
            while not latch.is_set and over.function is not None:
                if latch.buried:
                    latch.ask_again()
                elif not self._go_on(mailbox, keeps_token):
                    self._give_up()
        over.cancel()
        return latch.is_set

    def _go_on(self, mailbox: Mailbox | None, keeps_token: bool) -> bool:
        """Let something happen; say whether something did."""
        if mailbox is None:
            return self.scheduler.step() or self._pass_time(None)
        if self.scheduler.step(mailbox):
            return True
        if keeps_token:
            # It waits for no agent, but for a stream, say. To run others on top of it, who may
            # wait for its agent, is the last resort.
            return self._pass_time(None) or self.scheduler.step()
        return self.scheduler.step() or self._pass_time(None)

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
            with self.scheduler.held():
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
                ran = self.scheduler.step() or self._pass_time(0.001)
            # What could still happen, if nothing ran, happens on the caller's loop.
            await asyncio.sleep(0 if ran else 0.001)
        return await wanted

    # --- coroutines and time --------------------------------------------------------------------

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], None]:
        """Run it on the backend's own loop."""
        if self._loop is None:
            self._loop = VirtualLoop(self.scheduler, self._clock, self._threads)
        return self._loop.begin(coroutine, done)

    def hold_thread(self, future: Future[Any], timeout: float) -> bool:
        """Let the schedule go on until ``future`` is done, and then this thread, in its turn."""
        return self._threads.hold(future, timeout)

    def now(self) -> float:
        """Give the virtual time: seconds since the backend was made."""
        return self._clock.now

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call it when nothing can run any more before ``delay`` virtual seconds are over."""
        return self._clock.after(delay, function)

    def _by_chance(self, envelope: Envelope) -> Fault | None:
        """Draw what befalls a message."""
        for fault in Fault:
            odds: float = getattr(self._settings, fault)
            if odds and self._random.random() < odds:
                return fault
        return None


def _end_chat(chat: InitiatedChat, error: AgentDiedError) -> None:
    error.agent = chat.conversation.recipient.name
    reason = StopReason(StopKind.FAILED, error.agent, detail=str(error))
    chat.stop(reason, chat.budget, error=error)
