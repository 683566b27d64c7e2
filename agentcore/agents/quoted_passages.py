"""Passages as a model is shown them: quoted, numbered, and within a bound.

They are data of the conversation and never of the system message, so that what a document says is
told to the model and does not tell it what to do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agentcore.protocol.retriever import Found

__all__ = ["quoted", "quoted_passages", "within_bound"]

_TAG: Final = re.compile(r"<(?=\s*/?\s*(?:documents|memory)\b)", re.IGNORECASE)
_SHORTEST: Final = 200  # characters; less than this of a passage is not worth its place


def within_bound(texts: Sequence[str], characters: int) -> list[str]:
    """Return as many of some texts as fit into a number of characters; the last may be cut."""
    kept: list[str] = []
    left = characters
    for text in texts:
        if len(text) > left:
            if left >= _SHORTEST or not kept:
                kept.append(f"{text[: max(0, left - 2)]} …")
            break
        kept.append(text)
        left -= len(text)
    return kept


def quoted_passages(passages: Sequence[Found], characters: int) -> str:
    """Return passages as one text, numbered from 1, each with its source.

    Args:
        characters: how many characters of passages there are at the most; sources come on top.
    """
    texts = within_bound([passage.text.strip() for passage in passages], characters)
    lines = [
        f"[{number}] {passage.source[:200]}\n{text}"
        for number, (passage, text) in enumerate(zip(passages, texts, strict=False), 1)
    ]
    return quoted("documents", "\n\n".join(lines))


def quoted(tag: str, text: str) -> str:
    """Return a text between two tags, of which it has none itself.

    Args:
        tag: ``documents`` or ``memory``.
    """
    return f"<{tag}>\n{_TAG.sub('(', text)}\n</{tag}>"
