"""Which of an agent's histories is meant by the name of a peer.

The agent's memory keeps them by the keys of the peers, because several peers may have one name, and
one peer may converse in several sessions.
"""

from __future__ import annotations

from typing import Any

from agentcore.protocol.address import SEPARATOR, address_in
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.runtime.turns.turn import Turn, current_turn

__all__ = ["key_of"]


def key_of(agent: Any, peer: AgentLike) -> str:
    """Return the key of an agent's history with a peer, whether or not there is one.

    Args:
        agent: the agent whose history it is.
        peer: a ref or an object means that agent. Of several peers that have one name, the name
            means, first found: the one that the agent's turn answers; the one in the session of
            that turn; a spawned agent; the one with the latest history.
    """
    turn = current_turn()
    if turn is not None and turn.mailbox.agent is not agent:
        turn = None
    name, histories = get_agent_name(peer), agent._memory.histories
    address = _address(peer)
    if turn is not None:
        here = _in_turn(turn, name, address)
        if here is not None:
            return here
    if address != name:
        return peer.key if isinstance(peer, AgentRef) else address
    if turn is not None and address_in(name, turn.mailbox.ref.key) in histories:
        return address_in(name, turn.mailbox.ref.key)  # an agent of a pool
    if name in histories:
        return name
    prefix = name + SEPARATOR
    return next((key for key in reversed(histories) if key.startswith(prefix)), name)


def _address(peer: AgentLike) -> str:
    if isinstance(peer, AgentRef):
        return peer.address
    mailbox = getattr(peer, "_mailbox", None)
    if mailbox is not None:
        return str(mailbox.ref.address)
    return getattr(peer, "_address", "") or get_agent_name(peer)


def _in_turn(turn: Turn, name: str, address: str) -> str | None:
    peer: AgentRef | None = getattr(turn, "peer", None)
    if peer is not None and peer.name == name and address in (name, peer.address):
        return peer.key
    session = turn.inherited.session
    return address_in(name, session) if session else None
