"""The tags that models put around what they think aloud, and finding them in a text."""

from __future__ import annotations

import re
from typing import Final

import attrs

__all__ = ["Tag", "begins_tag", "first_tag", "is_mentioned", "may_have_tags"]

# Written as XML has it, in any case, with spaces or attributes: DeepSeek, Qwen, GLM, MiniMax and
# most others say ``think``, prompts for Claude ``thinking``, EXAONE and Gemma ``thought``.
_NAMES: Final = tuple(
    prefix + name
    for name in ("thinking", "think", "thought", "reasoning", "antthinking")
    for prefix in ("", "seed:", "mm:", "antml:")
)
# Single tokens of one family of models, written in one way only.
_TOKENS: Final = (
    ("[THINK]", "[/THINK]"),  # Magistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThoughts, Sky-T1
    ("<|channel>thought", "<channel|>"),  # Gemma 4
)
# gpt-oss writes messages to channels; only what it says on ``final`` is meant for the reader.
_CHANNELS: Final = "channels"
_CHANNEL: Final = (
    r"(?:<\|start\|>assistant)?<\|channel\|>\s{{0,2}}(?:{})\b[^<]{{0,80}}"
    r"(?:<\|constrain\|>[^<]{{0,40}})?<\|message\|>"
)
_CHANNEL_LITERALS: Final = ("<|start|>assistant", "<|channel|>", "<|constrain|>", "<|message|>")
_CHANNEL_ENDS: Final = ("<|end|>", "<|call|>", "<|return|>")

_XML: Final = (
    r"<\s{0,2}(?P<slash>/?)\s{0,2}(?P<name>(?i:"
    + "|".join(_NAMES)
    + r"))(?:\s[^<>]{0,100})?(?<!/)>"
)
_TAG: Final = re.compile(
    "|".join(
        [
            _XML,
            *(f"(?P<o{i}>{re.escape(pair[0])})" for i, pair in enumerate(_TOKENS)),
            *(f"(?P<c{i}>{re.escape(pair[1])})" for i, pair in enumerate(_TOKENS)),
            f"(?P<aside>{_CHANNEL.format('analysis|commentary')})",
            f"(?P<final>{_CHANNEL.format('final')})",
            f"(?P<end>{'|'.join(map(re.escape, _CHANNEL_ENDS))})",
        ]
    )
)
_LONGEST: Final = 250  # characters that a tag may have, at the most
_LITERALS: Final = (*(tag for pair in _TOKENS for tag in pair), *_CHANNEL_ENDS)
_BEGINNING: Final = re.compile(r"[<\[◁]")
_XML_BEGINS: Final = re.compile(r"<\s{0,2}/?\s{0,2}([a-z:]*)(\s[^<>]{0,100})?", re.IGNORECASE)
_CHANNEL_BEGINS: Final = re.compile(
    r"(?:<\|start\|>assistant)?(?:<\|channel\|>[^<]{0,90}(?:<\|constrain\|>[^<]{0,40})?)?"
)

_OPEN_QUOTE: Final = re.compile(r"(?:^|[\s(\[{=:,>])[rfb]{0,2}[\"'`“\u2018«]$", re.IGNORECASE)
_CLOSE_QUOTES: Final = "\"'`”\u2019»"


@attrs.frozen
class Tag:
    """A tag in a text.

    Attributes:
        start, end: where it stands.
        kind: the same for the tags that open a block and those that close it.
        opens: whether it opens a block.
        in_words: whether it is made of words, so that a text about such tags may have it too.
        weak: whether it means something only after a tag of its kind that opens a block.
    """

    start: int
    end: int
    kind: str
    opens: bool
    in_words: bool = False
    weak: bool = False


def may_have_tags(text: str) -> bool:
    """Say whether a text has a character that a tag begins with; most answers have none."""
    return _BEGINNING.search(text) is not None


def first_tag(text: str, start: int = 0) -> Tag | None:
    """Give the first tag in a text from ``start`` on; ``None`` if there is none."""
    for place in _BEGINNING.finditer(text, start):
        match = _TAG.match(text, place.start())
        if match is not None:
            return _tag(match)
    return None


def _tag(match: re.Match[str]) -> Tag:
    begin, end = match.span()
    if match["name"]:
        return Tag(begin, end, match["name"].lower(), not match["slash"], in_words=True)
    group = str(match.lastgroup)
    if group in ("aside", "final", "end"):
        return Tag(begin, end, _CHANNELS, group == "aside", weak=group == "end")
    return Tag(begin, end, _TOKENS[int(group[1:])][0], group[0] == "o")


def begins_tag(text: str, start: int = 0) -> int:
    """Give the place from which on a text may go on as a tag; its length if there is none."""
    for match in _BEGINNING.finditer(text, max(start, len(text) - _LONGEST)):
        if _may_go_on(text[match.start() :]):
            return match.start()
    return len(text)


def _may_go_on(text: str) -> bool:
    if any(literal.startswith(text) for literal in _LITERALS):
        return True
    named = _XML_BEGINS.fullmatch(text)
    if named is not None:
        name = named[1].lower()
        return name in _NAMES if named[2] else any(each.startswith(name) for each in _NAMES)
    channel = _CHANNEL_BEGINS.match(text)
    rest = text[channel.end() :] if channel else text
    return not rest or any(literal.startswith(rest) for literal in _CHANNEL_LITERALS)


def is_mentioned(tag: Tag, before: str, after: str | None) -> bool:
    """Whether a text only mentions a tag: it stands in quotes, or behind a quote that opens.

    Args:
        tag: the tag.
        before: some of the text before it.
        after: the character after it; empty at the end of the text, ``None`` if it may be a quote.
    """
    if _OPEN_QUOTE.search(before[-5:]) is None:
        return False
    return tag.opens or after is None or (after != "" and after in _CLOSE_QUOTES)
