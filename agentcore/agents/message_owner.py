"""Whose message it is: ``metadata["owner"]`` says whose documents and memory belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentcore.base.errors import MessageError

__all__ = ["OWNER", "owner_of"]

OWNER: Final = "owner"


def owner_of(history: Sequence[Mapping[str, Any]]) -> str:
    """Return the owner that the last message of a peer names which names one; empty if none does.

    A conversation so needs to say it once. An empty owner is nobody's, from there on.

    Args:
        history: the history with the peer.

    Raises:
        MessageError: the owner is no str.
    """
    for message in reversed(history):
        metadata = message.get("metadata") or {}
        if OWNER in metadata and message.get("role") != "assistant":
            owner = metadata[OWNER]
            if not isinstance(owner, str):
                raise MessageError(f"metadata['owner'] is the name of an owner, not {owner!r:.100}")
            return owner
    return ""
