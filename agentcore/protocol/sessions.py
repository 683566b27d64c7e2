"""Sessions: which history a conversation goes on with, and which agent of a pool it is for.

A session is a text that the caller chooses, such as the id of a user of a web service. It travels
with a conversation, and with those nested in it. Each agent keeps a history of its own for each
peer in each session.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import attrs

from agentcore.protocol.address import address_in
from agentcore.protocol.agent_ref import AgentRef

__all__ = ["as_peer", "as_peers", "member_of", "places_of", "pool_place"]

POOL = "pool:"


def pool_place(places: Sequence[str]) -> str:
    """Return what the ref of a pool has as its place: the places that its agents live in."""
    return POOL + ",".join(places)


def places_of(pool: AgentRef) -> list[str]:
    """Return the places that the agents of a pool live in."""
    return pool.place.removeprefix(POOL).split(",")


def member_of(pool: AgentRef, part: str) -> AgentRef:
    """Return the ref of a pool's agent for one session.

    It lives in the process that the session's hash says, so that every process finds it without
    asking another.
    """
    places = places_of(pool)
    # Not a checksum: those of numbers that follow each other agree in their lowest bits.
    digest = blake2b(part.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    place = places[int.from_bytes(digest) % len(places)]
    address = address_in(pool.name, part)
    return AgentRef(pool.name, pool.system, place, pool.kinds, address, address)


def as_peers(initiator: AgentRef, recipient: AgentRef, session: str) -> tuple[AgentRef, AgentRef]:
    """Return the refs by which two agents take part in a conversation: see `as_peer`."""
    peer = as_peer(recipient, session, initiator)
    return as_peer(initiator, session, peer), peer


def as_peer(ref: AgentRef, session: str, other: AgentRef) -> AgentRef:
    """Return the ref by which an agent takes part in a conversation.

    Args:
        ref: the agent; a pool takes part by its agent for the session.
        session: of the conversation; empty if it has none. A pool then has an agent for each agent
            that converses with it.
        other: the agent that it converses with.
    """
    if ref.is_pool:
        return member_of(ref, session or other.key)
    if not session:
        return ref
    return attrs.evolve(ref, key=address_in(ref.name, session))
