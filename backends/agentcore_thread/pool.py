"""A pool of a few daemon workers that serves a run queue.

Three things keep it fast, and keep turns from starving:

- What a turn makes runnable last, its worker runs next itself: a conversation of two costs no
  hand-off between threads. After `STREAK` turns in a row the worker serves the queue first.
- A worker that blocks in a wait tells the pool so, and another takes its place at once.
- A worker that is stuck in a rule that sleeps or reads a socket cannot tell. The monitor notices
  that within milliseconds, while there is a queue, and another takes its place.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from agentcore.backend import Runnable, logger
from agentcore_thread.awaited_batch import AwaitedBatch
from agentcore_thread.latch import Latch
from agentcore_thread.monitor import Monitor
from agentcore_thread.worker import Worker

__all__ = ["Pool"]

STREAK = 64  # turns in a row that a worker takes of one conversation while others queue
QUEUE_INTERVAL = 0.005  # seconds between two looks of the monitor while there is a queue
LENT_INTERVAL = 0.02  # while there is none, but a thread is lent
LINGER = 1.0  # seconds that a worker beyond the pool's size stays idle before it ends


class Pool:
    """Runs runnables on workers, which are daemon threads.

    Args:
        size: workers that run at once, as long as none is blocked or stuck.
        most: threads at the most, stuck ones included. Blocked workers do not count: a turn that
            waits must never keep the turn that it waits for from running.
        name: how the names of the threads begin.
    """

    def __init__(self, size: int, most: int, name: str = "agentcore") -> None:
        self._size = size
        self._most = most
        self._name = name
        self._queue: deque[Runnable] = deque()
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()
        self._running = 0  # workers that are neither idle, blocked nor stuck
        self._blocked = 0
        self._lent = 0  # threads that are no workers, but run turns now; the monitor watches them
        self._closed = False
        self._local = threading.local()
        self._monitor = Monitor(f"{name}-monitor", self._interval, self._replace_stuck)
        self._watched = self._monitor.awake

    # --- the run queue --------------------------------------------------------------------------

    def schedule(self, runnable: Runnable) -> None:
        """Run ``runnable`` soon, exactly once, on a worker; called from any thread."""
        self._queue.append(runnable)
        if self._running < self._size:
            self._add_worker()
        elif not self._watched.is_set():
            self._monitor.wake_up()

    def _add_worker(self) -> None:
        """Wake or start one worker, if there is work and room; it adds the next one itself."""
        with self._lock:
            if self._queue and self._running < self._size and not self._closed:
                if self._idle:
                    worker = self._idle.pop()
                    self._running += 1
                    worker.wake.set()
                elif len(self._workers) - self._blocked < self._most:
                    worker = Worker()
                    self._workers.add(worker)
                    self._running += 1
                    worker.start(self._serve, f"{self._name}-worker")
                return
        if self._queue:
            self._monitor.wake_up()  # no room is left after all: it looks for stuck workers

    def _serve(self, worker: Worker, latch: Latch | None = None) -> None:
        """Serve the queue: for as long as the pool needs it, or until ``latch`` is set."""
        self._local.worker = worker
        queue = self._queue
        runnable: Runnable | None = None
        while latch is None or not latch.is_set:
            if runnable is None or queue:  # after a streak, what is queued comes first
                if runnable is not None:
                    queue.append(runnable)
                try:
                    runnable = queue.popleft()
                except IndexError:
                    if latch is None and self._park(worker):
                        continue
                    return
                if queue and self._running < self._size:
                    self._add_worker()
            try:
                for _ in range(STREAK):
                    runnable = runnable.run()
                    worker.runs += 1
                    if runnable is None:
                        break
            except BaseException as error:
                runnable = None
                worker.runs += 1
                logger.error("a job failed; this is a bug in agentcore", cause=error)
            if worker.stuck:
                self._unstick(worker)
        if runnable is not None:
            queue.append(runnable)

    def _park(self, worker: Worker) -> bool:
        """Wait for work; return whether there is some, or the worker is to end."""
        with self._lock:
            if worker.stuck:  # the monitor counted it out after its turn had ended
                worker.stuck = False
            else:
                self._running -= 1
            if self._queue and self._running < self._size:
                self._running += 1
                return True
            if self._closed:
                self._workers.discard(worker)
                return False
            worker.wake = Latch()
            self._idle.append(worker)
        while not worker.wake.wait(LINGER):
            with self._lock:
                if worker in self._idle and len(self._idle) > self._size:
                    self._idle.remove(worker)
                    self._workers.discard(worker)
                    return False
        return True

    # --- threads that work while they wait ------------------------------------------------------

    def run_here(self, runnables: Sequence[Runnable], latch: Latch) -> None:
        """Run what the calling thread is going to wait for, on that thread if it is a worker.

        It could not go on before they have ended anyway, and a hand-off to another thread costs
        more than most turns. They do not see the thread's context variables. Once ``latch`` is
        set, what is left is scheduled.
        """
        worker = getattr(self._local, "worker", None)
        if worker is None:
            for runnable in runnables:
                self.schedule(runnable)
            return
        if worker.batch is not None:  # the turn is of that batch, and may wait for the rest of it
            worker.batch.schedule()
            worker.batch = None
        batch = AwaitedBatch(runnables, self.schedule)
        run_one = partial(self._run_one, worker)
        if len(runnables) == 1:
            contextvars.Context().run(batch.run_all, run_one, latch)
            return
        worker.batch = batch
        self._count_lent(1)
        try:
            contextvars.Context().run(batch.run_all, run_one, latch)
        finally:
            worker.batch = None
            self._count_lent(-1)

    def _run_one(self, worker: Worker, runnable: Runnable) -> Runnable | None:
        onward: Runnable | None = None
        try:
            onward = runnable.run()
        except BaseException as error:
            logger.error("a job failed; this is a bug in agentcore", cause=error)
        worker.runs += 1
        if worker.stuck:
            self._unstick(worker)
        return onward

    def lend(self, begin: Callable[[], None], latch: Latch, held_up: Callable[[], None]) -> None:
        """Let the calling thread be a worker until ``latch`` is set, or there is no more to do.

        Args:
            begin: called first, on the thread as a worker; it runs what this schedules itself.
            latch: set when the caller has what it waits for.
            held_up: called once, on any thread, if a turn keeps this thread for long.
        """
        worker = Worker()
        worker.on_held_up = held_up
        self._local.worker = worker
        with self._lock:
            self._workers.add(worker)
            self._running += 1
        self._count_lent(1)
        try:
            begin()
            self._serve(worker, latch)
        finally:
            self._local.worker = None
            with self._lock:
                self._workers.discard(worker)
                self._running -= not worker.stuck
            self._count_lent(-1)
            if self._queue:
                self._add_worker()

    def _count_lent(self, change: int) -> None:
        with self._lock:
            self._lent += change
        if self._lent:
            self._monitor.wake_up()  # to look whether the thread is stuck

    # --- workers that are blocked or stuck ------------------------------------------------------

    def block(self, latch: Latch, timeout: float | None) -> bool:
        """Wait for ``latch``, as `Latch.wait` does; if a worker waits, another takes its place."""
        with self.away():
            return latch.wait(timeout)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Replace the calling worker for as long as the ``with`` block takes."""
        worker = getattr(self._local, "worker", None)
        if worker is None:
            yield
            return
        with self._lock:
            self._blocked += 1
            worker.away = True
            calls = worker.give_over()
            worker.batch = None
            if worker.stuck:
                worker.stuck = False
            else:
                self._running -= 1
        for call in calls:
            call()
        if self._queue:
            self._add_worker()
        try:
            yield
        finally:
            with self._lock:
                self._blocked -= 1
                self._running += 1
                worker.away = False

    def _interval(self) -> float | None:
        """Give the seconds to the monitor's next look; ``None`` if there is nothing to watch."""
        if self._queue:
            return QUEUE_INTERVAL
        return LENT_INTERVAL if self._lent else None

    def _replace_stuck(self) -> None:
        for call in self._mark_stuck():
            call()
        if self._queue:
            self._add_worker()

    def _mark_stuck(self) -> list[Callable[[], None]]:
        """Count out the workers found stuck; give what is to be called without the lock."""
        with self._lock:
            stuck = [w for w in self._workers.difference(self._idle) if w.is_newly_stuck()]
            self._running -= len(stuck)
            return [call for worker in stuck for call in worker.give_over()]

    def _unstick(self, worker: Worker) -> None:
        with self._lock:
            if worker.stuck:
                worker.stuck = False
                self._running += 1

    def close(self, timeout: float = 2.0) -> None:
        """End the workers that are idle, and the others as soon as their turns have ended.

        Args:
            timeout: seconds to wait for the threads, all in all.
        """
        with self._lock:
            self._closed = True
            threads = [worker.thread for worker in self._workers]
            idle, self._idle = self._idle, []
            self._running += len(idle)
        for worker in idle:
            worker.wake.set()
        self._monitor.close()
        until = time.monotonic() + timeout
        here: Any = threading.current_thread()
        for thread in [*threads, self._monitor.thread]:
            if thread is not None and thread is not here:
                thread.join(max(0.0, until - time.monotonic()))
