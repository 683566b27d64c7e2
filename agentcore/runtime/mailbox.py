"""A mailbox: where a hosted agent takes its turns, one at a time.

The mailbox holds the agent's mailbox, and a token that whoever runs the agent's code has. The
token is with the mailbox's run, with a turn of an ``async def`` rule, or with a turn that resumes
after a wait; between them it is handed on, never shared. So an agent needs no lock of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.envelope import Outcome, WaitProbe
from agentcore.runtime.wait_graph import follow

if TYPE_CHECKING:
    from agentcore.runtime.backend import Runnable
    from agentcore.runtime.runtime import Runtime
    from agentcore.runtime.turns.turn import WaitingTurn

__all__ = ["KEEPS_TOKEN", "Mailbox", "PendingWait"]


UNVISITED: frozenset[str] = frozenset()
NOBODY: Mapping[str, AgentRef] = {}


class _KeepsToken:
    def run(self) -> None:
        """Nothing: it stands for a turn that goes on elsewhere."""


# What a turn's run gives when it awaits something, and so keeps the token of its mailbox.
KEEPS_TOKEN = _KeepsToken()


class PendingWait:
    """An open wait of a turn: for a conversation that it began, or a call that it made.

    Attributes:
        peers: whom it waits for.
        is_set: whether it was answered.
        outcome: the first answer; later ones are too late.
        away: whether the thread of the turn runs others' turns, and cannot go on with it yet.
        wake: lets the turn go on.
    """

    __slots__ = ("away", "is_set", "mailbox", "outcome", "peers", "turn", "wake")

    def __init__(
        self, mailbox: Mailbox, peers: tuple[AgentRef, ...], turn: WaitingTurn | None = None
    ) -> None:
        self.mailbox = mailbox
        self.peers = peers
        self.turn = turn
        self.is_set = False
        self.away = False
        self.outcome: Any = None
        self.wake: Callable[[], object] = lambda: None

    def answer(self, outcome: Any) -> None:
        """What was waited for is there: go on with the turn when the mailbox's token is free."""
        self.mailbox.resume(self, outcome)


