"""Which agent a text names: how a model's or a human's answer is matched with the names."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["ANSWER_KEY", "read_choice"]

ANSWER_KEY: Final = "speaker"  # where an answer in JSON has the name


def read_choice(text: str, candidates: tuple[str, ...]) -> str | None:
    """Find the one candidate whom a text names.

    Case, quotes, punctuation and Markdown are ignored. The words of a name may be written
    together, or with spaces, hyphens or underscores between them: ``code_writer`` is found in
    ``I choose **Code Writer**.`` A name must stand as whole words, except in scripts that put no
    space between words. Of two names of which one contains the other, such as ``bob_2`` and
    ``bob``, the longer one is meant. A JSON object with the key ``speaker`` is read by that key.
    Everything before ``</think>`` is the model's reasoning and is ignored.

    Args:
        text: the answer of a model or a human.
        candidates: the names to look for.

    Returns:
        The candidate; ``None`` if the text names none, or several.
    """
    spoken = text.rpartition("</think>")[2].strip()
    form = re.search(rf'"{ANSWER_KEY}"\s*:\s*("(?:[^"\\]|\\.)*")', spoken)
    if form is not None:
        spoken = _unquoted(form[1])
    if spoken in candidates:
        return spoken
    joints = "".join(candidates)
    named = _mentioned(_words(spoken, joints), _forms(candidates, joints))
    if len(named) != 1:
        return None
    alike = named.pop()
    if len(alike) == 1:
        return alike[0]
    # These names differ in case or separators only: the text must have one exactly as written.
    verbatim = [name for name in alike if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", spoken)]
    return verbatim[0] if len(verbatim) == 1 else None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


@attrs.frozen
class _Form:
    """A normalised spelling: words of a name, case-folded and joined.

    Attributes:
        names: the candidates that have this spelling; several if they differ only in case or
            separators.
        cuts: the offsets, in characters, at which a word of it may end and the next begin.
    """

    names: tuple[str, ...]
    cuts: frozenset[int]


def _forms(candidates: tuple[str, ...], joints: str) -> dict[str, _Form]:
    forms: dict[str, _Form] = {}
    for name in candidates:
        words = [word for part in _camel(name) for word in _words(part, joints)]
        form = "".join(words)
        cuts = {len("".join(words[:count])) for count in range(1, len(words) + 1)}
        known = forms.get(form, _Form((), frozenset()))
        if form:
            forms[form] = _Form((*known.names, name), known.cuts | cuts)
    return forms


def _camel(name: str) -> list[str]:
    """Cut ``CodeWriter2`` into ``Code``, ``Writer`` and ``2``."""
    parts = [""]
    for before, char in zip(" " + name, name, strict=False):
        digit = before.isdigit() != char.isdigit() and before.isalnum()
        if digit or (before.islower() and char.isupper()):
            parts.append("")
        parts[-1] += char
    return parts


def _mentioned(words: list[str], forms: Mapping[str, _Form]) -> set[tuple[str, ...]]:
    """Give the names in a list of words; at each position only the longest match counts."""
    longest = max(map(len, forms), default=0)
    found = set()
    place = 0
    while place < len(words):
        count, names = _longest_at(words, place, forms, longest)
        if names:
            found.add(names)
        place += count
    return found


def _longest_at(
    words: list[str], place: int, forms: Mapping[str, _Form], longest: int
) -> tuple[int, tuple[str, ...]]:
    """Give the longest match at a position: how many words it takes, and the names it means."""
    found: tuple[int, tuple[str, ...]] = (1, ())
    run, ends = "", set[int]()
    for count, word in enumerate(words[place : place + longest], 1):
        run += word
        ends.add(len(run))
        if len(run) > longest:
            break
        form = forms.get(run)
        if form is not None and ends <= form.cuts:
            found = (count, form.names)
    return found


def _words(text: str, joints: str) -> list[str]:
    """Split a text into words, normalised so that case and character width do not matter.

    Punctuation becomes a word of its own, ``|``, so that no name is found across it. Characters
    that may stand within a name (``joints``, hyphens, underscores, spaces) only separate words.
    """
    words = [""]
    for char in _folded(text):
        if not _is_written(char):
            words += [""] if _joins(char) or char in joints else ["|", ""]
        elif _stands_alone(char):
            words += [char, ""]
        else:
            words[-1] += char
    return [word for word in words if word]


def _joins(char: str) -> bool:
    """Whether a character may stand between the words of a name, whatever the name has there."""
    return char in "\t\\'\u2019" or unicodedata.category(char) in ("Cf", "Pc", "Pd", "Zs")


def _folded(text: str) -> str:
    # upper() comes first, because casefold() alone leaves some letters apart that it makes equal.
    wide = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", wide.upper().casefold())


def _is_written(char: str) -> bool:
    """Whether a character belongs to a word: a letter, mark, number or emoji."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or category == "So"


# Scripts that put no space between words, or put endings right behind a name.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f"
    "\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def _stands_alone(char: str) -> bool:
    return unicodedata.category(char) == "So" or _UNSPACED.match(char) is not None
