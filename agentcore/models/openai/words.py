"""What a server said of a failure, in its own words, whatever form it gave them.

OpenAI has ``{"error": {"message": ..., "code": ...}}``. Others send lists of that, bare texts,
``detail``, ``errors``, JSON text inside a message, or a page of HTML from a proxy.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

__all__ = ["Words", "is_html", "words_of", "words_of_text"]

_TEXTS: Final = (
    "error", "message", "error_message", "error_msg", "errorMessage", "detail", "details", "errors",
    "error_description", "msg", "reason", "title", "description",
)  # fmt: skip
_CODES: Final = ("code", "type", "status", "error_code", "error_type", "param")
_SAYS_NOTHING: Final = re.compile(
    r"\s*(provider returned error|bad request|error|invalid[ _]request([ _]error)?|unknown error|"
    r"upstream error|internal server error)?[.!]?\s*",
    re.IGNORECASE,
)
_HTML: Final = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_TITLE: Final = re.compile(r"<(title|h1)[^>]*>(.*?)</\1", re.I | re.S)
_DEEPEST: Final = 8


@attrs.frozen
class Words:
    """What a server said.

    Attributes:
        text: its words; empty if it said nothing.
        codes: names and numbers of the kind of failure, as ``context_length_exceeded``.
        body: the whole body as a value, for what else may stand in it.
    """

    text: str = ""
    codes: frozenset[str] = frozenset()
    body: Any = None

    @property
    def status(self) -> int | None:
        """The HTTP status that stands among the codes, where a server fails with status 200."""
        found = (int(code) for code in self.codes if code.isdecimal() and len(code) == 3)
        return next((number for number in sorted(found) if 400 <= number < 600), None)


def is_html(text: str) -> bool:
    """Return whether a text is a page of HTML."""
    return _HTML.match(text) is not None


def words_of_text(text: str) -> Words:
    """Return what is said in a body, which may be JSON, HTML or plain text."""
    return words_of(_read(text))


def words_of(body: Any) -> Words:
    """Return what is said in a body that was read already."""
    said = [text for text in dict.fromkeys(_texts(body, 0)) if text]
    telling = [text for text in said if not _SAYS_NOTHING.fullmatch(text)]
    text = "; ".join((telling or said)[:4])
    if not text and body not in (None, "", {}, []):
        text = json.dumps(body, default=str, ensure_ascii=False)
    return Words(text, frozenset(_codes(body, 0)), body)


def _read(text: str) -> Any:
    """Return the value of a text that is JSON; else the text, and of HTML what it is titled."""
    text = text.strip()
    if text[:1] in ("{", "[", '"'):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    if is_html(text):
        title = _TITLE.search(text)
        named = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", title[2])).split()) if title else ""
        return f"an HTML page, titled {named!r}" if named else "an HTML page without a title"
    return text


def _texts(body: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(body, str):
        inner = _read(body)
        if isinstance(inner, str):
            yield inner
        else:
            yield from _texts(inner, depth + 1)
    elif isinstance(body, list):
        for each in body:
            yield from _texts(each, depth + 1)
    elif isinstance(body, Mapping):
        yield from _of_mapping(body, depth)


def _of_mapping(body: Mapping[str, Any], depth: int) -> Iterator[str]:
    place = body.get("loc")
    for key in _TEXTS:
        if body.get(key) in (None, "", [], {}):
            continue
        texts = _texts(body[key], depth + 1)
        if isinstance(place, list) and isinstance(body[key], str):  # as FastAPI has it
            yield f"{'.'.join(map(str, place))}: {body[key]}"
        else:
            yield from texts
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping):  # a gateway's: what the server behind it said
        yield from _texts(metadata.get("raw"), depth + 1)


def _codes(body: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(body, str):
        inner = _read(body)
        if not isinstance(inner, str):
            yield from _codes(inner, depth + 1)
    elif isinstance(body, list):
        for each in body:
            yield from _codes(each, depth + 1)
    elif isinstance(body, Mapping):
        for key, value in body.items():
            if key in _CODES and isinstance(value, str | int) and not isinstance(value, bool):
                yield str(value)
            elif not isinstance(value, int | float):
                yield from _codes(value, depth + 1)
