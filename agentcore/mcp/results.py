"""The result of an MCP tool, as text for a model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["NOTHING", "text_of"]

NOTHING = "(no output)"


def text_of(result: Mapping[str, Any]) -> str:
    """Give a tool's result as text.

    Texts are joined by newlines. Structured content is added as JSON, unless the texts hold it
    already, as they do with most servers. For an image or another block that is no text, a line
    says what it is; so it does for a block that is not as the protocol has it.

    Args:
        result: the result as the server sent it.
    """
    blocks = list(_blocks(result.get("content")))
    parts = [_shown(block) for block in blocks]
    structured = result.get("structuredContent")
    if structured is not None and not _texts_hold([_text(b) for b in blocks], structured):
        parts.append(json.dumps(structured, ensure_ascii=False))
    return "\n".join(part for part in parts if part) or NOTHING


def _blocks(content: Any) -> Iterator[Any]:
    """Give the blocks of a content, which should be a list of them."""
    if isinstance(content, list):
        for each in content:
            yield from _blocks(each)
    elif isinstance(content, str):
        yield {"type": "text", "text": content}
    elif content is not None:
        yield content


def _text(block: Any) -> str:
    if isinstance(block, dict) and block.get("type") == "text":
        text = block.get("text")
        return text if isinstance(text, str) else ""
    return ""


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
    except (ValueError, RecursionError):
        return text


def _shown(block: Any) -> str:
    """Give the text of a block, or a line that says what it is."""
    kind = block.get("type") if isinstance(block, dict) else None
    name = re.sub(r"[^\w./-]+", "", kind)[:40] if isinstance(kind, str) else ""
    try:
        shown = _block(kind, block)
    except (AttributeError, KeyError, TypeError):
        shown = None  # something that it needs is missing, or of another type
    return f"[{name or 'something unknown'}: not shown]" if shown is None else shown


def _block(kind: Any, block: Any) -> str | None:
    match kind:
        case "text":
            return _str(block["text"])
        case "image" | "audio":
            return f"[{kind} {_str(block['mimeType'])}, {_size(block['data'])}: not shown]"
        case "resource_link":
            description = block.get("description")
            what = f": {_str(description)}" if description else ""
            where = f"{_str(block['name'])!r} at {_str(block['uri'])}"
            return f"[resource {where}{_kind(block)}{what}]"
        case "resource":
            return _resource(block["resource"])
    return None


def _resource(resource: Any) -> str:
    where = f"resource at {_str(resource['uri'])}{_kind(resource)}"
    text = resource.get("text")
    if text is not None:
        return f"[{where}]\n{_str(text)}"
    return f"[{where}, {_size(resource['blob'])}: not shown]"


def _kind(block: Any) -> str:
    mime_type = block.get("mimeType")
    return f" ({_str(mime_type)})" if mime_type else ""


def _size(base64: str) -> str:
    return f"{len(base64) * 3 // 4 - base64[-2:].count('=')} bytes"


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
