"""A pool of a few daemon workers that serves a run queue.

Three things keep it fast, and from starving:

- What a turn makes runnable as the last thing it does, its worker runs itself, next: a
  conversation of two costs no hand-off between threads. After a bounded streak it yields.
- A worker that blocks in a wait, as it says itself, is replaced at once.
- A worker that is stuck, in a rule that reads a socket or sleeps, is noticed by a monitor that
  looks every few milliseconds while there is a queue, and is replaced too.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from loguru import logger

from agentcore.backend import Runnable

__all__ = ["Latch", "Pool"]

STREAK = 64  # turns in a row that a worker takes of one conversation while others queue
TICK = 0.005  # seconds between two looks of the monitor, while there is a queue
LENT_TICK = 0.02  # while there is none, but a thread is lent
QUIET = 5  # looks that find no queue before the monitor goes to sleep
INTERRUPTIBLE = 0.5  # seconds that the main thread waits before it looks for an interrupt
LINGER = 1.0  # seconds that a worker more than needed stays idle before it ends


class Latch:
    """Set once; what a thread waits for. A bare lock: a quarter of an Event's cost."""

    __slots__ = ("_lock", "is_set")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.is_set = False

    def set(self) -> None:
        """Let whoever waits go on."""
        self.is_set = True
        with contextlib.suppress(RuntimeError):  # set already
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        """Wait until it is set; say whether it was, within ``timeout`` seconds."""
        if timeout is not None:
            return self._lock.acquire(timeout=max(0.0, timeout))
        if threading.get_ident() != threading.main_thread().ident:
            return self._lock.acquire()
        # Ctrl-C wakes the main thread, but not if it comes in the instant before that blocks.
        while not self._lock.acquire(timeout=INTERRUPTIBLE):
            pass
        return True


class _Worker:
    __slots__ = ("away", "held_up", "latch", "runs", "seen", "share", "stuck", "thread")

    def __init__(self) -> None:
        self.away = False
        self.held_up: Callable[[], None] | None = None
        self.latch = Latch()
        self.runs = 0
        self.seen = -1
        self.share: _Share | None = None
        self.stuck = False
        self.thread: threading.Thread | None = None


class _Share:
    """Runnables that the thread which waits for them runs, and others too if one takes long."""

    __slots__ = ("_left", "_pool")

    def __init__(self, pool: Pool, runnables: Iterable[Runnable]) -> None:
        self._pool = pool
        self._left = deque(runnables)

    def run(self) -> Runnable | None:
        """Take one of them, and leave the others to another worker."""
        try:
            runnable = self._left.popleft()
        except IndexError:
            return None
        if self._left:
            self._pool.schedule(self)
        return runnable.run()

    def run_all(self, worker: _Worker, latch: Latch) -> None:
        """Take those that nobody else takes, and what comes of the last."""
        ran: Runnable | None = None
        runnable: Runnable | None = None
        while True:
            try:
                ran = self._left.popleft()
            except IndexError:
                break
            if runnable is not None:
                self._pool.schedule(runnable)
            runnable = self._pool.run_one(worker, ran)
        # What gives itself has more to do, and that is not what the thread waits for.
        while runnable is not None and runnable is not ran and not latch.is_set:
            ran, runnable = runnable, self._pool.run_one(worker, runnable)
        if runnable is not None:
            self._pool.schedule(runnable)


