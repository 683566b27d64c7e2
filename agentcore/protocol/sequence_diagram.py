"""A conversation as the text of a sequence diagram, in the language of Mermaid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from agentcore.protocol.message import Message
from agentcore.protocol.message_text import calls_in_words

__all__ = ["sequence_diagram"]

# What has a meaning in a diagram's text, and control characters, which would end its line.
_SPECIAL: Final = {ord(sign): f"#{ord(sign)};" for sign in "#;<>%\"'&{}[]\\`"}
_ESCAPES: Final = {**dict.fromkeys(range(32), " "), 127: " ", **_SPECIAL}


def sequence_diagram(said: Iterable[tuple[str, str, Message, int]], width: int | None = 60) -> str:
    """Return a sequence diagram of messages.

    Args:
        said: sender, recipient, message and depth of each, in order. What was said deeper, in
            a nested conversation, has a dashed arrow.
        width: of how many characters of a message are shown; ``None`` for all.

    Raises:
        ValueError: ``width`` is not 1 or more.
    """
    if width is not None and width < 1:
        raise ValueError(f"width is a number of characters, 1 or more, or None: not {width}")
    aliases: dict[str, str] = {}
    arrows = []
    for sender, recipient, message, depth in said:
        one, another = (aliases.setdefault(n, f"a{len(aliases)}") for n in (sender, recipient))
        arrow = "-->>" if depth else "->>"
        arrows.append(f"    {one}{arrow}{another}: {_shown(_text(message), width)}")
    people = [f"    participant {alias} as {_shown(n, None)}" for n, alias in aliases.items()]
    return "\n".join(["sequenceDiagram", *people, *arrows])


def _text(message: Message) -> str:
    if message.tool_calls:
        return calls_in_words(message)
    content = message.content
    return content if isinstance(content, str) else " ".join(map(_part, content))


def _part(part: Any) -> str:
    kind = part.get("type") if hasattr(part, "get") else None
    return str(part["text"]) if kind == "text" and "text" in part else f"({kind or 'a part'})"


def _shown(text: str, width: int | None) -> str:
    line = " ".join(text.split())
    cut = line if width is None or len(line) <= width else f"{line[: width - 1]}…"
    return cut.translate(_ESCAPES).strip() or "#32;"
