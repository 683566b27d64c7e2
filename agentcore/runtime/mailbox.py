"""Mailboxes: the queue of an agent's items, and the token with which it takes one turn at a time.

Code of the agent runs only with the token, so an agent needs no lock of its own. A worker acquires
it to take a turn. A turn that awaits keeps it; a turn that waits for other agents releases it, and
acquires it again before it goes on.
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

    While turns of the agent wait, it takes only urgent items, those that its waits depend on: see
    `agentcore.runtime.wait_graph`.

    Attributes:
        agent: the agent object.
        ref: its ref.
        runtime: the `Node` of this process, without its type, to avoid a circle of imports.
        actor: for use by the backend.
        closed: whether the agent was closed.
        waits: the agents that its turns wait for.
        forwarded: the present recipients of conversations that it began, by conversation id.
        turn: the turn that has the token.
        suspended: the open waits of its turns, to be ended if the agent is closed.
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
        self._name = ref.address
        self.actor: Any = None
        self.closed = False
        self.waits: tuple[AgentRef, ...] = ()
        self.forwarded: Mapping[str, AgentRef] = NOBODY
        self.turn: SuspendedTurn | None = None
        self.suspended: tuple[PendingWait, ...] = ()
        self._lock = threading.Lock()
        self._busy = False
        # Made when first needed: most agents of a large system are idle, and an empty deque takes
        # 600 bytes.
        self._next: Any = None
        self._mail: deque[Any] | None = None
        self._urgent: deque[Any] | None = None
        self._ready: deque[PendingWait] | None = None

    def post(self, item: Any) -> Mailbox | None:
        """Put ``item`` into the mailbox; give the mailbox itself if the caller must schedule it.

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
                self._busy = True  # what `_sort` and `_take` would do, without two calls
                self._next = item
                return self
            probe = self._sort(item)
            runnable = bool(self._urgent) and not self._busy
            self._busy = self._busy or runnable
        if probe is not None:
            self._owner.probe(probe)
        return self if runnable else None

    def _sort(self, item: Any) -> WaitProbe | None:
        """Queue an item of a waiting agent; give a probe if other processes must be asked."""
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
        """Make an item urgent, by its id: a probe found that the agent's wait depends on it."""
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
        """Sort the queue again: a new wait of another agent may make items in it urgent."""
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
        """Take one turn with the token, and then pass the token on or release it.

        The backend calls this once for each time that the mailbox was scheduled.
        """
        item = self._next
        if item is not None:
            self._next = None
        else:
            item = self._take()
            if item is None:
                return None
            if type(item) is PendingWait:
                item.wake()  # the turn that waited has the token now
                return None
        take = self._owner.turns.get(type(item)) or item.take
        try:
            if self.closed:  # since the item came
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
        """Give the next item, or wait that was answered; without one, release the token."""
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
        """Record a wait of the turn that has the token; it keeps it until `yield_token`."""
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
        """Remove a wait that is over, or that could not begin."""
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
            if not waits and self._urgent:  # nothing is urgent now; urgent items came first
                self._urgent.extend(self._mail or ())
                self._mail, self._urgent = self._urgent, None

    def forward(self, conversation: str, to: AgentRef | None) -> None:
        """Record the new recipient of a conversation that the agent began; ``None``: it stopped."""
        with self._lock:  # conversations may stop at the same time on several threads
            forwarded = {**self.forwarded, conversation: to} if to else dict(self.forwarded)
            if to is None:
                forwarded.pop(conversation, None)
            self.forwarded = forwarded or NOBODY

    def yield_token(self) -> None:
        """Pass the token on to a turn that can go on or to the next item, or release it."""
        with self._lock:
            if not (self._ready or self._urgent or (self._mail and not self.waits)):
                self._busy = False
                return
        self._owner.schedule(self)

    def resume(self, wait: PendingWait, outcome: Any) -> None:
        """Store the outcome of ``wait``, and let its turn go on as soon as the token is free."""
        with self._lock:
            if wait.is_set:
                return
            wait.is_set = True
            wait.outcome = outcome
            # A turn whose thread is away gets no token: it could not go on yet, and turns that its
            # thread runs may depend on a turn of this agent.
            if wait.away or not self._has_token(wait):
                return
        wait.wake()

    def come_back(self, wait: PendingWait) -> bool:
        """Note that the thread of a turn is back, which ran other turns while it waited.

        Returns:
            whether the turn can go on: it is answered, and has the token. If not, it is woken then.
        """
        with self._lock:
            wait.away = False
            return wait.is_set and self._has_token(wait)

    def _has_token(self, wait: PendingWait) -> bool:
        """Acquire the token for the turn of a wait; if it is taken, queue the wait for it."""
        if not self._busy:
            self._busy = True
            return True
        self._ready = self._ready or deque()
        self._ready.append(wait)
        return False

    def _left_over(self, item: Any) -> None:
        self._owner.left_over(item, self.ref.name)

    def awaiting(self) -> tuple[SuspendedTurn, ...]:
        """Give the turns that wait or await something, and so may never end by themselves."""
        turn, waits = self.turn, self.suspended
        suspended = tuple([wait.turn for wait in waits if wait.turn is not None])
        return (*suspended, turn) if turn is not None and turn.asynchronous else suspended

    def give_up(self, error: BaseException) -> None:
        """Answer all waits of its turns with an error, so that the threads they block go on."""
        for wait in self.suspended:
            if wait.turn is not None:
                wait.answer(Outcome(None, error=error))

    def close(self) -> list[Any]:
        """Accept no more items, and give those that are left."""
        with self._lock:
            self.closed = True
            left = [*(self._urgent or ()), *(self._mail or ())]
            self._urgent = self._mail = None
        return left
