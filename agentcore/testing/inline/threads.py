"""Functions that block, on threads whose turn is the scheduler's choice.

A tool that blocks needs a thread, and a thread runs when the machine lets it. So the scheduler
starts it as one of the things to run, and takes no other decision before that thread has come to a
standstill: it has ended, or it waits for something that the schedule has to bring about, such as
the answer to a message that it sent. When that has come, to let it go on is one more thing to run.
How fast the machine is therefore decides nothing, and what a thread does takes no virtual time.

A thread may also stand still for a reason that the scheduler does not know: it waits for a lock
that another tool is to free, or for a socket. It is given `AT_LOCK` or `ELSEWHERE` looks at which
it has not moved. After that it is *astray*: the schedule goes on beside it, and hears of it when
nothing else can run. Where looks are late, because the machine is busy, the thread has the longer.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any

from agentcore.testing.inline.scheduler import Scheduler
from agentcore.tools.threads import OwnThreads

__all__ = ["BlockingCall", "Threads"]

LOOK = 0.005  # seconds between two looks at a thread that runs
AT_LOCK = 40  # looks after which one that waits for another thread is astray
ELSEWHERE = 200  # looks after which any that has not moved is astray
WAITS = {"wait", "join", "_wait_for_tstate_lock"}  # functions of `threading`


class Threads:
    """The functions that run on threads for one backend.

    Attributes:
        scheduler: says which of them goes on.
        awaited: calls whose outcome somebody waits for.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.awaited: dict[BlockingCall, None] = {}
        self._by_thread: dict[int, BlockingCall] = {}
        self._count = 0
        self._released = False
        self._own = OwnThreads()

    def run(self, executor: Executor | None, function: Callable[[], Any]) -> BlockingCall:
        """Have a function run, by an executor or on a thread of its own."""
        self._count += 1
        call = BlockingCall(self, executor or self._own, function, f"thread {self._count}")
        self.awaited[call] = None
        self.scheduler.schedule(call)
        return call

    def expects(self) -> bool:
        """Whether something is awaited from a thread that is astray."""
        return any(call.astray for call in self.awaited)

    def hold(self, future: Future[Any], timeout: float) -> bool:
        """Hold the calling thread until ``future`` is done; say whether it is.

        Args:
            timeout: real seconds; of use only for threads that were not begun here.
        """
        call = self._by_thread.get(threading.get_ident())
        if call is None or self._released:
            return bool(wait([future], timeout).done)
        future.add_done_callback(lambda _: self.scheduler.schedule(call))
        call.park()
        return future.done()

    def begun(self, call: BlockingCall) -> None:
        """The calling thread is that of a call."""
        self._by_thread[threading.get_ident()] = call

    def ended(self) -> None:
        """The calling thread is none of a call any more."""
        self._by_thread.pop(threading.get_ident(), None)

    def release(self) -> None:
        """Let those go on that wait for what will not come: the event loop is closed."""
        self._released = True
        for call in list(self._by_thread.values()):
            if call.parked:
                call.run()


class BlockingCall:
    """A function on a thread; `Runnable`: runs it up to its next standstill.

    Attributes:
        name: for the trace.
        outcome: what came of it.
        astray: whether it runs beside the schedule.
        parked: whether it waits for something that the schedule brings about.
    """

    def __init__(
        self, threads: Threads, executor: Executor, function: Callable[[], Any], name: str
    ) -> None:
        self.name = name
        self.outcome: Future[Any] = Future()
        self.astray = False
        self.parked = False
        self._threads = threads
        self._executor = executor
        self._function = function
        self._thread: threading.Thread | None = None
        self._go = threading.Lock()
        self._go.acquire()
        self._still = threading.Event()
        self._lock = threading.Lock()  # keeps a thread that is not still alive

    def run(self) -> None:
        """Begin it or let it go on; come back when it stands still."""
        scheduler = self._threads.scheduler
        before = scheduler.holder
        try:
            if self.parked:
                assert self._thread is not None
                self.parked, scheduler.holder = False, self._thread.ident
                self._still.clear()
                self._go.release()
            elif not self._begin():
                return
            self._watch()
        finally:
            scheduler.holder = before
            with self._lock:
                self.astray = not self._still.is_set()
        if self.astray:
            scheduler.note(f"{self.name} is astray")

    # --- on the scheduler's thread --------------------------------------------------------------

    def _begin(self) -> bool:
        """Begin it, unless nobody wants it any more."""
        if not self.outcome.set_running_or_notify_cancel():
            self._still.set()
            return False
        # Of other executors nobody knows on what thread they run it, or whether in this process.
        known = isinstance(self._executor, OwnThreads | ThreadPoolExecutor)
        try:
            future = self._executor.submit(self._on_thread if known else self._function)
        except BaseException as error:  # it was shut down
            self.outcome.set_exception(error)
            self._still.set()
            return False
        future.add_done_callback(self._ended)
        return True

    def _watch(self) -> None:
        """Wait until the thread stands still."""
        seen: Any = None
        looks = 0
        while not self._still.wait(LOOK):
            with self._lock:
                if self._still.is_set():
                    return
                position, at_lock = self._position()
            looks = looks + 1 if position == seen else 0
            seen = position
            if looks >= (AT_LOCK if at_lock else ELSEWHERE):
                return

    def _position(self) -> tuple[Any, bool]:
        """Say what changes when the thread runs, and whether it is at a lock."""
        thread = self._thread
        frame = None if thread is None else sys._current_frames().get(thread.ident or 0)
        if thread is None or frame is None:
            return None, False
        if _is_runnable(thread.native_id):  # a busy machine lets it wait for a processor
            return object(), False
        code = frame.f_code
        at_lock = code.co_filename == threading.__file__ and code.co_name in WAITS
        return (code, frame.f_lasti, _seconds_run(thread.ident)), at_lock

    # --- on its own thread ----------------------------------------------------------------------

    def _on_thread(self) -> Any:
        self._threads.begun(self)
        self._thread = threading.current_thread()
        self._take_the_say()
        try:
            return self._function()
        finally:
            self._threads.ended()

    def _take_the_say(self) -> None:
        with self._lock:
            if not self.astray:
                self._threads.scheduler.holder = threading.get_ident()

    def _ended(self, future: Future[Any]) -> None:
        """Give what came of it to whoever waits for it, and then the say back."""
        self._take_the_say()
        try:
            self.outcome.set_result(future.result())
        except BaseException as error:
            self.outcome.set_exception(error)
        self._stand_still()

    def park(self) -> None:
        """Hold the thread until the scheduler lets it go on."""
        self.parked = True
        self._stand_still()
        self._go.acquire()

    def _stand_still(self) -> None:
        with self._lock:
            was_astray, self.astray = self.astray, False
            self._still.set()
        if was_astray:
            self._threads.scheduler.on_outside()


def _is_runnable(thread: int | None) -> bool:
    """Whether a thread runs, or waits for a processor or a disk only, where Linux tells it."""
    try:
        with open(f"/proc/self/task/{thread}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "RD"
    except OSError:
        return False


def _seconds_run(thread: int | None) -> float:
    """Give the processor time that a thread has had, where the system tells it.

    Args:
        thread: one that is alive.
    """
    if thread is None or not hasattr(time, "pthread_getcpuclockid"):
        return 0.0
    return time.clock_gettime(time.pthread_getcpuclockid(thread))
