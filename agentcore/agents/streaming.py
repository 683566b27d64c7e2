"""The message that a reply is when it is a stream, of the user's chunks or of a model's."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, TypeAlias

from agentcore.agents.own_turn import own_turn
from agentcore.protocol.agent_ref import AgentObject
from agentcore.protocol.message import Message
from agentcore.runtime.connecting import runtime_for
from agentcore.runtime.streams.registry import StreamRegistry

__all__ = ["ChunkLike", "stream_message"]

# A chunk of a stream: a text, or a text and its metadata.
ChunkLike: TypeAlias = str | tuple[str, Any]

OWN_KEYS = ("stream", "agent", "stream_id")


def stream_message(
    agent: AgentObject,
    response_gen: Iterable[ChunkLike] | AsyncIterable[ChunkLike],
    metadata: Mapping[str, Any],
) -> Message:
    """Make a stream of ``agent``, and the message whose metadata says how to read it.

    Args:
        response_gen: an iterable, generator or async iterable of chunks; a str is one chunk.
        metadata: further metadata of the message.

    Raises:
        TypeError: ``response_gen`` cannot be iterated.
        ValueError: ``metadata`` has one of the keys ``stream``, ``agent`` and ``stream_id``.
    """
    for key in OWN_KEYS:
        if key in metadata:
            raise ValueError(f"stream_reply sets the metadata {key!r} itself: choose another key")
    turn = own_turn(agent)
    streams: StreamRegistry = (runtime_for(agent) if turn is None else turn.runtime).streams
    # The error of a source that raises names the rule.
    rule = "" if turn is None else turn.rule_name
    stream = streams.add(agent.name, rule or "stream_reply", response_gen)
    where = {"stream": True, "agent": agent.name, "stream_id": stream.id, "TERMINATE": True}
    return Message(stream.id, metadata={**where, **metadata})
