"""Mailboxes: where a hosted agent takes its turns, one at a time.

A mailbox has a token, and whoever runs the agent's code has it: the worker that takes a turn, a
turn of an ``async def`` rule, or a turn that goes on after a wait. It is handed on between them and
never shared, so an agent needs no lock of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import WaitProbe
from agentcore.runtime.ports import HostedAgent, MailboxOwner, Onward, SuspendedTurn
from agentcore.runtime.wait import KEEPS_TOKEN, PendingWait
from agentcore.runtime.wait_graph import follow

__all__ = ["Mailbox"]


NOBODY: Mapping[str, AgentRef] = {}


class Mailbox:
    """The mailbox of one agent, with its token and its open waits.

    Attributes:
        agent: the agent object.
        ref: its ref.
        runtime: the `Node` of this process; no type here, because a node has mailboxes.
        actor: for the backend: what runs this mailbox there.
        closed: whether the agent was closed.
        waits: whom its turns wait for.
        forwarded: with whom conversations that it began go on now, by their ids.
        turn: the turn that has the token.
        suspended: the waits of its turns, for the case that the agent is closed.
    """

    __slots__ = (
        "__weakref__", "_busy", "_lock", "_mail", "_name", "_next", "_owner", "_ready", "_urgent",
        "actor", "agent", "closed", "forwarded", "ref", "runtime", "suspended", "turn", "waits",
    )  # fmt: skip

    def __init__(self, runtime: Any, agent: HostedAgent, ref: AgentRef) -> None:
        self.runtime = runtime
        self._owner: MailboxOwner = runtime
        self.agent = agent
        self.ref = ref
        self._name = ref.name
        self.actor: Any = None
        self.closed = False
        self.waits: tuple[AgentRef, ...] = ()
        self.forwarded: Mapping[str, AgentRef] = NOBODY
        self.turn: SuspendedTurn | None = None
        self.suspended: tuple[PendingWait, ...] = ()
        self._lock = threading.Lock()
        self._busy = False
        # Made when first needed: most of many agents are idle, and an empty deque is 600 bytes.
        self._next: Any = None
        self._mail: deque[Any] | None = None
        self._urgent: deque[Any] | None = None
        self._ready: deque[PendingWait] | None = None

    def post(self, item: Any) -> Mailbox | None:
        """Put ``item`` into the mailbox; give the mailbox itself if it is to be scheduled.

        Raises:
            AgentDiedError: the agent was closed.
        """
        probe = None
        with self._lock:
            if self.closed:
                raise AgentDiedError(f"agent {self.ref.name!r} was closed", agent=self.ref.name)
            if not self.waits:
                if not self._busy:
                    self._busy = True
                    self._next = item
                    return self
                self._put(item, False)
                return None
            if not self._busy and not self._urgent and self._name in item.chain:
                self._busy = True  # as `_sort` and `_take` would decide, without the two calls
                self._next = item
                return self
            probe = self._sort(item)
            runnable = bool(self._urgent) and not self._busy
            self._busy = self._busy or runnable
        if probe is not None:
            self._owner.probe(probe)
        return self if runnable else None

    def _sort(self, item: Any) -> WaitProbe | None:
        """Put an item that reached a waiting agent where it belongs; give what is to be asked."""
        chain, name, owner = item.chain, self._name, self._owner
        waits = (*self.waits, *self.forwarded.values()) if chain else ()
        found, elsewhere, visited = follow(waits, chain, owner.waits_of)
        found = found or name in chain
        self._put(item, found)
        if found or not elsewhere:
            return None
        return WaitProbe(id(item), owner.place, name, frozenset(chain), elsewhere, visited)

    def _put(self, item: Any, urgent: bool) -> None:
        if urgent:
            self._urgent = self._urgent or deque()
            self._urgent.append(item)
        else:
            self._mail = self._mail or deque()
            self._mail.append(item)

    def promote(self, item_id: int) -> None:
        """A message in the mailbox turned out to be one that the agent's own wait depends on."""
        with self._lock:
            item = next((each for each in self._mail or () if id(each) == item_id), None)
            if item is None or self._mail is None:
                return
            self._mail.remove(item)
            self._put(item, True)
            runnable = not self._busy
            self._busy = True
        if runnable:
            self._owner.schedule(self)

    def look_again(self) -> None:
        """Sort the mail again, after a wait of another agent began.

        A message may have come before the wait that makes it urgent.
        """
        with self._lock:
            if not self.waits:
                return
            probes = self._sort_all()
            runnable = bool(self._urgent) and not self._busy
            self._busy = self._busy or runnable
        for probe in probes:
            self._owner.probe(probe)
        if runnable:
            self._owner.schedule(self)

    def _sort_all(self) -> list[WaitProbe]:
        mail, self._mail = self._mail, None
        probes = [self._sort(item) for item in mail or ()]
        return [probe for probe in probes if probe is not None]

    def run(self) -> Onward:
        """Take one turn with the token, and then give the token on.

        The backend calls this once for each time that a mailbox was given to it.
        """
        item = self._next
        if item is not None:
            self._next = None
        else:
            item = self._take()
            if item is None:
                return None
            if type(item) is PendingWait:
                item.wake()  # the token is now with the turn that waited
                return None
        take = self._owner.turns.get(type(item)) or item.take
        try:
            if self.closed:  # between its arrival and now
                take = Mailbox._left_over
            onward: Onward = take(self, item)
        except BaseException as error:
            self._owner.broken(item, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.turn = None
        with self._lock:
            if not (self._ready or self._urgent or (self._mail and not self.waits)):
                self._busy = False
                return onward
        if onward is None:
            return self  # the worker takes the next turn of this agent itself
        self._owner.schedule(self)
        return onward

    def _take(self) -> Any:
        """Take what is next, or give the token back and return ``None``."""
        with self._lock:
            if self._ready:
                return self._ready.popleft()
            if self._urgent:
                return self._urgent.popleft()
            if self._mail and not self.waits:
                return self._mail.popleft()
            self._busy = False
            return None

    def wait_for(
        self, peers: tuple[AgentRef, ...], turn: SuspendedTurn | None = None
    ) -> PendingWait:
        """Record that a turn, which has the token, is going to wait for ``peers``."""
        wait = PendingWait(self, peers, turn)
        with self._lock:
            self.waits = (*self.waits, *peers) if self.waits else peers
            if turn is not None:
                self.suspended = (*self.suspended, wait)
                self.turn = None
            probes = self._sort_all()
        for probe in probes:
            self._owner.probe(probe)
        return wait

    def forget(self, wait: PendingWait) -> None:
        """The wait is over, or never began."""
        with self._lock:
            waits: list[AgentRef] = []
            if self.waits is not wait.peers:  # there are other waits
                waits = list(self.waits)
                for peer in wait.peers:
                    waits.remove(peer)
            self.waits = tuple(waits)
            if wait.turn is not None:
                suspended = list(self.suspended)
                suspended.remove(wait)
                self.suspended = tuple(suspended)
                self.turn = wait.turn
            if not waits and self._urgent:  # first come, first served: these were taken earlier
                self._urgent.extend(self._mail or ())
                self._mail, self._urgent = self._urgent, None

    def forward(self, conversation: str, to: AgentRef | None) -> None:
        """Record with whom a conversation goes on that the agent began; ``None``: with nobody."""
        with self._lock:  # several may stop at once, on any thread
            forwarded = {**self.forwarded, conversation: to} if to else dict(self.forwarded)
            if to is None:
                forwarded.pop(conversation, None)
            self.forwarded = forwarded or NOBODY

    def yield_token(self) -> None:
        """Give the token on: to a turn that can go on, to mail that can be taken, or to nobody."""
        with self._lock:
            if not (self._ready or self._urgent or (self._mail and not self.waits)):
                self._busy = False
                return
        self._owner.schedule(self)

    def resume(self, wait: PendingWait, outcome: Any) -> None:
        """Hand the token to the turn of ``wait`` as soon as it is free."""
        with self._lock:
            if wait.is_set:
                return
            wait.is_set = True
            wait.outcome = outcome
            # The token of a turn that cannot go on yet would be missed by those it depends on.
            if wait.away or not self._has_token(wait):
                return
        wait.wake()

    def come_back(self, wait: PendingWait) -> bool:
        """The thread of a turn, which was away, can go on with it when it is answered.

        Returns:
            whether the turn has the token; if not, it is woken when it has.
        """
        with self._lock:
            wait.away = False
            return wait.is_set and self._has_token(wait)

    def _has_token(self, wait: PendingWait) -> bool:
        """Give a turn the token, or put it with those that get it next."""
        if not self._busy:
            self._busy = True
            return True
        self._ready = self._ready or deque()
        self._ready.append(wait)
        return False

    def _left_over(self, item: Any) -> None:
        self._owner.left_over(item, self.ref.name)

    def awaiting(self) -> tuple[SuspendedTurn, ...]:
        """Give the turns that await something, and so may never end by themselves."""
        turn, waits = self.turn, self.suspended
        suspended = tuple([wait.turn for wait in waits if wait.turn is not None])
        return (*suspended, turn) if turn is not None and turn.asynchronous else suspended

    def give_up(self, error: BaseException) -> None:
        """End the waits of its turns, which hold threads, and other agents' turns below them."""
        for wait in self.suspended:
            if wait.turn is not None:
                wait.answer(Outcome(None, error=error))

    def close(self) -> list[Any]:
        """Take no more mail; give back what was left."""
        with self._lock:
            self.closed = True
            left = [*(self._urgent or ()), *(self._mail or ())]
            self._urgent = self._mail = None
        return left
