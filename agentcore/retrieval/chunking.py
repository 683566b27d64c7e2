"""Cutting a document into passages: at headings, between paragraphs, and between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import east_asian_width

__all__ = ["passages_of", "width"]

_BLANK_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_HEADING: Final = re.compile(r"#{1,6}\s")
_SENTENCE_END: Final = re.compile("(?<=[.!?])\\s+|(?<=[\u3002\uff01\uff1f\uff1b])|\n")
_WIDE: Final = frozenset("WF")
# A heading begins a passage, unless the one before has less than a quarter of its size.
_SMALL: Final = 4


def width(text: str) -> int:
    """Return the size of a text: its characters, of which wide ones as Chinese has count twice."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(each) in _WIDE for each in text)


def passages_of(text: str, size: int) -> list[str]:
    """Return the passages of a document, in their order; none of a text of blanks.

    Args:
        size: how wide a passage is at the most, as `width` counts.
    """
    passages: list[str] = []
    current: list[str] = []
    filled = 0
    for block in _blocks(text, size):
        wide = width(block) + 2 * bool(current)
        begins = bool(_HEADING.match(block)) and filled * _SMALL >= size
        if current and (filled + wide > size or begins):
            passages.append("\n\n".join(current))
            current, filled, wide = [], 0, width(block)
        current.append(block)
        filled += wide
    if current:
        passages.append("\n\n".join(current))
    return passages


def _blocks(text: str, size: int) -> Iterator[str]:
    """Give the paragraphs, and the pieces of those that are wider than a passage."""
    for paragraph in _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        paragraph = paragraph.strip()
        if width(paragraph) <= size:
            if paragraph:
                yield paragraph
            continue
        yield from _joined(_pieces(paragraph, size), size)


def _pieces(paragraph: str, size: int) -> Iterator[str]:
    """Give the sentences; of one that is too wide the words; of a word that is, its parts."""
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(paragraph)]
    for end in [*ends, len(paragraph)]:
        sentence, start = paragraph[start:end], end
        while width(sentence) > size:
            most = _longest(sentence, size)
            blank = sentence.rfind(" ", 1, most)
            cut = blank + 1 if blank > most // 2 else most
            yield sentence[:cut]
            sentence = sentence[cut:]
        yield sentence


def _longest(text: str, size: int) -> int:
    """Return how many characters from the beginning are no wider than ``size``; one at least."""
    if text[:size].isascii():
        return size
    wide = 0
    for at, each in enumerate(text):
        wide += width(each)
        if wide > size:
            return max(at, 1)
    return len(text)


def _joined(pieces: Iterator[str], size: int) -> Iterator[str]:
    current = ""
    for piece in pieces:
        if current and width(current) + width(piece) > size:
            if current.strip():
                yield current.strip()
            current = ""
        current += piece
    if current.strip():
        yield current.strip()
