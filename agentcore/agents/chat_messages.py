"""`ChatMessages`: an agent's histories, as a dict by the peer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from agentcore.agents.memory import AgentMemory
from agentcore.agents.peer_key import key_of
from agentcore.base.errors import MessageTypeError
from agentcore.protocol.address import SEPARATOR, name_of
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.history import History
from agentcore.protocol.message import MessageLike

__all__ = ["ChatMessages", "histories_from"]


class ChatMessages(MutableMapping[Any, Any]):
    """The histories of an agent by the name of the peer: ``agent.chat_messages["bob"]``.

    A peer may also be given as a ref or an agent object. What is assigned is read as
    `History.from_json` reads it, so that a list of dicts will do. It shows the agent's memory as it
    is; ``dict(agent.chat_messages)`` is a copy.

    Where several peers have one name, or one peer has several sessions, each has a key such as
    ``user @ abc``, and the name means the one with which the agent's turn has to do: see `key_of`.
    """

    __slots__ = ("_agent", "_memory")

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self._memory: AgentMemory = agent._memory

    def __getitem__(self, peer: AgentLike) -> History:
        try:
            return self._memory.histories[self._key(peer)]
        except KeyError:
            raise KeyError(get_agent_name(peer)) from None

    def __setitem__(self, peer: AgentLike, messages: str | Iterable[MessageLike]) -> None:
        (history,) = histories_from({peer: messages}).values()
        self._memory.give(self._key(peer), history)

    def __delitem__(self, peer: AgentLike) -> None:
        if peer not in self:
            raise KeyError(peer)
        self._memory.forget(self._key(peer))

    def __contains__(self, peer: object) -> bool:
        try:
            return self._key(peer) in self._memory.histories
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        keys = list(self._memory.histories)  # a list: agents may converse meanwhile
        count = Counter(name_of(key) for key in keys)
        return iter([name_of(key) if count[name_of(key)] == 1 else key for key in keys])

    def __len__(self) -> int:
        return len(self._memory.histories)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _key(self, peer: Any) -> str:
        """Return the key of a peer; ``KeyError`` for what is no agent, as for a stranger."""
        if isinstance(peer, str) and SEPARATOR in peer:
            return peer
        try:
            return key_of(self._agent, peer)
        except TypeError:
            raise KeyError(peer) from None


def histories_from(given: Any) -> dict[Any, History]:
    """Read ``chat_messages=``: for each peer, messages as `History.from_json` reads them.

    Raises:
        MessageError: it is something else; the text says which message is wrong.
    """
    if given is None:
        return {}
    try:
        pairs = [(peer, get_agent_name(peer), messages) for peer, messages in given.items()]
    except (AttributeError, TypeError):
        raise MessageTypeError(
            "histories are a dict of lists of messages, {peer: [{...}, ...]}, not "
            f"{given!r:.200}"
        ) from None
    return {
        peer: History.from_json(messages, f"the history with {name!r}")
        for peer, name, messages in pairs
    }
