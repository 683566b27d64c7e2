"""Which agent a text names: how a model's or a human's answer is matched with the names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from agentcore.groups.answer_forms import (
    keyed_values,
    labelled_values,
    visible,
    without_markup,
)
from agentcore.models.thinking_aloud import split_thinking

__all__ = ["names_several", "read_choice"]


_NUMBERED: Final = re.compile(r"\A\(?\d{1,3}[.)]\s+(\S.*)\Z")  # one line of a list


def read_choice(text: str, candidates: tuple[str, ...]) -> str | None:
    """Find the one candidate whom a text names.

    Case, quotes, punctuation, Markdown, colour codes and invisible characters are ignored. The
    words of a name may be written together, or with spaces, hyphens, dots or underscores between
    them: ``code_writer`` is found in ``I choose **Code Writer**.`` A name must stand as whole
    words, except in scripts that put no space between words. Of two names of which one contains
    the other, such as ``bob_2`` and ``bob``, the longer one is meant. What the model thought aloud
    is ignored.

    A text that mentions several is a choice if it has one of them where the name of the speaker
    belongs, and there alone: in JSON, by a key such as ``speaker``; in a line of its own with a
    label, as ``Next speaker: bob``; or as a paragraph that is nothing but a name.

    Args:
        text: the answer of a model or a human.
        candidates: the names to look for.

    Returns:
        The candidate; ``None`` if the text names none, or several.
    """
    if text.strip() in candidates:
        return text.strip()
    spoken = without_markup(split_thinking(text)[1]).strip()
    if spoken in candidates:
        return spoken
    reader = _Reader.of(candidates)
    keyed = keyed_values(spoken, sure=True)
    if keyed:
        return _only(map(reader.one, keyed))
    places = [
        labelled_values(spoken, sure=True),
        keyed_values(spoken, sure=False),
        labelled_values(spoken, sure=False),
        _NUMBERED.findall(spoken),
        [spoken],
        reader.bare_paragraphs(spoken),
    ]
    for values in places:
        name = _only(map(reader.one, values)) if values else None
        if name is not None:
            return name
    return None


def names_several(text: str, candidates: tuple[str, ...]) -> bool:
    """Return whether a text mentions two candidates or more; what was thought aloud is ignored."""
    reader = _Reader.of(candidates)
    spoken = without_markup(split_thinking(text)[1])
    return len(_mentioned(_words(spoken, reader.joints), reader.forms)) > 1


def _only(names: Iterable[str | None]) -> str | None:
    """Give the one name that all of these are; ``None`` if they are several, or one is none."""
    found = set(names)
    return found.pop() if len(found) == 1 else None


@attrs.frozen
class _Reader:
    """Finds candidates in texts.

    Attributes:
        candidates: their names.
        joints: the characters that stand in names.
        forms: the names by their normalised spelling.
    """

    candidates: tuple[str, ...]
    joints: str
    forms: Mapping[str, _Form]

    @classmethod
    def of(cls, candidates: tuple[str, ...]) -> _Reader:
        joints = "".join(candidates)
        return cls(candidates, joints, _forms(candidates, joints))

    def one(self, text: str) -> str | None:
        """Give the one candidate whom a text mentions."""
        if text.strip() in self.candidates:
            return text.strip()
        named = _mentioned(_words(text, self.joints), self.forms)
        if len(named) != 1:
            return None
        alike = named.pop()
        if len(alike) == 1:
            return alike[0]
        # These names differ in case or separators only: the text must have one exactly as written.
        verbatim = [name for name in alike if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        return verbatim[0] if len(verbatim) == 1 else None

    def bare_paragraphs(self, text: str) -> list[str]:
        """Give the paragraphs that have no word beside a name, if another is more than a name."""
        paragraphs = [each for each in re.split(r"\n\s*\n", text) if each.strip()]
        others = [self._other_words(each) for each in paragraphs]
        bare = [each for each, count in zip(paragraphs, others, strict=True) if not count]
        return bare if max(others, default=0) > 2 else []

    def _other_words(self, text: str) -> int:
        """Count the words of a paragraph that belong to no name."""
        return sum(word != "|" for word in _unnamed(_words(text, self.joints), self.forms))


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
        if digit or (before.islower() and char.isupper()) or not visible(before):
            parts.append("")
        parts[-1] += char
    return parts


def _mentioned(words: list[str], forms: Mapping[str, _Form]) -> set[tuple[str, ...]]:
    """Give the names in a list of words; at each position only the longest match counts."""
    return {names for _, names in _matches(words, forms) if names}


def _unnamed(words: list[str], forms: Mapping[str, _Form]) -> list[str]:
    """Give the words that belong to no name."""
    return [words[place] for place, names in _matches(words, forms) if not names]


def _matches(words: list[str], forms: Mapping[str, _Form]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Go through words, and give for each place the names that begin there, mostly none."""
    longest = max(map(len, forms), default=0)
    place = 0
    while place < len(words):
        count, names = _longest_at(words, place, forms, longest)
        yield place, names
        place += count


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
    folded = _folded(text)
    for place, char in enumerate(folded):
        if not _is_written(char):
            joins = _joins(char) or char in joints or _is_inner_dot(folded, place)
            words += [""] if joins else ["|", ""]
        elif _stands_alone(char):
            words += [char, ""]
        else:
            words[-1] += char
    return [word for word in words if word]


def _joins(char: str) -> bool:
    """Whether a character may stand between the words of a name, whatever the name has there."""
    return char in "\t\\'\u2019" or unicodedata.category(char) in ("Cf", "Pc", "Pd", "Zs")


def _is_inner_dot(text: str, place: int) -> bool:
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return text[place] == "." and len(around) == 2 and all(map(_is_written, around))


def _folded(text: str) -> str:
    # upper() comes first, because casefold() alone leaves some letters apart that it makes equal.
    wide = unicodedata.normalize("NFKC", visible(text))
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
