"""Links between two processes, made of Ray calls that a client makes to a host.

A host can be called; a driver cannot. So a link has a client's end and a host's end. What the
client has for the host goes in an ``exchange`` call, which holds on for a moment and brings back
the replies that were quick: a conversation of two costs one Ray call a round trip. What comes
later is fetched by a ``poll`` call that the client holds open, which also fails when the host's
process is gone: so whoever waits for something there learns of it.

What is waiting for the same host shares one call, since an end is flushed by a job at the end of
the run queue, after the turns that were ready with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ray
from loguru import logger
from ray.exceptions import RayError

from agentcore_ray.wire import Parcel, pack, unpack
from agentcore_thread import Latch, Pool

if TYPE_CHECKING:
    from agentcore_ray.node import RayNode

__all__ = ["ClientEnd", "HostEnd"]

WINDOW = 0.002  # seconds that an exchange waits for replies
POLL = 5.0  # seconds that a poll is held open with nothing to fetch
CAUTION = 200  # exchanges after one that was held up which lend no thread


class ClientEnd:
    """The end of a link that calls: one exchange and one poll at a time."""

    def __init__(self, node: RayNode, place: str, handle: Any) -> None:
        self._node = node
        self._place = place
        self._handle = handle
        self._lock = threading.Lock()
        self._outbox: list[Parcel] = []
        self._due = False  # a flush is queued or under way
        self._dead = False
        threading.Thread(target=self._poll, name="agentcore-poll", daemon=True).start()

    def put(self, parcel: Parcel) -> bool:
        """Add to what goes with the next exchange; ``False`` if the host is gone."""
        with self._lock:
            if self._dead:
                return False
            self._outbox.append(parcel)
            if self._due:
                return True
            self._due = True
        self._node.schedule(self)
        return True

    def run(self) -> None:
        """Exchange: a job of the run queue."""
        with self._lock:
            batch, self._outbox = self._outbox, []
            if not batch:
                self._due = False
                return
        try:
            with self._node.pool.away():
                data = pack(self._node.place, batch)
                brought = unpack(ray.get(self._handle.exchange.remote(data)))[1]
        except RayError as error:
            self._died(error)
            return
        self._node.receive(brought)
        self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            self._due = bool(self._outbox)
            if not self._due:
                return
        self._node.schedule(self)

    def _poll(self) -> None:
        while not self._dead:
            try:
                brought, held_up = ray.get(self._handle.poll.remote(self._node.place))
                self._node.receive(unpack(brought)[1])
                if held_up:  # the exchange under way takes long: begin another
                    self._go_on()
            except RayError as error:
                self._died(error)
            except Exception:
                # Ray was shut down under a daemon thread: there is nobody to tell.
                self._dead = True

    def _died(self, error: Exception) -> None:
        with self._lock:
            if self._dead:
                return
            self._dead = True
            left, self._outbox = self._outbox, []
        logger.info("host {} is gone: {}", self._place, error)
        self._node.lost(self._place, left)

    def close(self) -> None:
        """Use it no more."""
        self._dead = True


class HostEnd:
    """The end of a link that is called: what waits here for one client.

    An exchange lends its thread to the pool: turns that it brings are taken without a hand-off.
    When one of them takes long, the client is told to wait for the exchange no more, and for the
    next ones a thread is lent no more.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._outbox: list[Parcel] = []
        self._due = False
        self._exchange: Latch | None = None
        self._poll: Latch | None = None
        self._held_up = False
        self._cautious = 0  # exchanges to come that lend no thread

    def put(self, parcel: Parcel) -> None:
        """Keep it for the client, and see to it that the client gets it soon."""
        with self._lock:
            self._outbox.append(parcel)
            if self._due:
                return
            self._due = True
        self._pool.schedule(self)

    def run(self) -> None:
        """Let a call that the client holds open bring what there is: a job of the run queue."""
        with self._lock:
            self._due = False
            latch = self._exchange or self._poll
        if latch is not None:
            latch.set()

    def exchange(self, deliver: Callable[[], None]) -> list[Parcel]:
        """Deliver what the client brought, and give what there is for it within a moment."""
        latch = Latch()
        with self._lock:
            self._exchange = latch
            lends = self._cautious == 0
            self._cautious = max(0, self._cautious - 1)
        if lends:
            self._pool.lend(deliver, latch, self._take_long)
        else:
            deliver()
        if self._exchange is latch:
            latch.wait(WINDOW)
        with self._lock:
            if self._exchange is latch:
                self._exchange = None
            return self._taken()

    def _take_long(self) -> None:
        with self._lock:
            self._exchange = None
            self._held_up = True
            self._cautious = CAUTION
            latch = self._poll
        if latch is not None:
            latch.set()

    def poll(self) -> tuple[list[Parcel], bool]:
        """Give what there is for the client, and whether it is to wait for its exchange no more.

        Waits a while for either.
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

    def _taken(self) -> list[Parcel]:
        taken, self._outbox = self._outbox, []
        return taken
