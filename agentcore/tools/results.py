"""The text of a tool's result, for the model.

A message with the role ``tool`` is text, so an image or a file is told by a short word, with its
kind and size. Whatever a tool returns has a text: one that fails in another way is told as such.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import json
import numbers
import pathlib
import threading
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Set, ValuesView
from typing import Any, Final

import attrs

from agentcore.base.error_words import text_of

__all__ = ["result_text"]

_DONE: Final = "Done; there is no result."
_UNKNOWN: Final = 4000  # characters of the text of an object of an unknown class
_READABLE: Final = 2000  # bytes that are shown as the text that they are
_DEPTH: Final = 200
_BITS: Final = 10_000  # of an integer: Python refuses to write much longer ones
_OF_ITSELF: Final = "(the value that it is in)"
# How files begin, of kinds that tools return.
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"BM", "BMP image"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"ID3", "MP3 audio"),
    (b"OggS", "Ogg audio"),
    (b"fLaC", "FLAC audio"),
)
_RIFF: Final = {b"WEBP": "WebP image", b"WAVE": "WAV audio", b"AVI ": "AVI video"}


def result_text(value: Any) -> str:
    """Return a tool's result as text for the model: a str unchanged, data as JSON.

    Bytes are told by their kind and size, unless they are a short text. The text of an object of an
    unknown class is cut if it is long, and it is said; data is never cut. A generator is not run.
    """
    if value is None:
        return _DONE
    plain = _Plain().of(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _text(value: str) -> str:
    """Return a str as one that can be written as UTF-8: surrogates joined, or else replaced."""
    text = "".join(value)  # of a subclass, what it holds
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Plain:
    """The conversion of one value to the types that JSON has."""

    def __init__(self) -> None:
        self._within: list[int] = []  # the values around the one that is converted, by identity

    def of(self, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if id(value) in self._within:
            return _OF_ITSELF
        if len(self._within) > _DEPTH:
            return "(nested too deeply)"
        self._within.append(id(value))
        try:
            return self._converted(value)
        except BaseException as error:  # `__str__` of a user's class may raise anything
            ctrl_c = isinstance(error, KeyboardInterrupt)
            if ctrl_c and threading.current_thread() is threading.main_thread():
                raise
            return _failed(value, error)
        finally:
            self._within.pop()

    def _converted(self, value: Any) -> Any:
        if isinstance(value, enum.Enum):
            return self.of(value.value)
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, numbers.Number):
            return _number(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return _of_bytes(value)
        if isinstance(value, Mapping):
            return {self._key(name): self.of(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple | Set | deque | ValuesView):
            return [self.of(inner) for inner in value]
        if isinstance(value, datetime.date | datetime.time):
            return value.isoformat()
        if isinstance(value, uuid.UUID | pathlib.PurePath | datetime.timedelta):
            return str(value)
        fields = _fields(value)
        if fields is not None:
            return {name: self.of(inner) for name, inner in fields.items()}
        return _of_unknown(value)

    def _key(self, name: Any) -> str:
        plain = self.of(name)
        return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _number(value: Any) -> int | float | str:
    """Return a number as JSON has it, also one of numpy; a Decimal and others as a text."""
    if isinstance(value, numbers.Integral):
        number = int(value)
        bits = number.bit_length()
        return number if bits <= _BITS else f"(an integer of {bits:,} bits)"
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        return float(value)
    return str(value)


def _fields(value: Any) -> dict[str, Any] | None:
    """Return the fields of an attrs, dataclass, pydantic or msgspec value; ``None`` for others."""
    if isinstance(value, type):
        return None
    names: Iterable[str]
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
    elif dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    elif hasattr(type(value), "model_dump"):
        try:
            return dict(value.model_dump(mode="json"))
        except Exception:  # a field that pydantic cannot write, as bytes that are no UTF-8
            known = getattr(type(value), "model_fields", {})
            names = [name for name, field in known.items() if not field.exclude]
    else:
        names = list(getattr(type(value), "__struct_fields__", ()))
    if not names and not attrs.has(type(value)) and not dataclasses.is_dataclass(value):
        return None
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _of_bytes(value: bytes | bytearray | memoryview) -> str:
    data = bytes(value)
    if len(data) <= _READABLE and not data.startswith(b"%PDF-"):
        text = _readable(data)
        if text:
            return text
    kind = next((name for start, name in _KINDS if data.startswith(start)), "")
    if data.startswith(b"RIFF"):
        kind = _RIFF.get(data[8:12], "")
    if not kind and data[4:8] == b"ftyp":
        kind = "MP4 video"
    return f"({kind}{', ' if kind else ''}{len(data):,} byte{'' if len(data) == 1 else 's'})"


def _readable(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if all(each.isprintable() or each in "\n\r\t" for each in text) else ""


def _of_unknown(value: Any) -> str:
    lazy = isinstance(value, Iterator | AsyncIterator) or inspect.isawaitable(value)
    if lazy and getattr(type(value), "__str__", None) is object.__str__:
        kind = type(value).__name__
        return f"({_article(kind)} {kind}, which was not read: return what it gives, as a list)"
    text = _text(str(value))
    more = len(text) - _UNKNOWN
    return f"{text[:_UNKNOWN]}... ({more:,} characters more)" if more > 0 else text


def _failed(value: Any, error: BaseException) -> str:
    name, kind = type(value).__name__, type(error).__name__
    words = _text(text_of(error))[:_UNKNOWN]
    said = f"{kind}: {words}" if words else kind
    return f"({_article(name)} {name}, whose text cannot be shown: {said})"


def _article(name: str) -> str:
    return "an" if name[:1] in "AEIOaeio" else "a"
