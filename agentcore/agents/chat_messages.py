"""`ChatMessages`: an agent's histories, as a dict by the peer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from agentcore.agents.memory import AgentMemory
from agentcore.base.errors import MessageTypeError
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.history import History
from agentcore.protocol.message import MessageLike

__all__ = ["ChatMessages", "histories_from"]


class ChatMessages(MutableMapping[Any, Any]):
    """The histories of an agent by the name of the peer: ``agent.chat_messages["bob"]``.

    A peer may also be given as a ref or an agent object. What is assigned is read as
    `History.from_json` reads it, so that a list of dicts will do. It shows the agent's memory as it
    is; ``dict(agent.chat_messages)`` is a copy.
    """

    __slots__ = ("_memory",)

    def __init__(self, memory: AgentMemory) -> None:
        self._memory = memory

    def __getitem__(self, peer: AgentLike) -> History:
        return self._memory.histories[_name_of(peer)]

    def __setitem__(self, peer: AgentLike, messages: str | Iterable[MessageLike]) -> None:
        for name, history in histories_from({peer: messages}).items():
            self._memory.history_with(name).replace(history)

    def __delitem__(self, peer: AgentLike) -> None:
        if peer not in self:
            raise KeyError(peer)
        self._memory.forget(_name_of(peer))

    def __contains__(self, peer: object) -> bool:
        try:
            return _name_of(peer) in self._memory.histories
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._memory.histories))  # a list: agents may converse meanwhile

    def __len__(self) -> int:
        return len(self._memory.histories)

    def __repr__(self) -> str:
        return repr(self._memory.histories)


def histories_from(given: Any) -> dict[str, History]:
    """Read ``chat_messages=``: for each peer, messages as `History.from_json` reads them.

    Raises:
        MessageError: it is something else; the text says which message is wrong.
    """
    if given is None:
        return {}
    try:
        pairs = [(get_agent_name(peer), messages) for peer, messages in given.items()]
    except (AttributeError, TypeError):
        raise MessageTypeError(
            "histories are a dict of lists of messages, {peer: [{...}, ...]}, not "
            f"{given!r:.200}"
        ) from None
    return {
        name: History.from_json(messages, f"the history with {name!r}") for name, messages in pairs
    }


def _name_of(peer: object) -> str:
    """Return the name of a peer; ``KeyError`` for what is no agent, as for a stranger."""
    try:
        return get_agent_name(peer)  # type: ignore[arg-type]
    except TypeError:
        raise KeyError(peer) from None
