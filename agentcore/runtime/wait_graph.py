"""Who waits for whom: which turns may an agent take while it waits?

An agent that waits takes exactly the turns that its own wait depends on. A message's chain are
the agents that wait for its turn. So a waiting agent takes the turn if it depends on any of
them: the wait and the message would otherwise wait for each other. It is the edge that closes a
cycle whose message finds the whole cycle there, since an agent's wait is recorded before the
message that it waits for leaves. So it is enough to look when a message reaches an agent that
waits, and nothing is looked for while nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from agentcore.protocol.agent_ref import AgentRef

__all__ = ["follow"]


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
