"""The object that a model wrote as the arguments of a call, in JSON or nearly so."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from agentcore.base.json_text import json_value, json_values, no_number

__all__ = ["json_object", "read_nearly", "readings"]

_ENCODED: Final = 3  # how often an object may have been encoded as a text
_NOTHING: Final = frozenset({"", "none", "null", "undefined"})
_OPENING: Final = re.compile(r'[{\["“]')
# Before a value, it is the beginning of something that the value is only a part of.
_BEGUN: Final = re.compile(r"""[}\]]|['"]\s*:\s*$|,\s*$""")
_ESCAPED: Final = re.compile(r'[{\[]\s*\\"')
_CLOSED: Final = re.compile(r"\A[\s;`}\]]*")  # after it: brackets that close nothing, a fence's end
_QUOTES: Final = ("'", '"', "”")
# What is not JSON, but can be written as JSON without a guess. Anything else stays as it is.
_TOKEN: Final = re.compile(
    r"""
      "(?P<double>(?:[^"\\]|\\.)*)"
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | “(?P<curly>[^“”]*)”
    | (?P<word>[A-Za-z_$][\w$]*) (?P<colon>\s*:)?
    | ,(?P<close>\s*[}\]])
    """,
    re.DOTALL | re.VERBOSE,
)
_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
_IN_STRING: Final = re.compile(
    r'"|\\(?:U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)', re.DOTALL
)
_DECODER: Final = json.JSONDecoder(strict=False, parse_constant=no_number)


def json_object(text: str) -> dict[str, Any]:
    """Return the object that a model wrote as the arguments of a call.

    It is read also if it was encoded twice, stands in a code fence, in a list of its own, before a
    tail or after a word, if it has raw line breaks within strings, or is written as Python or
    JavaScript has it. No text, ``null`` and an empty list are no arguments. What was cut off is
    never completed, and of two different objects none is chosen.

    Raises:
        ValueError: there is no such object; the text is meant for the model.
    """
    for value in readings(text):
        if isinstance(value, dict):
            return value
    json_value(text)  # raises, and says where the text goes wrong, if it is no JSON at all
    raise ValueError("the arguments must be an object")


def readings(text: str) -> Iterator[Any]:
    """Yield the values that the text of a call's arguments may have been meant as, the best first.

    The value of a text that is JSON comes first, except that ``null`` is first of all ``{}``.
    """
    if text.strip().lower() in _NOTHING:
        yield {}
    try:
        value = read_nearly(text)
    except ValueError:
        return
    yield value
    for _ in range(_ENCODED):
        if isinstance(value, list) and len(value) < 2:
            value = value[0] if value else {}
        elif isinstance(value, str):
            try:
                value = read_nearly(value) if value.strip().lower() not in _NOTHING else {}
            except ValueError:
                return
        else:
            return
        yield value


def read_nearly(text: str) -> Any:
    """Return the value of a text that is JSON, or nearly so.

    Raises:
        ValueError: it is not; the error's text is meant for the model.
    """
    try:
        return json_value(text)
    except ValueError as error:
        reason = error
    opening = _OPENING.search(text)
    lead = text[: opening.start()] if opening else ""
    body = text if _BEGUN.search(lead) else text[len(lead) :]
    if _ESCAPED.match(body):  # encoded twice, but for the quotation marks around it
        with contextlib.suppress(ValueError):
            body = json.loads(f'"{body}"', strict=False)
    for written in (body, _TOKEN.sub(_token_as_json, body)):
        try:
            return _first_value(written)
        except (ValueError, RecursionError):
            continue
    raise reason


def _first_value(text: str) -> Any:
    """Read the value at the beginning; it is refused if something else may be meant as well."""
    value, end = _DECODER.raw_decode(text)
    if not isinstance(value, dict | list | str):
        raise ValueError("a number amid other things is no value of its own")
    tail = text[end:]
    tail = _CLOSED.sub("", tail, count=1).rstrip().removesuffix(",")
    if tail in _QUOTES:  # of the text as a whole
        tail = ""
    if tail.startswith((",", ":", "'", "“")):
        raise ValueError("the value goes on")
    try:
        others = list(json_values(tail))
    except ValueError:
        if tail.startswith(("{", "[", '"')):
            raise  # a second value, which was cut off, or more of an object
        others = []
    if any(other != value for other in others):
        raise ValueError("there are two different values")
    return value


def _token_as_json(token: re.Match[str]) -> str:
    for kind in ("double", "single", "curly"):
        if token[kind] is not None:
            return f'"{_IN_STRING.sub(_escape_as_json, token[kind])}"'
    if token["word"] is not None:
        if token["colon"] is not None:
            return f'"{token["word"]}"{token["colon"]}'
        return _WORDS.get(token["word"], token["word"])
    return token["close"]


def _escape_as_json(found: re.Match[str]) -> str:
    escape = found[0]
    if escape == '"':
        return '\\"'
    if escape == "\\'":
        return "'"
    if escape[1] in "xU" and len(escape) > 2:  # of Python
        code = int(escape[2:], 16)
        return json.dumps(chr(code))[1:-1] if code <= sys.maxunicode else f"\\{escape}"
    # JSON knows no other escapes; as a path or a pattern has them, the backslash is meant.
    known = escape[1] in '"\\/bfnrt' or (escape[1] == "u" and len(escape) == 6)
    return escape if known else f"\\{escape}"
