"""The registry: the agents of one process, how they are hosted, found and closed."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.base import logger
from agentcore.base.checks import did_you_mean
from agentcore.base.errors import (
    AgentNotFoundError,
    NameInUseError,
    SystemClosedError,
    SystemMismatchError,
)
from agentcore.protocol.address import name_of, object_address
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.kinds import kinds_of
from agentcore.runtime.construction import constructed
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.pools import Pools
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import current_turn

__all__ = ["AgentRegistry", "name_in_use"]

REMEMBERED = 1_000  # of how many closed agents the registry says that they were closed


class AgentRegistry:
    """The agents that live in this process.

    There are two kinds. Spawned agents live until they are closed. Agent objects of the caller's
    are borrowed: they are hosted only while they converse, and `acquire` and `release` count for
    how many conversations that is.

    Args:
        runtime: the runtime of this process.
        mailbox_type: the class of the mailboxes that agents get.

    Attributes:
        closed: whether the system was closed.
        mailboxes: the mailboxes of the agents, by address.
        pools: its part of each pool.
    """

    def __init__(self, runtime: RuntimePort, mailbox_type: type[Mailbox]) -> None:
        self._runtime = runtime
        self._mailbox_type = mailbox_type
        self._borrowed: dict[str, int] = {}  # how often each was acquired, by address
        self._reserved: set[str] = set()
        self._ended: dict[str, None] = {}  # the last that were closed, for errors
        self._lock = threading.RLock()
        self.closed = False
        self.mailboxes: dict[str, Mailbox] = {}
        self.pools = Pools(constructed, self._host, self.mailboxes.get)

    # --- hosting --------------------------------------------------------------------------------

    def spawn_here(
        self, cls: type, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[AgentRef, ...]:
        """Construct agents in this process: all or none.

        Raises:
            NameInUseError: a name is taken.
            SpawnError: a constructor raised.
        """
        self._reserve(names)
        try:
            agents = [constructed(cls, name, args, kwargs) for name in names]
            return tuple([self._host(agent, agent.name).ref for agent in agents])
        finally:
            with self._lock:
                self._reserved.difference_update(names)

    def _reserve(self, names: Sequence[str]) -> None:
        with self._lock:
            self.check_open()
            taken = [name for name in names if self._is_taken(name)]
            taken += [name for name, count in Counter(names).items() if count > 1]
            if taken:
                raise name_in_use(taken[0])
            self._reserved.update(names)

    def _is_taken(self, name: str) -> bool:
        return name in self.mailboxes or name in self._reserved or name in self.pools

    def add_pool(
        self, ref: AgentRef, cls: type, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        """Let this process make agents of a pool.

        Raises:
            NameInUseError: the name is taken.
        """
        self._reserve((ref.name,))
        self.pools.add(ref, cls, args, kwargs)
        with self._lock:
            self._reserved.discard(ref.name)

    def _ref_of(self, agent: Any, address: str) -> AgentRef:
        runtime, kinds = self._runtime, kinds_of(type(agent))
        return AgentRef(agent.name, runtime.system, runtime.place, kinds, address)

    def _host(self, agent: Any, address: str) -> Mailbox:
        """Give an agent object a mailbox here."""
        mailbox = self._mailbox_type(self._runtime, agent, self._ref_of(agent, address))
        agent._mailbox = mailbox
        self._runtime.backend.attach(mailbox)
        self.mailboxes[address] = mailbox
        return mailbox

    def acquire(self, agent: Any) -> AgentRef:
        """Host an agent object while it converses; each call needs one `release`.

        It has an address of its own, which it keeps as long as it exists, so that other agents may
        have its name, and so that its peers know it again.

        Raises:
            SystemMismatchError: the object is in a conversation in another system.
        """
        with self._lock:
            self.check_open()
            mailbox = agent._mailbox
            if mailbox is not None and not mailbox.closed:
                if mailbox.runtime is not self._runtime:
                    raise SystemMismatchError(
                        f"agent {agent.name!r} is hosted by another system; "
                        "use it there, or make one agent for each system"
                    )
                if mailbox.ref.address in self._borrowed:
                    self._borrowed[mailbox.ref.address] += 1
                return mailbox.ref  # type: ignore[no-any-return]
            address = agent._address
            if not address or address in self.mailboxes:  # a copy has the address of the original
                address = agent._address = object_address(agent.name, self._runtime.new_id())
            self._runtime.backend.claim(self._ref_of(agent, address))
            self._borrowed[address] = 1
            return self._host(agent, address).ref

    def borrowed(self) -> list[str]:
        """Give the addresses of agent objects that are hosted here only while they converse."""
        return list(self._borrowed)

    # --- closing --------------------------------------------------------------------------------

    def release(self, address: str) -> None:
        """Undo one `acquire`; the last one ends the hosting. Does nothing for spawned agents."""
        with self._lock:
            count = self._borrowed.get(address)
            if count is None:
                return
            if count > 1:
                self._borrowed[address] = count - 1
                return
            del self._borrowed[address]
            mailbox = self.mailboxes.get(address)
        if mailbox is None:
            return  # the system was closed meanwhile
        # Only hosting ends here: its streams stay, for agents that it answered with them.
        with contextlib.suppress(AgentNotFoundError):  # the agent was closed meanwhile
            self._leave(address)
            self._runtime.backend.disclaim(mailbox.ref)

    def close_here(self, address: str) -> None:
        """Close an agent of this process; items in its mailbox, and turns that wait, fail.

        Of a pool, all agents in this process are closed.

        Raises:
            AgentNotFoundError: there is no such agent here.
        """
        if address in self.pools:
            for member in self.pools.remove(address):
                with contextlib.suppress(AgentNotFoundError):  # it was closed meanwhile
                    self.close_here(member)
            return
        with self._lock:
            self._borrowed.pop(address, None)  # later calls of `release` then do nothing
            mailbox = self.mailboxes.get(address)
        self._leave(address)
        self.pools.left(address)
        self._ended[address] = None
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]
        if mailbox is not None:
            name = mailbox.ref.name
            error = AgentDiedError(f"agent {name!r} was closed in its turn", agent=name)
            for turn in mailbox.awaiting():
                if turn is not current_turn():
                    turn.abandon(error)
            mailbox.give_up(error)
            self._tell_closed(mailbox.agent)

    def _leave(self, address: str) -> None:
        mailbox = self.mailboxes.pop(address, None)
        if mailbox is None:
            raise self.not_found(name_of(address))
        left = self._unhost(mailbox)
        for item in left:
            self._runtime.left_over(item, mailbox.ref.name)

    def _unhost(self, mailbox: Mailbox) -> list[Any]:
        left = mailbox.close()
        mailbox.agent._mailbox = None
        self._runtime.backend.detach(mailbox)
        return left

    def close_all(self, error: BaseException) -> None:
        """Close every agent of this process, and end the waits of their turns with ``error``."""
        mailboxes = [self.mailboxes.pop(name) for name in list(self.mailboxes)]
        for mailbox in mailboxes:
            self._unhost(mailbox)
        # After all mailboxes are closed: what a turn began just now may be left in one of them, and
        # nobody would answer it.
        for mailbox in mailboxes:
            mailbox.give_up(error)
        for mailbox in mailboxes:
            self._tell_closed(mailbox.agent)

    def _tell_closed(self, agent: Any) -> None:
        """Let an agent end what it has of its own; whoever closed it is not troubled by errors."""
        try:
            agent.on_close()
        except Exception as error:
            logger.error("on_close() of agent {!r} failed", agent.name, cause=error)

    # --- finding --------------------------------------------------------------------------------

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""
        if self.closed:
            raise SystemClosedError("the system was closed; connect() again")

    def not_found(self, name: str) -> AgentNotFoundError:
        """Make the error for a name that no agent has."""
        if name in self._ended:
            return AgentNotFoundError(f"agent {name!r} was closed")
        names = [ref.name for ref in self._runtime.backend.refs()]
        hint = did_you_mean(name, names)
        return AgentNotFoundError(f"no agent of this system is named {name!r}{hint}")

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process; ``None`` if there is no such agent.

        Args:
            name: an address; or the name of an agent object, of which the one that converses for
                the longest time is found.
        """
        mailbox = self.mailboxes.get(name)
        if mailbox is None and self._borrowed:
            found = (each for each in list(self._borrowed) if name_of(each) == name)
            mailbox = self.mailboxes.get(next(found, ""))
        return self.pools.ref(name) if mailbox is None else mailbox.ref

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process, without those of pools."""
        refs = [mailbox.ref for mailbox in list(self.mailboxes.values())]
        return [ref for ref in refs if not self.pools.is_member(ref.address)] + self.pools.refs()

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Give the agents that an agent here waits for; ``None`` for one that is not here.

        It also waits for the present recipients of conversations that it began and that were
        handed off.
        """
        mailbox = self.mailboxes.get(name)
        return None if mailbox is None else (*mailbox.waits, *mailbox.forwarded.values())

    def promote(self, name: str, item_id: int) -> None:
        """Make an item urgent, by its id, in the mailbox of an agent here."""
        mailbox = self.mailboxes.get(name)
        if mailbox is not None:
            mailbox.promote(item_id)


def name_in_use(name: str) -> NameInUseError:
    """Make the error for a name that another agent has."""
    return NameInUseError(
        f"the name {name!r} is taken in this system; close that agent first, or choose another",
        agent=name,
    )
