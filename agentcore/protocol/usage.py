"""The tokens that models used, also as the metadata of messages has them under ``usage``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.protocol.message import Message

__all__ = ["NO_USAGE", "Usage", "usage_of", "with_usage"]


@attrs.frozen
class Usage:
    """The tokens that a completion used.

    Attributes:
        prompt_tokens: tokens that the model read.
        completion_tokens: tokens that it wrote.

    Examples:
        >>> total = Usage(100, 20) + Usage(50, 5)
        >>> total.total_tokens, bool(Usage())
        (175, False)
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """The sum of both."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def __bool__(self) -> bool:
        return self.total_tokens > 0

    def as_dict(self) -> dict[str, int]:
        """Give it as a dict, as messages have it in their metadata under ``usage``."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
        }


NO_USAGE = Usage()


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
