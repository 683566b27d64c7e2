"""The inline backend: deterministic, without threads, for tests.

Nothing runs by itself. Whoever waits for something runs what there is to run, one thing at a
time, and which of them comes next is drawn from a seed (or chosen by Hypothesis). The clock is
virtual: it stands still while anything can run, and then jumps to the next timer. So a test
takes no time, and repeats to the letter with the same seed.

``async def`` rules run on an event loop of the backend's own, one round of which is one of the
things to run; sockets and threads that they use are real. Plain rules that wait are a matter of
their own: see `agentcore.testing.inline.stack`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from random import Random
from typing import Any, ClassVar

import attrs
from attrs.validators import and_, ge, instance_of, le

from agentcore.base.errors import AgentCoreError
from agentcore.config.core import CoreSettings
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.transcript import StopKind, StopReason
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Runnable
from agentcore.runtime.runtime import Runtime
from agentcore.runtime.tickets import Tickets
from agentcore.runtime.turns.turn import current_turn, set_current_turn
from agentcore.testing.inline.clock import Clock, Timer
from agentcore.testing.inline.faults import Decide, Fault, Faults, FaultySeat
from agentcore.testing.inline.loop import VirtualLoop
from agentcore.testing.inline.stack import Latch, Stack, needed_by

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
        self._choose = choose or self._random.randrange
        self.faults = Faults(self, faults or self._by_chance, self._random)
        self._clock = Clock()
        self._stack = Stack()
        self._runnables: list[Runnable] = []
        self._loop: VirtualLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

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

    runtime: Runtime

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
        self._clock.clear()

    # --- what is run next -----------------------------------------------------------------------

    def schedule(self, runnable: Runnable) -> None:
        """Put it with what is there to run."""
        self._runnables.append(runnable)

    def _step(self, mailbox: Mailbox | None = None) -> bool:
        """Run one thing, if there is one; say whether there was.

        Args:
            mailbox: of an agent whose wait is to depend on it; ``None`` runs anything.
        """
        indices = range(len(self._runnables)) if mailbox is None else self._of_use_to(mailbox)
        if not indices:
            return False
        index = indices[self._choose(len(indices)) if len(indices) > 1 else 0]
        onward = self._runnables.pop(index).run()
        if onward is not None:
            self._runnables.append(onward)
        return True

    def _of_use_to(self, mailbox: Mailbox) -> list[int]:
        """Say which of the runnables the wait of ``mailbox`` may depend on."""
        needed, found = needed_by(mailbox), []
        for index, runnable in enumerate(self._runnables):
            of = runnable if isinstance(runnable, Mailbox) else getattr(runnable, "mailbox", None)
            if of is None or of.ref.name in needed:
                found.append(index)
        return found

    def _pass_time(self, patience: float | None) -> bool:
        """Nothing can run: go to the next timer, or find out what was lost; say if that helped.

        Args:
            patience: real seconds to wait for what takes real time; ``None`` for any number.
        """
        left = self._clock.left()
        if left is None and self.faults.find_lost():
            return True
        if self._loop is not None and self._loop.expects():
            limits = [limit for limit in (patience, left) if limit is not None]
            waited = self._loop.wait(min(limits, default=None))
            if left is None or waited < left:
                self._clock.now += waited
                return True
        if left is None:
            return False
        self._clock.jump()
        return True

    def _give_up(self) -> None:
        """Nothing will ever run again: end the innermost of what is still waited for."""
        error = AgentDiedError(f"nothing is left that could run, and no answer came ({self!r})")
        waits: list[tuple[int, Callable[[], object]]] = []
        for chat in self.runtime.chats.values():
            waits.append((len(chat.conversation.inherited.chain), partial(_end_chat, chat, error)))
        for inquiry in self.runtime.ask_alls.values():
            waits.append((inquiry.depth, partial(inquiry.give_up, error)))
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
            return self._step() or self._pass_time(None)
        if self._step(mailbox):
            return True
        if keeps_token:
            # It waits for no agent, but for a stream, say. To run others on top of it, who may
            # wait for its agent, is the last resort.
            return self._pass_time(None) or self._step()
        return self._step() or self._pass_time(None)

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


class _InlineTickets(Tickets):
    """Handles whose failures say how to repeat them."""

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
            note = f"repeat it with {self._runtime.backend!r}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        return outcome


class _InlineRuntime(Runtime):
    """The runtime, with mailboxes that have faults."""

    mailbox_type = FaultySeat
    tickets_type = _InlineTickets
