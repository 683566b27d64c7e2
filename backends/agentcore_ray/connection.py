"""A connection between two processes, made of Ray calls from a client to a host.

A host can be called, but a driver cannot. So a connection has a client's end and a host's end.
The client sends its frames in an ``exchange`` call. The host holds that call for a moment and
returns the replies that are quick, so that a conversation of two costs one Ray call a round trip.
The client fetches later replies by a ``poll`` call that it always holds open (long polling). The
poll fails when the host's process is gone: so whoever waits for something there learns of it.

Frames for the same host share one call: an end that has frames puts itself at the end of the run
queue, and sends all that the turns before it have produced by then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from agentcore.backend import logger
from agentcore_ray.frame import Frame, pack, unpack
from agentcore_thread import Latch, Pool

__all__ = ["ClientEnd", "HostEnd"]

WINDOW = 0.002  # seconds that a host holds an exchange open for replies
POLL = 5.0  # seconds that a host holds a poll open when there is nothing to fetch
CAUTION = 200  # exchanges that lend no thread, after a turn held one up


class ClientEnd:
    """The end that calls: one exchange at a time, and one poll at a time on a thread of its own.

    Args:
        pool: whose run queue the end is sent by.
        place: of this process.
        host: the place of the host.
        handle: Ray's handle of the host.
        receive: takes the frames that a call brought, on any thread.
        lost: is called once when the host's process is gone, with its place and the frames that
            had not been sent.
    """

    def __init__(
        self,
        pool: Pool,
        place: str,
        host: str,
        handle: Any,
        receive: Callable[[Sequence[Frame]], None],
        lost: Callable[[str, Sequence[Frame]], None],
    ) -> None:
        self._pool = pool
        self._place = place
        self._host = host
        self._handle = handle
        self._receive = receive
        self._lost = lost
        self._lock = threading.Lock()
        self._outbox: list[Frame] = []
        self._due = False  # an exchange is queued or under way
        self._dead = False
        threading.Thread(target=self._poll, name="agentcore-poll", daemon=True).start()

    def put(self, frame: Frame) -> bool:
        """Send a frame with the next exchange; return ``False`` if the host is gone."""
        with self._lock:
            if self._dead:
                return False
            self._outbox.append(frame)
            if self._due:
                return True
            self._due = True
        self._pool.schedule(self)
        return True

    def run(self) -> None:
        """Make an exchange; the run queue calls this."""
        with self._lock:
            batch, self._outbox = self._outbox, []
            if not batch:
                self._due = False
                return
        try:
            with self._pool.away():
                data = pack(self._place, batch)
                brought = unpack(ray.get(self._handle.exchange.remote(data)))[1]
        except RayError as error:
            self._died(error)
            return
        self._receive(brought)
        self._send_rest()

    def _send_rest(self) -> None:
        with self._lock:
            self._due = bool(self._outbox)
            if not self._due:
                return
        self._pool.schedule(self)

    def _poll(self) -> None:
        while not self._dead:
            try:
                brought, held_up = ray.get(self._handle.poll.remote(self._place))
                self._receive(unpack(brought)[1])
                if held_up:  # a turn holds up the exchange under way: begin another
                    self._send_rest()
            except RayError as error:
                self._died(error)
            except Exception:
                # Ray was shut down while this daemon thread ran: there is nobody to tell.
                self._dead = True

    def _died(self, error: Exception) -> None:
        with self._lock:
            if self._dead:
                return
            self._dead = True
            unsent, self._outbox = self._outbox, []
        logger.info("host {} is gone: {}", self._host, error)
        self._lost(self._host, unsent)

    def close(self) -> None:
        """Stop polling; the poll that is open ends by itself."""
        self._dead = True


class HostEnd:
    """The end that is called: it keeps the frames for one client until a call of it takes them.

    An exchange lends its thread to the pool, so that the thread runs the turns that the exchange
    brought without a hand-off. When one of them takes long, the next poll tells the client to wait
    for that exchange no more, and the next `CAUTION` exchanges lend no thread.

    Args:
        pool: whose workers run the turns.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._outbox: list[Frame] = []
        self._due = False
        self._exchange: Latch | None = None
        self._poll: Latch | None = None
        self._held_up = False
        self._cautious = 0  # exchanges to come that lend no thread

    def put(self, frame: Frame) -> None:
        """Keep a frame for the client, and let a call that is open return it soon."""
        with self._lock:
            self._outbox.append(frame)
            if self._due:
                return
            self._due = True
        self._pool.schedule(self)

    def run(self) -> None:
        """Let a call that is open return what there is; the run queue calls this."""
        with self._lock:
            self._due = False
            latch = self._exchange or self._poll
        if latch is not None:
            latch.set()

    def exchange(self, deliver: Callable[[], None]) -> list[Frame]:
        """Serve an exchange: deliver what the client sent; give the frames that there are soon.

        Args:
            deliver: hands the client's frames to this process.
        """
        latch = Latch()
        with self._lock:
            self._exchange = latch
            lends = self._cautious == 0
            self._cautious = max(0, self._cautious - 1)
        if lends:
            self._pool.lend(deliver, latch, self._held_up_by_turn)
        else:
            deliver()
        if self._exchange is latch:
            latch.wait(WINDOW)
        with self._lock:
            if self._exchange is latch:
                self._exchange = None
            return self._taken()

    def _held_up_by_turn(self) -> None:
        with self._lock:
            self._exchange = None
            self._held_up = True
            self._cautious = CAUTION
            latch = self._poll
        if latch is not None:
            latch.set()

    def poll(self) -> tuple[list[Frame], bool]:
        """Serve a poll, which is held open until there is something to return.

        Returns:
            the frames for the client, and whether a turn holds up its exchange.
        """
        latch = Latch()
        with self._lock:
            ready = self._outbox and self._exchange is None and not self._due
            if not ready and not self._held_up:
                self._poll = latch
        if self._poll is latch:
            latch.wait(POLL)
        with self._lock:
            if self._poll is latch:
                self._poll = None
            held_up, self._held_up = self._held_up, False
            return self._taken(), held_up

    def _taken(self) -> list[Frame]:
        taken, self._outbox = self._outbox, []
        return taken
