"""An answer of a form that is one bare word or number, where JSON was asked for.

``approve`` for ``"approve"``, ``True`` or ``Yes`` for ``true``, ``**42**`` for ``42``: models whose
output is not constrained often answer so. A word amid prose is no answer; what is said of it there
may be that it is not meant.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from agentcore.base.json_text import no_number
from agentcore.base.schema_parts import pointed_at

__all__ = ["bare_values"]

_FENCE: Final = re.compile(r"```\w*\s*\n(.*?)\n?```", re.DOTALL)
_AROUND: Final = " \t\r\n*`'\"\u201c\u201d.!"
_LONGEST: Final = 200  # characters of an answer that may be one word
_WORDS: Final = {"true": True, "yes": True, "false": False, "no": False, "none": None, "null": None}


def bare_values(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a text may be as a bare value: one of the values that a schema names, or a scalar.

    Args:
        text: the answer.
        schema: what the value has to fit; texts other than those that it names are not given.
    """
    if len(text) > _LONGEST:
        return
    fenced = _FENCE.fullmatch(text.strip())
    word = (fenced[1] if fenced else text).strip(_AROUND)
    named = [each for each in _named(schema, schema, 0) if isinstance(each, str)]
    if word in named:
        yield word
    else:
        alike = {each for each in named if each.casefold() == word.casefold()}
        if len(alike) == 1:
            yield alike.pop()
    if word.lower() in _WORDS:
        yield _WORDS[word.lower()]
    try:
        yield json.loads(word, parse_constant=no_number)
    except (ValueError, RecursionError):
        return


def _named(schema: Any, root: Mapping[str, Any], depth: int) -> Iterator[Any]:
    """Yield the values that a schema names, also in its alternatives."""
    if not isinstance(schema, Mapping) or depth > 8:
        return
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]
    for key in ("anyOf", "oneOf"):
        for each in schema.get(key, ()):
            yield from _named(each, root, depth + 1)
    if "$ref" in schema:
        with contextlib.suppress(LookupError):
            yield from _named(pointed_at(root, schema["$ref"]), root, depth + 1)
