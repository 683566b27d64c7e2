"""What a session's process says, read with care: code may write to that pipe too."""

from __future__ import annotations

import json
import os
import re
import select
import time
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import attrs

__all__ = ["Answer", "AnswerReader"]

_LONGEST: Final = 64 * 1024 * 1024  # bytes of an answer
_SAID: Final = 2_000  # characters that are kept of what is no answer
_FIGURE: Final = re.compile(r"figure-[1-9][0-9]{0,8}\.png")
_TOLD: Final = ("kind", "type", "text", "traceback")


@attrs.frozen
class Answer:
    """What the program said of a run; or, with ``token`` empty, that it is ready for one.

    Attributes:
        token: of the request.
        value: the `repr` of the last expression.
        error: what stopped the code: its kind, type, text and traceback.
        figures: the names of files.
        variables: plain values by name.
    """

    token: str
    value: str | None = None
    error: Mapping[str, str] | None = None
    figures: tuple[str, ...] = ()
    variables: Mapping[str, Any] = attrs.field(factory=dict)


class AnswerReader:
    """Reads answers from a pipe. Whatever else comes is passed over.

    Args:
        pipe: the pipe.
    """

    def __init__(self, pipe: BinaryIO) -> None:
        self._descriptor = pipe.fileno()
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer that have no end of line
        self.ended = False  # whether nothing more will come
        self.said = ""  # the beginning of what came and was no answer

    def read(self, token: str, until: float) -> Answer | None:
        """Return the answer that has a token; ``None`` if none came, or if the pipe has ended.

        Args:
            token: of the request; empty for the message that the program is ready.
            until: the time, of ``time.monotonic()``, until which to wait.
        """
        while True:
            line = self._line(until)
            if line is None:
                return None
            answer = _answer(line)
            if answer is not None and answer.token == token:
                return answer
            self.said += line[:_SAID].decode("utf-8", "replace")[: _SAID - len(self.said)]

    def _line(self, until: float) -> bytes | None:
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            if self.ended or not self._fill(until):
                return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    def _fill(self, until: float) -> bool:
        left = max(0.0, until - time.monotonic())
        if not self._poll.poll(left * 1000):
            return False
        try:
            piece = os.read(self._descriptor, 1 << 20)
        except OSError:
            piece = b""
        self._buffer += piece
        if not piece or len(self._buffer) > _LONGEST:
            self.ended = True
            self.said += bytes(self._buffer[:_SAID]).decode("utf-8", "replace")
            self._buffer.clear()
        return not self.ended


def _answer(line: bytes) -> Answer | None:
    """Return the answer that a line is; ``None`` if it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError, MemoryError):
        return None
    if found == {"ready": True}:
        return Answer("")
    if not isinstance(found, dict) or not isinstance(found.get("answer"), dict):
        return None
    token, told = found.get("token"), found["answer"]
    if not isinstance(token, str) or not token:
        return None
    value, error = told.get("value"), told.get("error")
    figures, variables = told.get("figures"), told.get("variables")
    return Answer(
        token,
        value if isinstance(value, str) else None,
        {key: str(error.get(key, "")) for key in _TOLD} if isinstance(error, dict) else None,
        # A name is a file's in the folder itself, and not one of the host's.
        tuple(
            name
            for name in (figures if isinstance(figures, list) else ())
            if isinstance(name, str) and _FIGURE.fullmatch(name)
        ),
        variables if isinstance(variables, dict) else {},
    )