class Pool:
    """Runs runnables on ``size`` workers that are not blocked, ``most`` threads at the most.

    Waits do not count towards ``most``: a turn that waits must never keep another from running.
    """

    def __init__(self, size: int, most: int, name: str = "agentcore") -> None:
        self._size = size
        self._most = most
        self._name = name
        self._queue: deque[Runnable] = deque()
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._running = 0  # workers neither idle, blocked nor stuck
        self._blocked = 0
        self._lent = 0
        self._closed = False
        self._local = threading.local()
        self._monitor: threading.Thread | None = None
        self._watched = threading.Event()

    def schedule(self, runnable: Runnable) -> None:
        """Run ``runnable``, soon."""
        self._queue.append(runnable)
        if self._running < self._size:
            self._refill()
        elif not self._watched.is_set():
            self._watch()

    def _refill(self) -> None:
        """Wake or start workers, as many as there is work and room for."""
        with self._lock:
            while self._queue and self._running < self._size and not self._closed:
                if self._idle:
                    worker = self._idle.pop()
                    self._running += 1
                    worker.latch.set()
                    return  # it takes one; it wakes the next if there is more
                if len(self._workers) - self._blocked >= self._most:
                    return
                self._start()
                return
        if self._queue and not self._watched.is_set():
            self._watch()  # another came first, and filled the room that was seen

    def _start(self) -> None:
        worker = _Worker()
        self._workers.add(worker)
        self._running += 1
        worker.thread = threading.Thread(
            target=self._work, args=(worker,), name=f"{self._name}-worker", daemon=True
        )
        worker.thread.start()

    def _work(self, worker: _Worker, latch: Latch | None = None) -> None:
        """Serve the queue: for as long as the pool needs it, or until ``latch`` is set."""
        self._local.worker = worker
        queue = self._queue
        runnable: Runnable | None = None
        while latch is None or not latch.is_set:
            if runnable is None or queue:  # at the end of a streak the queue comes first
                if runnable is not None:
                    queue.append(runnable)
                try:
                    runnable = queue.popleft()
                except IndexError:
                    if latch is None and self._park(worker):
                        continue
                    return
                if queue and self._running < self._size:
                    self._refill()
            try:
                for _ in range(STREAK):
                    runnable = runnable.run()
                    worker.runs += 1
                    if runnable is None:
                        break
            except BaseException:
                runnable = None
                worker.runs += 1
                logger.exception("a job failed; this is a bug in agentcore")
            if worker.stuck:
                self._unstick(worker)
        if runnable is not None:
            queue.append(runnable)

    def _unstick(self, worker: _Worker) -> None:
        with self._lock:
            if worker.stuck:
                worker.stuck = False
                self._running += 1

    def run_one(self, worker: _Worker, runnable: Runnable) -> Runnable | None:
        """Run a runnable on the calling thread, which is that of ``worker``."""
        onward: Runnable | None = None
        try:
            onward = runnable.run()
        except BaseException:
            logger.exception("a job failed; this is a bug in agentcore")
        worker.runs += 1
        if worker.stuck:
            self._unstick(worker)
        return onward

    def run_here(self, runnables: Sequence[Runnable], latch: Latch) -> None:
        """Run what the calling thread is going to wait for on that thread, if it is a worker.

        It could not go on before they have been run anyway, and so nothing is handed from thread
        to thread. The thread's context is not theirs.
        """
        worker = getattr(self._local, "worker", None)
        if worker is None:
            for runnable in runnables:
                self.schedule(runnable)
            return
        share = _Share(self, runnables)
        self._share_out(worker)
        if len(runnables) == 1:
            contextvars.Context().run(share.run_all, worker, latch)
            return
        with self._lock:
            self._lent += 1  # so that it is looked at whether the thread is stuck
        if not self._watched.is_set():
            self._watch()
        worker.share = share
        try:
            contextvars.Context().run(share.run_all, worker, latch)
        finally:
            worker.share = None
            with self._lock:
                self._lent -= 1

    def lend(self, begin: Callable[[], None], latch: Latch, held_up: Callable[[], None]) -> None:
        """Let the calling thread be a worker until ``latch`` is set, or there is no more to do.

        Args:
            begin: called first, by the thread as a worker already: what it schedules, this thread
                runs, without a hand-off.
            held_up: called once, on any thread, if a turn keeps this one for long.
        """
        worker = _Worker()
        worker.held_up = held_up
        self._local.worker = worker
        with self._lock:
            self._workers.add(worker)
            self._running += 1
            self._lent += 1
        if not self._watched.is_set():
            self._watch()
        try:
            begin()
            self._work(worker, latch)
        finally:
            self._local.worker = None
            with self._lock:
                self._workers.discard(worker)
                self._running -= not worker.stuck
                self._lent -= 1
            if self._queue:
                self._refill()

    def _park(self, worker: _Worker) -> bool:
        """Wait for work; say whether there is some, or the worker is to end."""
        with self._lock:
            if worker.stuck:  # it was counted out just now, after its turn had ended
                worker.stuck = False
            else:
                self._running -= 1
            if self._queue and self._running < self._size:
                self._running += 1
                return True
            if self._closed:
                self._workers.discard(worker)
                return False
            worker.latch = Latch()
            self._idle.append(worker)
        while not worker.latch.wait(LINGER):
            with self._lock:
                if worker in self._idle and len(self._idle) > self._size:
                    self._idle.remove(worker)
                    self._workers.discard(worker)
                    return False
        return True

    # --- workers that do not come on ------------------------------------------------------------

    def block(self, latch: Latch, timeout: float | None) -> bool:
        """Wait for ``latch``; a worker that waits is replaced."""
        with self.away():
            return latch.wait(timeout)

    @contextmanager
    def away(self) -> Iterator[None]:
        """While the calling thread blocks in what follows: if it is a worker, replace it."""
        worker = getattr(self._local, "worker", None)
        if worker is None:
            yield
            return
        with self._lock:
            self._blocked += 1
            worker.away = True
            held_up, worker.held_up = worker.held_up, None
            if worker.stuck:
                worker.stuck = False
            else:
                self._running -= 1
        if held_up is not None:
            held_up()
        self._share_out(worker)
        if self._queue:
            self._refill()
        try:
            yield
        finally:
            with self._lock:
                self._blocked -= 1
                self._running += 1
                worker.away = False

    def _share_out(self, worker: _Worker) -> None:
        """A turn that ``worker`` runs waits, for the others of its share maybe: let anybody run."""
        share, worker.share = worker.share, None
        if share is not None:
            self.schedule(share)

    def _watch(self) -> None:
        with self._lock:
            if self._monitor is None and not self._closed:
                self._monitor = threading.Thread(
                    target=self._look, name=f"{self._name}-monitor", daemon=True
                )
                self._monitor.start()
        self._watched.set()

    def _look(self) -> None:
        while not self._closed:
            self._watched.wait()
            quiet = 0
            while quiet < QUIET and not self._closed:
                time.sleep(TICK if self._queue else LENT_TICK)
                if not self._queue and not self._lent:
                    quiet += 1
                    continue
                quiet = 0
                for held_up in self._mark_stuck():
                    held_up()
                if self._queue:
                    self._refill()
            self._watched.clear()
            if self._queue or self._lent:  # it came just now, and saw that we still looked
                self._watched.set()

    def _mark_stuck(self) -> list[Callable[[], None]]:
        """Count out the workers that have run the same turn since the last look."""
        held_up = []
        with self._lock:
            for worker in self._workers.difference(self._idle):
                if worker.runs == worker.seen and not worker.stuck and not worker.away:
                    worker.stuck = True
                    self._running -= 1
                    if worker.held_up is not None:
                        held_up.append(worker.held_up)
                        worker.held_up = None
                    if worker.share is not None:
                        held_up.append(partial(self.schedule, worker.share))
                worker.seen = worker.runs
        return held_up

    # --- end ------------------------------------------------------------------------------------

    def close(self, timeout: float = 2.0) -> None:
        """End the workers that are idle, and the others as soon as they are."""
        with self._lock:
            self._closed = True
            threads = [worker.thread for worker in self._workers if worker.thread is not None]
            idle, self._idle = self._idle, []
            self._running += len(idle)
            monitor = self._monitor
        for worker in idle:
            worker.latch.set()
        self._watched.set()
        until = time.monotonic() + timeout
        here: Any = threading.current_thread()
        for thread in [*threads, monitor]:
            if thread is not None and thread is not here:
                thread.join(max(0.0, until - time.monotonic()))
