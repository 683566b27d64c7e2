"""Server-sent events, read from bytes that may be cut anywhere.

Servers are read leniently: lines may end with CR, LF or both, an event may lack its empty line, and
a line may be bare JSON without ``data:`` before it.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, Final

import attrs

__all__ = ["DONE", "Events", "looks_like_events"]

DONE: Final = "[DONE]"
_FIELDS: Final = ("data:", "event:", "id:", "retry:", ":")


def looks_like_events(text: str) -> bool:
    """Return whether a body is a stream of events rather than one JSON value."""
    return text.lstrip("\ufeff \t\r\n").startswith(_FIELDS)


@attrs.define
class Events:
    """The data of the events of one stream.

    A character or a line may be cut by the end of a piece: the rest of it is kept for the next.
    """

    _decoder: Any = attrs.field(
        factory=lambda: codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    )
    _line: str = ""
    _after_return: bool = False
    _data: list[str] = attrs.field(factory=list)

    def add(self, piece: bytes) -> Iterator[str]:
        """Take a piece of the stream, and yield the data of the events that are whole now."""
        yield from self._lines(self._decoder.decode(piece))

    def end(self) -> Iterator[str]:
        """Yield what is left when the stream has ended, also without a last line break."""
        yield from self._lines(self._decoder.decode(b"", True) + "\n\n")

    def _lines(self, text: str) -> Iterator[str]:
        if self._after_return and text:
            self._after_return = False
            text = text.removeprefix("\n")
        self._after_return = self._after_return or text.endswith("\r")
        # str.splitlines would also break at characters that may stand within JSON text.
        *whole, self._line = (self._line + text.replace("\r\n", "\n").replace("\r", "\n")).split(
            "\n"
        )
        for line in whole:
            yield from self._take(line)

    def _take(self, line: str) -> Iterator[str]:
        if not line:
            data, self._data = self._data, []
            yield from _events_of(data)
        elif line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        elif line.startswith(("{", "[")):
            self._data.append(line)


def _events_of(lines: list[str]) -> Iterator[str]:
    """Yield the data of one event; of several, if the empty lines between them are missing."""
    if not lines:
        return
    if len(lines) > 1 and not _is_json("\n".join(lines)):
        yield from lines
    else:
        yield "\n".join(lines)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
