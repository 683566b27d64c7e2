"""Pools: agents of one process that share a name, one for each session, made when it begins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from agentcore.protocol.address import name_of
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.mailbox import Mailbox

__all__ = ["Pools"]


@attrs.frozen
class _Pool:
    """A pool's ref, what its agents are made of, and the addresses of those in this process."""

    ref: AgentRef
    cls: type
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    members: set[str] = attrs.field(factory=set)


class Pools:
    """The pools of one process: makes an agent when the first message of its session arrives.

    Args:
        construct: makes an agent of a class, a name and further arguments.
        host: gives an agent a mailbox, under an address.
        find: gives the mailbox of an address; ``None`` if there is none.
    """

    def __init__(
        self,
        construct: Callable[[type, str, Sequence[Any], Mapping[str, Any]], Any],
        host: Callable[[Any, str], Mailbox],
        find: Callable[[str], Mailbox | None],
    ) -> None:
        self._construct = construct
        self._host = host
        self._find = find
        self._pools: dict[str, _Pool] = {}
        self._lock = threading.Lock()

    def __contains__(self, name: object) -> bool:
        return name in self._pools

    def add(self, ref: AgentRef, cls: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Add a pool; its name must be free."""
        self._pools[ref.name] = _Pool(ref, cls, args, kwargs)

    def ref(self, name: str) -> AgentRef | None:
        """Return the ref of a pool; ``None`` if there is no pool of the name."""
        pool = self._pools.get(name)
        return None if pool is None else pool.ref

    def refs(self) -> list[AgentRef]:
        """Return the refs of all pools."""
        return [pool.ref for pool in list(self._pools.values())]

    def member(self, ref: AgentRef) -> Mailbox | None:
        """Return the mailbox of a pool's agent, which is made now if there is none yet.

        Returns:
            ``None`` if the address is not that of a pool's agent.

        Raises:
            SpawnError: the agent's constructor raised.
        """
        pool = self._pools.get(ref.name)
        if pool is None or ref.address == ref.name:
            return None
        agent = None
        while True:
            with self._lock:
                mailbox = self._find(ref.address)
                if mailbox is not None:  # another thread was quicker
                    return mailbox
                if agent is not None:
                    pool.members.add(ref.address)
                    return self._host(agent, ref.address)
            # Without the lock, because a constructor may take long, and may use the system.
            agent = self._construct(pool.cls, ref.name, pool.args, pool.kwargs)

    def is_member(self, address: str) -> bool:
        """Return whether an address is that of a pool's agent."""
        pool = self._pools.get(name_of(address))
        return pool is not None and address in pool.members

    def left(self, address: str) -> None:
        """Note that a pool's agent was closed; the next message of its session makes another."""
        pool = self._pools.get(name_of(address))
        if pool is not None:
            pool.members.discard(address)

    def remove(self, name: str) -> list[str]:
        """Remove a pool; return the addresses of its agents, which are to be closed."""
        pool = self._pools.pop(name, None)
        return [] if pool is None else sorted(pool.members)
