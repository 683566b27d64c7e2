"""What a model is told that chooses who speaks next, and what its words mean."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.protocol.model_api import Output

__all__ = ["Described", "again_message", "read_choice", "selection_messages", "selection_output"]

_KEY: Final = "speaker"


@attrs.frozen
class Described:
    """A member, as the model that chooses is told of it.

    Attributes:
        name: the agent's name.
        description: what it is for, or can do.
    """

    name: str
    description: str = ""


# --- what it is told ---------------------------------------------------------------------------


def selection_messages(
    members: Sequence[Described],
    messages: Sequence[Mapping[str, Any]],
    candidates: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Give what a model is asked: one system message and one of the user, OpenAI-shaped.

    The conversation stands in one text, for two reasons: models that know two roles alone take
    it as it is, and whoever speaks cannot speak for others, as further lines are indented.

    Args:
        members: all of the group, in order.
        messages: what was said, in order: mappings with ``name`` and ``content``.
        candidates: those who may speak next.
    """
    cast = "\n".join(_line(member) for member in members)
    system = (
        "You lead a conversation of several, and choose who speaks next. You take no part in it "
        f"yourself. These take part:\n{cast}"
    )
    said = "\n".join(_said(message) for message in messages) or "(nothing yet)"
    asked = f"What was said so far:\n\n{said}\n\nWho speaks next? {_one_of(candidates)}"
    return [{"role": "system", "content": system}, {"role": "user", "content": asked}]


def again_message(text: str, candidates: tuple[str, ...]) -> dict[str, Any]:
    """Give what a model is told whose answer ``text`` named nobody, or several."""
    said = f"{text.strip()[:200]!r} does not say" if text.strip() else "You did not say"
    return {"role": "user", "content": f"{said} which one of them speaks. {_one_of(candidates)}"}


def selection_output(candidates: tuple[str, ...]) -> Output:
    """Give the form of the answer, for models that keep to one; `read_choice` reads it too."""
    schema = {
        "type": "object",
        "properties": {_KEY: {"type": "string", "enum": list(candidates)}},
        "required": [_KEY],
        "additionalProperties": False,
    }
    return Output("next_speaker", schema)


def _one_of(candidates: tuple[str, ...]) -> str:
    return f"Answer with one name only, and nothing else, of: {', '.join(candidates)}"


def _line(member: Described) -> str:
    what = " ".join(member.description.split())
    return f"- {member.name}: {what}" if what else f"- {member.name}"


def _said(message: Mapping[str, Any]) -> str:
    text = "\n".join(_texts(message)).strip() or "(nothing)"
    return f"{message.get('name') or 'someone'}: " + "\n    ".join(text.splitlines())


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    for part in [content] if isinstance(content, str) else content or ():
        text = part.get("text") if isinstance(part, Mapping) else part
        yield text if isinstance(text, str) else "(something that is no text)"
    calls = [call["function"]["name"] for call in message.get("tool_calls") or ()]
    if calls:
        yield f"(calls {', '.join(calls)})"


# --- what its words mean -----------------------------------------------------------------------


def read_choice(text: str, candidates: tuple[str, ...]) -> str | None:
    """Find the one candidate whom a text names, as people would.

    Upper and lower case, quotes, punctuation and markdown do not matter, nor whether the words
    of a name are written together, or with spaces, hyphens or underscores between them:
    ``code_writer`` is found in ``I choose **Code Writer**.`` A name counts where it stands as a
    word, or as words, of its own (anywhere, in scripts that put no space between words). Where a
    name contains another, as ``bob_2`` does ``bob``, the longer one is meant. An answer in the
    form of `selection_output` is read too, and what a model thinks aloud before ``</think>`` is
    left out.

    Returns:
        The candidate; ``None`` if none is named, or several are.
    """
    spoken = text.rpartition("</think>")[2].strip()
    form = re.search(rf'"{_KEY}"\s*:\s*("(?:[^"\\]|\\.)*")', spoken)
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
    # Names that differ in case alone, say: only as it is written is either of them meant.
    verbatim = [name for name in alike if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", spoken)]
    return verbatim[0] if len(verbatim) == 1 else None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


@attrs.frozen
class _Form:
    """A name as it is looked for.

    Attributes:
        names: the candidates who are written so; more than one if they differ too little.
        cuts: where, counted in characters, a word of it may end and the next begin.
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
    """Give who is named by runs of words; at each place the longest name counts, and it alone."""
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
    """Give how many words to go on by, and who is named by them."""
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
    """Give the words of a text, in a spelling in which case and width do not matter.

    What parts words stands among them as a word of its own, ``|``, unless it is of ``joints`` or
    may as well stand within a name.
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
    """Whether it may stand between the words of a name, whichever stands there in the name."""
    return char in "\t\\'\u2019" or unicodedata.category(char) in ("Cf", "Pc", "Pd", "Zs")


def _folded(text: str) -> str:
    # Upper case first: it alone knows that some letters without a pair have one.
    wide = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", wide.upper().casefold())


def _is_written(char: str) -> bool:
    """Whether it belongs to a word: letters, marks, numbers, and pictures, which names may have."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or category == "So"


# Scripts that put no space between words, or put endings right behind a name.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f"
    "\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def _stands_alone(char: str) -> bool:
    return unicodedata.category(char) == "So" or _UNSPACED.match(char) is not None
