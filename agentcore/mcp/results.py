"""The result of an MCP tool, as text for a model."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["text_of"]

NOTHING = "(no output)"


def text_of(result: Any) -> str:
    """Give a tool's result as text.

    Texts are joined by newlines. Structured content is added as JSON, unless the texts hold it
    already, as they do with most servers. For an image or another block that is no text, a line
    says what it is.

    Args:
        result: a ``CallToolResult`` of the SDK.
    """
    parts = [_block(block) for block in result.content]
    structured = result.structured_content
    if structured is not None and not _texts_hold([_text(b) for b in result.content], structured):
        parts.append(json.dumps(structured, ensure_ascii=False))
    return "\n".join(part for part in parts if part) or NOTHING


def _text(block: Any) -> str:
    return block.text if block.type == "text" else ""


def _texts_hold(texts: list[str], value: Any) -> bool:
    """Return whether the texts hold a value as JSON, or what it wraps as ``result``."""
    values = [value]
    if isinstance(value, dict) and list(value) == ["result"]:
        values.append(value["result"])
    read = [_read(text) for text in texts]
    return any(
        candidate in (found, each)
        for candidate in values
        for found in (read, texts)
        for each in (*read, *texts)
    )


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _block(block: Any) -> str:
    """Give the text of a block, or a line that says what it is."""
    match block.type:
        case "text":
            return str(block.text)
        case "image" | "audio":
            return f"[{block.type} {block.mime_type}, {_size(block.data)}: not shown]"
        case "resource_link":
            what = f": {block.description}" if block.description else ""
            return f"[resource {block.name!r} at {block.uri}{_kind(block.mime_type)}{what}]"
        case "resource":
            return _resource(block.resource)
        case other:
            return f"[{other}: not shown]"


def _resource(resource: Any) -> str:
    where = f"resource at {resource.uri}{_kind(resource.mime_type)}"
    text = getattr(resource, "text", None)
    if text is not None:
        return f"[{where}]\n{text}"
    return f"[{where}, {_size(resource.blob)}: not shown]"


def _kind(mime_type: str | None) -> str:
    return f" ({mime_type})" if mime_type else ""


def _size(base64: str) -> str:
    return f"{len(base64) * 3 // 4 - base64[-2:].count('=')} bytes"
