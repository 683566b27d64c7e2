"""An agent's histories as its own code sees them: by the names of its peers.

The agent's memory keeps them by the keys of the peers, because several peers may have one name, and
one peer may converse in several sessions. Here a name means the peer with which the agent's turn
has to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from typing import Any

from agentcore.protocol.address import SEPARATOR, address_in, name_of
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.history import History
from agentcore.runtime.turns.turn import Turn, current_turn

__all__ = ["PeerHistories", "key_of"]


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


class PeerHistories(MutableMapping[str, History]):
    """The histories of an agent, by the names of its peers: what ``agent._messages`` gives.

    Where several peers have one name, the mapping has each of them under its key, such as
    ``user @ abc``, and the name itself means one of them: see `key_of`.
    """

    __slots__ = ("_agent", "_kept")

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self._kept: dict[str, History] = agent._memory.histories

    def _key(self, peer: Any) -> str:
        if isinstance(peer, str) and SEPARATOR in peer:
            return peer
        return key_of(self._agent, peer)

    def of(self, peer: AgentLike) -> History:
        """Return the history with a peer, given as an object, a ref or a name.

        Raises:
            KeyError: there is none.
        """
        try:
            return self._kept[self._key(peer)]
        except KeyError:
            raise KeyError(get_agent_name(peer)) from None

    __getitem__ = of

    def __setitem__(self, peer: Any, history: History) -> None:
        self._kept[self._key(peer)] = history

    def __delitem__(self, peer: Any) -> None:
        del self._kept[self._key(peer)]

    def __contains__(self, peer: object) -> bool:
        try:
            return self._key(peer) in self._kept
        except TypeError:  # it is no agent
            return False

    def __iter__(self) -> Iterator[str]:
        keys = list(self._kept)
        count = Counter(name_of(key) for key in keys)
        return iter([name_of(key) if count[name_of(key)] == 1 else key for key in keys])

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return repr(dict(self))