class Mailbox:
    """The place of one agent in one process: its mailbox, its token, its waits."""

    __slots__ = (
        "__weakref__",
        "_busy",
        "_lock",
        "_mail",
        "_name",
        "_next",
        "_ready",
        "_urgent",
        "actor",
        "agent",
        "closed",
        "handed",
        "ref",
        "runtime",
        "suspended",
        "turn",
        "waits",
    )

    def __init__(self, runtime: Runtime, agent: Any, ref: AgentRef) -> None:
        self.runtime = runtime
        self.agent = agent
        self.ref = ref
        self._name = ref.name
        self.actor: Any = None
        self.closed = False
        self.waits: tuple[AgentRef, ...] = ()
        # With whom conversations that it began go on, which began with others.
        self.handed: Mapping[str, AgentRef] = NOBODY
        # Turns under way, for the case that the agent is closed: the one that has the token, and
        # those that wait.
        self.turn: WaitingTurn | None = None
        self.suspended: tuple[PendingWait, ...] = ()
        self._lock = threading.Lock()
        self._busy = False
        # Made when first needed: most of many agents are idle, and an empty deque is 600 bytes.
        self._next: Any = None
        self._mail: deque[Any] | None = None
        self._urgent: deque[Any] | None = None
        self._ready: deque[PendingWait] | None = None

    # --- mail -----------------------------------------------------------------------------------

    def post(self, item: Any) -> Mailbox | None:
        """Put ``item`` into the mailbox.

        Returns:
            the mailbox itself, if it was idle and can take the item now: it is to be scheduled.

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
                if self._mail is None:
                    self._mail = deque()
                self._mail.append(item)
                return None
            if not self._busy and not self._urgent and self._name in item.chain:
                self._busy = True  # what `_sort` and `_take` come to, for most of what is awaited
                self._next = item
                return self
            probe = self._sort(item)
            runnable = bool(self._urgent) and not self._busy
            self._busy = self._busy or runnable
        if probe is not None:
            self.runtime.probe(probe)
        return self if runnable else None

    def _sort(self, item: Any) -> WaitProbe | None:
        """Put an item that reached a waiting agent where it belongs; give what is to be asked."""
        chain = item.chain
        found = False
        elsewhere: tuple[AgentRef, ...] = ()
        visited = UNVISITED
        if chain:
            if self.ref.name in chain:
                found = True
            else:
                found, elsewhere, visited = follow(
                    (*self.waits, *self.handed.values()), chain, self.runtime.waits_of
                )
        if found:
            if self._urgent is None:
                self._urgent = deque()
            self._urgent.append(item)
            return None
        if self._mail is None:
            self._mail = deque()
        self._mail.append(item)
        if not elsewhere:
            return None
        return WaitProbe(
            id(item), self.runtime.place, self.ref.name, frozenset(chain), elsewhere, visited
        )

    def promote(self, item_id: int) -> None:
        """A message in the mailbox turned out to be one that the agent's own wait depends on."""
        with self._lock:
            item = next((each for each in self._mail or () if id(each) == item_id), None)
            if item is None or self._mail is None:
                return
            self._mail.remove(item)
            if self._urgent is None:
                self._urgent = deque()
            self._urgent.append(item)
            runnable = not self._busy
            self._busy = True
        if runnable:
            self.runtime.schedule(self)

    def look_again(self) -> None:
        """A wait of another agent may have made mail urgent: if so, take it as soon as may be."""
        with self._lock:
            if not self.waits:
                return
            probes = self._sort_all()
            runnable = bool(self._urgent) and not self._busy
            self._busy = self._busy or runnable
        for probe in probes:
            self.runtime.probe(probe)
        if runnable:
            self.runtime.schedule(self)

    def _sort_all(self) -> list[WaitProbe]:
        mail, self._mail = self._mail, None
        probes = [self._sort(item) for item in mail or ()]
        return [probe for probe in probes if probe is not None]

    # --- turns ----------------------------------------------------------------------------------

    def run(self) -> Runnable | None:
        """Take a turn, having been given the token; then give it on."""
        item = self._next
        if item is not None:
            self._next = None
        else:
            item = self._take()
            if item is None:
                return None
            if type(item) is PendingWait:
                item.wake()  # the token is that turn's now
                return None
        take = self.runtime.turns.get(type(item)) or item.take
        try:
            if self.closed:  # between its arrival and now
                take = Mailbox._left_over
            onward: Runnable | None = take(self, item)
        except BaseException as error:
            self.runtime.broken(item, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.turn = None
        with self._lock:
            if not (self._ready or self._urgent or (self._mail and not self.waits)):
                self._busy = False
                return onward
        if onward is None:
            return self  # the thread that is here may as well go on
        self.runtime.schedule(self)
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

    def wait_for(self, peers: tuple[AgentRef, ...], turn: WaitingTurn | None = None) -> PendingWait:
        """Record that a turn, which has the token, is going to wait for ``peers``."""
        wait = PendingWait(self, peers, turn)
        with self._lock:
            self.waits = (*self.waits, *peers) if self.waits else peers
            if turn is not None:
                self.suspended = (*self.suspended, wait)
                self.turn = None
            probes = self._sort_all()
        for probe in probes:
            self.runtime.probe(probe)
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

    def hand(self, conversation: str, to: AgentRef | None) -> None:
        """Record with whom a conversation goes on that the agent began; ``None``: with nobody."""
        with self._lock:  # several may stop at once, on any thread
            handed = {**self.handed, conversation: to} if to else dict(self.handed)
            if to is None:
                handed.pop(conversation, None)
            self.handed = handed or NOBODY

    def yield_token(self) -> None:
        """Give the token on: to a turn that can resume, to mail that can be taken, or to nobody."""
        with self._lock:
            if not (self._ready or self._urgent or (self._mail and not self.waits)):
                self._busy = False
                return
        self.runtime.schedule(self)

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
        if self._ready is None:
            self._ready = deque()
        self._ready.append(wait)
        return False

    def _left_over(self, item: Any) -> None:
        self.runtime.left_over(item, self.ref.name)

    def awaiting(self) -> tuple[WaitingTurn, ...]:
        """Give the turns that await something, and may never end; others end by themselves."""
        turn = self.turn
        suspended = tuple([wait.turn for wait in self.suspended if wait.turn is not None])
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
