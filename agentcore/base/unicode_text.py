"""Text that is valid Unicode, made of text with halves of characters in it.

A model that writes a character in two pieces, or stops between them, leaves surrogates, which no
UTF-8 can have: a request, or a file, with one of them could not be written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["has_halves", "valid_text", "valid_texts"]

_HALF: Final = re.compile("[\ud800-\udfff]")


def has_halves(text: str) -> bool:
    """Return whether a text has surrogates in it."""
    return not text.isascii() and _HALF.search(text) is not None


def valid_text(text: str) -> str:
    """Return a text in which surrogates that make a pair are joined, and others are U+FFFD.

    Examples:
        >>> valid_text("\\ud83d\\ude00") == "\\U0001f600", valid_text("half \\ud83d")
        (True, 'half \ufffd')
    """
    if not has_halves(text):
        return text
    # UTF-16 is made of surrogates, so that decoding joins the pairs.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def valid_texts(value: Any) -> Any:
    """Return a value of dicts and lists in which each text, keys included, is valid."""
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, Mapping):
        return {valid_texts(key): valid_texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [valid_texts(inner) for inner in value]
    return value
