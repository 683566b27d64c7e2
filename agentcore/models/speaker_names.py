"""The name of a speaker in the text of a message, for models that take no notice of ``name``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["name_in_text"]


def name_in_text(message: Mapping[str, Any]) -> dict[str, Any]:
    """Give a message that has a name without it; the name stands before the text instead."""
    name, content = message["name"], message["content"]
    rest = {key: value for key, value in message.items() if key != "name"}
    if isinstance(content, str):
        return rest | {"content": f"{name}: {content}"}
    return rest | {"content": [{"type": "text", "text": f"{name}:"}, *content]}
