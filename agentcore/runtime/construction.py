"""How an agent is made where it is to live: by its constructor, with what was said before."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentcore.base.errors import MessageTypeError, SpawnError
from agentcore.base.keywords import constructor_keywords, with_keyword_hint
from agentcore.protocol.agent_ref import get_agent_name
from agentcore.runtime.raised import is_interrupt

__all__ = ["constructed", "with_peers_by_name"]

HISTORY: Final = "history"


def constructed(cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return a new agent: ``cls(name, *args, **kwargs)``.

    ``history=`` is no argument of most constructors. It is put into the agent that was made.

    Raises:
        SpawnError: the constructor raised, made no agent, or the history is none.
    """
    given = dict(kwargs)
    own = HISTORY in given and _has_history(cls)
    history = None if own else given.pop(HISTORY, None)
    try:
        agent = cls(name, *args, **given)
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise SpawnError(
            f"agent {name!r} could not be constructed: {cls.__name__} raised "
            f"{type(error).__name__}: {with_keyword_hint(error, cls)}",
            agent=name,
            traceback=traceback.format_exc(),
        ) from error
    if getattr(agent, "name", None) != name or not hasattr(agent, "_mailbox"):
        raise SpawnError(
            f"{cls.__name__}({name!r}) made no agent of that name: derive it from "
            "ConversableAgent and give it the name",
            agent=name,
        )
    if history is not None:
        try:
            agent._messages.update(history)
        except Exception as error:
            raise SpawnError(f"agent {name!r} was not spawned: {error}", agent=name) from error
    return agent


def with_peers_by_name(cls: type, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a constructor, with ``history=`` by the names of the peers.

    Its keys may be agent objects, which need not be known where the agent is to live.

    Raises:
        MessageTypeError: it is no dict by peers.
    """
    history = kwargs.get(HISTORY)
    if history is None or _has_history(cls):
        return kwargs
    try:
        named = {get_agent_name(peer): messages for peer, messages in history.items()}
    except (AttributeError, TypeError):
        raise MessageTypeError(
            "history= is a dict of lists of messages, {peer: [{...}, ...]}, "
            f"not {history!r:.200}"
        ) from None
    return {**kwargs, HISTORY: named}


def _has_history(cls: type) -> bool:
    """Say whether the constructor has an argument ``history`` of its own."""
    return HISTORY in constructor_keywords(cls)
