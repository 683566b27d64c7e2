"""Which turns may an agent take while it waits? The wait graph says who waits for whom.

An agent that waits takes exactly the turns that its own wait depends on. The chain of a message
names the agents that wait for its turn. A waiting agent takes the message at once if its waits
lead to one of these; otherwise the wait and the message would wait for each other for ever.

Example: alice asks bob and waits for him. Bob's rule asks alice before it answers. The chain of
bob's message is (alice, bob), and alice waits for bob, so she takes it while she waits.

The runtime records an agent's wait before it sends the message that the agent waits for. So the
message that closes a cycle finds all other waits of the cycle recorded, and it is enough to follow
the waits when a message reaches an agent that waits. Nothing is done while nobody waits.
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
        frontier: the agents to begin with: those that somebody waits for.
        chain: the names of the agents that are looked for.
        waits_of: gives the agents that an agent of this process waits for; ``None`` for any other
            agent.
        visited: names of agents whose waits were followed already.

    Returns:
        whether one of ``chain`` was reached; the agents of other processes that were reached, whose
        waits must be followed there; and the names of all agents that were visited.
    """
    seen = set(visited)
    elsewhere: dict[str, AgentRef] = {}
    todo = list(frontier)
    while todo:
        ref = todo.pop()
        if ref.address in chain:
            return True, (), frozenset(seen)
        if ref.address in seen:
            continue
        waits = waits_of(ref.address)
        if waits is None:
            elsewhere[ref.address] = ref  # not visited: its own process knows its waits
        else:
            seen.add(ref.address)
            todo.extend(waits)
    return False, tuple(elsewhere.values()), frozenset(seen)


@attrs.frozen
class WaitGraph:
    """Follows waits across the processes of a system, by probes that they send to each other.

    Attributes:
        place: this process, as its backend names it.
        waits_of: gives the agents that an agent of this process waits for; ``None`` for any other
            agent.
        send: sends a packet to the process at a place.
        promote: makes a message urgent, by its id, in the mailbox of an agent of this process.
    """

    place: str
    waits_of: Callable[[str], tuple[AgentRef, ...] | None]
    send: Callable[[str, Any], None]
    promote: Callable[[str, int], None]

    def probe(self, probe: WaitProbe) -> None:
        """Send a probe to the process of each agent at its frontier."""
        places: dict[str, list[AgentRef]] = {}
        for ref in probe.frontier:
            places.setdefault(ref.place, []).append(ref)
        for place, refs in places.items():
            if place != self.place:
                self.send(place, attrs.evolve(probe, frontier=tuple(refs)))

    def receive_probe(self, probe: WaitProbe) -> None:
        """Follow a probe of another process as far as the waits here lead, and then send it on."""
        found, elsewhere, visited = follow(
            probe.frontier, probe.chain, self.waits_of, probe.visited
        )
        if found:
            self.send(probe.asker, WaitCycleFound(probe.id, probe.agent))
        elif elsewhere:
            self.probe(attrs.evolve(probe, frontier=elsewhere, visited=visited))

    def receive_found(self, packet: WaitCycleFound) -> None:
        """Let an agent take the message of a probe that found a cycle."""
        self.promote(packet.agent, packet.id)
