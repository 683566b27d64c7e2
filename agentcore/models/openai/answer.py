"""The body of an answer: one JSON value, or the events of a stream, whichever was asked for.

Some servers stream though they were not asked to, and others answer whole. Both are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs

from agentcore.models.openai.assembly import Assembly
from agentcore.models.openai.events import DONE, Events, looks_like_events
from agentcore.models.openai.words import is_html, words_of_text
from agentcore.protocol.model_api import Completion

__all__ = ["AnswerBody", "completion_from"]

_SNIFFED = "\ufeff \t\r\n"


@attrs.define
class AnswerBody:
    """The body of one answer that is being read.

    Attributes:
        assembly: what it said so far.
        is_done: whether the answer is whole, as its last event says.
    """

    assembly: Assembly = attrs.field(factory=Assembly)
    is_done: bool = False
    _events: Events = attrs.field(factory=Events)
    _kept: bytearray = attrs.field(factory=bytearray)
    _streams: bool | None = None

    def add(self, piece: bytes) -> Iterator[str]:
        """Take a piece of the body, and yield the texts that are new in it.

        Raises:
            ServerFailure: it says that the server failed.
            ValueError: it is no part of an answer.
        """
        if not self._streams:
            self._kept += piece
            if self._streams is False or not self._tell():
                return
            piece = bytes(self._kept)
        for data in self._events.add(piece):
            yield from self._take(data)

    def _tell(self) -> bool:
        """Find out whether the body is one of events, as far as it has come."""
        begun = bytes(self._kept).decode("utf-8", "ignore").lstrip(_SNIFFED)
        if begun.startswith(("{", "[", "<")) or len(begun) >= len("data:"):
            self._streams = looks_like_events(begun)
        return bool(self._streams)

    def end(self) -> Iterator[str]:
        """Take the end of the body, and yield the texts that are new.

        Raises:
            ServerFailure: it says that the server failed.
            ValueError: it is no answer.
        """
        if self._streams:
            for data in self._events.end():
                if _is_cut(data):
                    return
                yield from self._take(data)
        elif not self.is_done:
            self._read_whole(bytes(self._kept).decode("utf-8-sig", "replace"))
            if self.assembly.text:
                yield self.assembly.text

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: a stream ends with a reason or with ``[DONE]``."""
        return self.is_done or bool(self.assembly.finish_reason) or not self._streams

    def _take(self, data: str) -> Iterator[str]:
        if self.is_done or not data.strip():
            return
        if data.strip().startswith(DONE):
            self.is_done = True
            return
        text = self.assembly.add(json.loads(data))
        if text:
            yield text

    def _read_whole(self, text: str) -> None:
        if not text.strip():
            raise ValueError("an empty body")
        if is_html(text):
            raise ValueError(
                f"{words_of_text(text).text}: is base_url right? It mostly ends with /v1"
            )
        for each in _values(text):
            if isinstance(each, dict) and _is_piece(each):
                self.assembly.add(each)
            else:
                self.assembly.add_whole(each)


def completion_from(body: bytes) -> Completion:
    """Read the whole body of an answer.

    Raises:
        ServerFailure: it says that the server failed.
        ValueError: it does not have the format of an answer.
    """
    answer = AnswerBody()
    for _ in (*answer.add(body), *answer.end()):
        pass
    if not answer.is_whole:
        raise ValueError("a stream that was broken off before its end")
    return answer.assembly.completion()


def _values(text: str) -> list[Any]:
    """Return the JSON value of a text; of several in lines of their own, all."""
    try:
        return [json.loads(text)]
    except json.JSONDecodeError as error:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise error from None


def _is_piece(value: dict[str, Any]) -> bool:
    choices = value.get("choices")
    return isinstance(choices, list) and any(
        isinstance(each, dict) and "delta" in each and "message" not in each for each in choices
    )


def _is_cut(data: str) -> bool:
    """Return whether the last event of a stream is but a part of one."""
    if data.strip().startswith(DONE):
        return False
    try:
        json.loads(data)
    except ValueError:
        return True
    return False
