"""How answers are written around a name: what is no part of the text, and where the name stands."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import Final

__all__ = ["ANSWER_KEY", "keyed_values", "labelled_values", "visible", "without_markup"]

ANSWER_KEY: Final = "speaker"  # where an answer in JSON has the name

# Colour codes as they are, as Python or JSON escape them, and as some consoles show them; links.
_COLOUR: Final = re.compile(
    r"(?:[\x1b←␛]|\\(?:033|0?x1b|u001b|e))\[[0-9;?]*[a-z]|\[\d{1,3}(?:;\d{1,3})*m"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)",
    re.IGNORECASE,
)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ELEMENT: Final = (
    r"b|i|u|p|em|strong|span|div|font|code|mark|li|h[1-6]|answer|final_answer|output|result"
    r"|response|next|next_speaker|speaker|agent|name|role"
)
_OPENED: Final = re.compile(rf"</?({_ELEMENT})(?:\s[^<>]*)?>", re.IGNORECASE)
_CLOSED: Final = re.compile(rf"</({_ELEMENT})\s*>", re.IGNORECASE)
_LATEX: Final = re.compile(r"\\[A-Za-z]+\s*(?=\{)")


def without_markup(text: str) -> str:
    """Take out what only shows in another way: colour codes, HTML, LaTeX, invisible characters."""
    text = _BREAK.sub("\n", html.unescape(_COLOUR.sub("", text)))
    # Only what is closed somewhere, because a name may be put in such brackets, too.
    closed = {match[1].lower() for match in _CLOSED.finditer(text)}
    if closed:
        text = _OPENED.sub(lambda tag: " " if tag[1].lower() in closed else tag[0], text)
    return visible(_LATEX.sub(" ", text))


def visible(text: str) -> str:
    """Take out the characters that nobody sees, such as a space of no width."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    if unicodedata.category(char) == "Cc":
        return not char.isspace()
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


# --- where the name stands ----------------------------------------------------------------------

# The words for whoever speaks next, and those that may mean something else as well.
_WORDS: Final = {
    True: r"(?:next|selected|chosen)[\s_-]*(?:speaker|agent|role|member)(?:[\s_-]*name)?"
    r"|next|speaker(?:[\s_-]*name)?",
    False: r"(?:agent|role|member)(?:[\s_-]*name)?|name|choice|answer|selected|chosen",
}
# A key and its value, in JSON that may be escaped, or be Python's or JavaScript's in truth; the
# value may be a list of one.
_KEYED: Final = {
    sure: re.compile(
        rf"""(?:\\?["']|[{{,(]\s{{0,20}})(?:{words})(?:\\?["'])?\s*[:=]\s*(?P<list>\[\s*)?"""
        r"""(?P<quote>\\?["'])(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\]))*)(?P=quote)"""
        r"""(?(list)\s*\])""",
        re.IGNORECASE | re.DOTALL,
    )
    for sure, words in _WORDS.items()
}
_LABELLED: Final = {
    sure: re.compile(
        rf"^(?:[^\w\n]|_){{0,20}}(?:the )?(?:{words})(?: is)?[ *_`]{{0,9}}[:=\uff1a](?P<value>.+)$",
        re.IGNORECASE | re.MULTILINE,
    )
    for sure, words in _WORDS.items()
}


def keyed_values(text: str, sure: bool) -> list[str]:
    """Give the texts that stand in JSON, or nearly JSON, behind a key such as ``speaker``.

    Args:
        text: the whole answer.
        sure: whether of keys that can mean nothing else; otherwise of those as ``name``.
    """
    return [_unquoted(match["value"]) for match in _KEYED[sure].finditer(text)]


def labelled_values(text: str, sure: bool) -> list[str]:
    """Give the rest of each line that begins with a label, as ``Next speaker: bob``."""
    return [match["value"] for match in _LABELLED[sure].finditer(text)]


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
