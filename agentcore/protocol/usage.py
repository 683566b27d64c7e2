"""The tokens that models used, as the metadata of messages has them under ``usage``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Usage

__all__ = ["usage_of", "with_usage"]


def usage_of(metadata: Mapping[str, Any]) -> Usage:
    """Read the usage in a message's metadata; what is missing or malformed counts as 0 tokens."""
    usage = metadata.get("usage")
    if not isinstance(usage, Mapping):
        return Usage()
    prompt, completion = (_count(usage.get(f"{kind}_tokens")) for kind in ("prompt", "completion"))
    return Usage(prompt, completion)


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def with_usage(message: Message, usage: Usage) -> Message:
    """Give a copy of the message, with ``usage`` added to the usage in its metadata."""
    total = usage_of(message.metadata) + usage
    metadata = {**message.metadata, "usage": total.as_dict()}
    return Message(**{**dict(message), "metadata": metadata})
