"""What an agent remembers, as a dict that JSON has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from agentcore.agents.chat_messages import histories_from
from agentcore.agents.memory import AgentMemory
from agentcore.base.checks import did_you_mean
from agentcore.base.errors import MessageError, StateError
from agentcore.base.plain_data import Default
from agentcore.protocol.usage import usage_of

__all__ = ["load_state", "saved_state"]

VERSION: Final = 1
HISTORIES: Final = "chat_messages"


def saved_state(name: str, memory: AgentMemory, default: Default | None) -> dict[str, Any]:
    """Return the state of an agent: its histories, by the peer, and the tokens it used.

    Raises:
        MessageTypeError: a message has a value that JSON does not have.
    """
    histories = {peer: each.to_dicts(default) for peer, each in list(memory.histories.items())}
    return {
        "version": VERSION,
        "agent": name,
        HISTORIES: histories,
        "usage": memory.usage.as_dict(),
    }


def load_state(name: str, memory: AgentMemory, state: str | Mapping[str, Any]) -> None:
    """Remember a saved state, and forget everything else.

    Raises:
        StateError: it is none; nothing was changed.
    """
    if isinstance(state, str):
        try:
            state = json.loads(state)
        except ValueError as error:
            raise StateError(f"agent {name!r} was given a state that is no JSON: {error}") from None
    if not isinstance(state, Mapping) or HISTORIES not in state:
        keys = list(state) if isinstance(state, Mapping) else []
        hint = did_you_mean(HISTORIES, [str(key) for key in keys], "; is it under ")
        raise StateError(
            f"agent {name!r} was given {state!r:.100}, which has no {HISTORIES!r}{hint}: give what "
            "save_state() returned"
        )
    if state.get("version", VERSION) != VERSION:
        raise StateError(
            f"agent {name!r} was given a state of version {state['version']!r}, "
            f"and this agentcore reads version {VERSION}"
        )
    try:
        histories = histories_from(state[HISTORIES])
    except MessageError as error:
        raise StateError(f"the state of agent {name!r} cannot be loaded: {error}") from error
    memory.forget(None)
    memory.usage = usage_of(state)
    for peer, history in histories.items():
        memory.history_with(peer).replace(history)
