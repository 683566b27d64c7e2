"""Replies that are streams, of the user's own chunks or of a model's."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, TypeAlias

from agentcore.agents.turn_access import own_turn
from agentcore.protocol.agent_ref import AgentObject
from agentcore.protocol.message import Message
from agentcore.runtime.streams.registry import StreamRegistry
from agentcore.runtime.system import runtime_for

__all__ = ["ChunkLike", "stream_message"]

# A chunk of a stream: a text, or a text and its metadata.
ChunkLike: TypeAlias = str | tuple[str, Any]

OWN_KEYS = ("stream", "agent", "stream_id")


def stream_message(
    agent: AgentObject,
    response_gen: Iterable[ChunkLike] | AsyncIterable[ChunkLike],
    metadata: Mapping[str, Any],
) -> Message:
    """Open a stream of ``agent``, and give the message that says how to read it.

    Args:
        response_gen: an iterable, generator or async iterable of chunks; a str is one chunk.
        metadata: goes along in the message's metadata.

    Raises:
        TypeError: ``response_gen`` cannot be iterated.
        ValueError: ``metadata`` has a key that tells readers where the stream is.
    """
    for key in OWN_KEYS:
        if key in metadata:
            raise ValueError(f"stream_reply sets the metadata {key!r} itself: choose another key")
    turn = own_turn(agent)
    streams: StreamRegistry = (runtime_for(agent) if turn is None else turn.runtime).streams
    # The rule is named in the error of a source that raises.
    rule = "" if turn is None else turn.rule_name
    stream = streams.add(agent.name, rule or "stream_reply", response_gen)
    where = {"stream": True, "agent": agent.name, "stream_id": stream.id, "TERMINATE": True}
    return Message(stream.id, metadata={**where, **metadata})
