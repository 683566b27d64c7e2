"""Who waits for whom: which turns may an agent take while it waits?

An agent that waits takes exactly the turns that its own wait depends on. The chain of a message
names the agents that wait for its turn. A waiting agent takes the turn if it depends on one of
these, because the wait and the message would otherwise wait for each other.

The runtime records an agent's wait before the message that the agent waits for leaves. So the
message that closes a cycle finds all other waits of the cycle recorded. It is therefore enough to
follow the waits when a message reaches an agent that waits; while nobody waits, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.packets import WaitCycleFound, WaitProbe

__all__ = ["WaitGraph", "follow"]


def follow(
    frontier: Iterable[AgentRef],
    chain: Collection[str],
    waits_of: Callable[[str], tuple[AgentRef, ...] | None],
    visited: Collection[str] = (),
) -> tuple[bool, tuple[AgentRef, ...], frozenset[str]]:
    """Follow waits from ``frontier``, as far as this process knows them.

    Args:
        frontier: agents that are waited for.
        chain: the names of those looked for.
        waits_of: gives what an agent of this process waits for, ``None`` for any other agent.
        visited: names that need no look any more.

    Returns:
        whether one of ``chain`` was reached; agents of other processes that were reached, from
        which those processes can follow; and all names visited.
    """
    seen = set(visited)
    elsewhere: dict[str, AgentRef] = {}
    todo = list(frontier)
    while todo:
        ref = todo.pop()
        if ref.name in chain:
            return True, (), frozenset(seen)
        if ref.name in seen:
            continue
        waits = waits_of(ref.name)
        if waits is None:
            elsewhere[ref.name] = ref  # not visited: whoever knows its waits will do that
        else:
            seen.add(ref.name)
            todo.extend(waits)
    return False, tuple(elsewhere.values()), frozenset(seen)


@attrs.frozen
class WaitGraph:
    """Follows waits across the processes of a system.

    Attributes:
        place: where this process is.
        waits_of: gives what an agent of this process waits for, ``None`` for any other agent.
        send: sends a packet to the process at a place.
        promote: tells an agent of this process that a message in its mailbox, by its id, is one
            that its wait depends on.
    """

    place: str
    waits_of: Callable[[str], tuple[AgentRef, ...] | None]
    send: Callable[[str, Any], None]
    promote: Callable[[str, int], None]

    def probe(self, probe: WaitProbe) -> None:
        """Ask the processes of the agents at its frontier."""
        places: dict[str, list[AgentRef]] = {}
        for ref in probe.frontier:
            places.setdefault(ref.place, []).append(ref)
        for place, refs in places.items():
            if place != self.place:
                self.send(place, attrs.evolve(probe, frontier=tuple(refs)))

    def receive_probe(self, probe: WaitProbe) -> None:
        """Follow a probe that came from another process; it goes on where this one ends."""
        found, elsewhere, visited = follow(
            probe.frontier, probe.chain, self.waits_of, probe.visited
        )
        if found:
            self.send(probe.asker, WaitCycleFound(probe.id, probe.agent))
        elif elsewhere:
            self.probe(attrs.evolve(probe, frontier=elsewhere, visited=visited))

    def receive_found(self, packet: WaitCycleFound) -> None:
        """A probe of this process found a cycle: the message that it was for may be taken."""
        self.promote(packet.agent, packet.id)
