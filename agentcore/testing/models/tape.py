"""The file of a `RecordingModel`."""

from __future__ import annotations

import difflib
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from agentcore.base.errors import ConfigError, ContextLengthError, ModelError, OutputError
from agentcore.protocol.model_api import Completion, Output, Sampling, ToolCall, ToolSpec, Usage

__all__ = ["KEPT_ERRORS", "Tape", "Taped", "request_of"]

_MOST_LINES = 30
HALVES = "surrogatepass"  # a model may answer with half of a character
# These errors would happen again in the next run. Others, such as a server that is down, may not.
KEPT_ERRORS = (ContextLengthError, OutputError)
_KEPT: dict[str, type[ModelError]] = {kind.__name__: kind for kind in KEPT_ERRORS}


@attrs.frozen
class Taped:
    """A recorded answer, or a recorded error.

    Attributes:
        answer: the completion; ``None`` if there was an error.
        chunks: the pieces, if the answer was streamed.
        error: the name of an error's class, and its text.
    """

    answer: Completion | None
    chunks: tuple[str, ...] | None = None
    error: tuple[str, str] | None = None

    @classmethod
    def of_error(cls, error: ModelError, chunks: tuple[str, ...] | None = None) -> Taped:
        """Make a record of an error."""
        return cls(None, chunks, (type(error).__name__, str(error)))

    def completion(self) -> Completion:
        """Give the completion.

        Raises:
            ModelError: an error was recorded.
        """
        if self.answer is not None:
            return self.answer
        kind, text = self.error or ("ModelError", "the recording has no answer")
        raised: ModelError = _KEPT.get(kind, ModelError)(text)
        raise raised

    def pieces(self) -> tuple[str, ...]:
        """Give the pieces; one piece with all of the text, if the answer was not streamed."""
        if self.chunks is not None:
            return self.chunks
        return (self.answer.text,) if self.answer is not None and self.answer.text else ()

    def as_dict(self) -> dict[str, Any]:
        """Give the record as a mapping for JSON."""
        record: dict[str, Any] = {}
        if self.chunks is not None:
            record["chunks"] = list(self.chunks)
        if self.error is not None:
            return record | {"error": {"class": self.error[0], "text": self.error[1]}}
        return {"answer": attrs.asdict(self.answer)} | record  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Taped:
        """Make a record of such a mapping."""
        chunks = None if record.get("chunks") is None else tuple(record["chunks"])
        if "error" in record:
            return cls(None, chunks, (record["error"]["class"], record["error"]["text"]))
        told = dict(record["answer"])
        calls = [ToolCall(**call) for call in told.pop("tool_calls")]
        answer = Completion(usage=Usage(**told.pop("usage")), tool_calls=calls, **told)
        return cls(answer, chunks)


def request_of(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[ToolSpec],
    output: Output | None,
    sampling: Sampling,
) -> dict[str, Any]:
    """Give a request as a mapping for JSON, without empty fields."""
    request: dict[str, Any] = {"messages": [dict(message) for message in messages]}
    if tools:
        request["tools"] = [attrs.asdict(tool) for tool in tools]
    if output is not None:
        request["output"] = attrs.asdict(output)
    if sampling.as_dict():
        request["sampling"] = sampling.as_dict()
    plain: dict[str, Any] = json.loads(json.dumps(request, default=repr, sort_keys=True))
    return plain


def _hash(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:16]


class Tape:
    """The file of a recording, and which of its answers were given.

    Args:
        path: the path of the file; it is made if it does not exist.
        model: the model that is recorded; its name and its attributes that agents read are
            recorded, too.
        new: whether to replace an existing file.

    Raises:
        ConfigError: the file is no recording.
    """

    def __init__(self, path: Path, model: Any, new: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.about: dict[str, Any] = {
            "name": str(getattr(model, "name", "") or type(model).__name__),
            "alternates": bool(getattr(model, "alternates", False)),
            "names_in_text": bool(getattr(model, "names_in_text", False)),
        }
        if new or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_line({"model": self.about}), encoding="utf-8", newline="\n")
        self._read()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "about": self.about}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())
        self._read()

    def _read(self) -> None:
        self._requests: list[dict[str, Any]] = []
        self._answers: dict[str, list[Taped]] = {}
        try:
            lines = self.path.read_text("utf-8", HALVES).rstrip("\n").split("\n")
            self.about |= json.loads(lines[0])["model"]
            for line in lines[1:]:
                record = json.loads(line)
                self._keep(record["request"], Taped.from_dict(record))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ConfigError(f"{self.path} is no recording of a model: {error}") from error

    def _keep(self, request: dict[str, Any], taped: Taped) -> None:
        self._requests.append(request)
        self._answers.setdefault(_hash(request), []).append(taped)

    def take(self, request: Mapping[str, Any]) -> Taped | None:
        """Give the next answer to a request and remove it; ``None`` if there is none."""
        with self._lock:
            answers = self._answers.get(_hash(request))
            return answers.pop(0) if answers else None

    def add(self, request: Mapping[str, Any], taped: Taped) -> None:
        """Record an answer; it is repeated from the next run on, not in this one."""
        line = _line({"request": dict(request)} | taped.as_dict())
        with self._lock:
            self._requests.append(dict(request))
            with self.path.open("a", encoding="utf-8", errors=HALVES, newline="\n") as file:
                file.write(line)

    def difference(self, request: Mapping[str, Any]) -> str:
        """Describe how a request differs from the most similar recorded one, for an error."""
        begin = f"{self.path} has no answer to this request"
        if not self._requests:
            return f"{begin}: nothing is recorded there"
        asked = _pretty(request)
        nearest = max(self._requests, key=lambda known: _likeness(_pretty(known), asked))
        if nearest == request:
            return f"{begin} any more: all its answers to it were given; record the run again"
        lines = difflib.unified_diff(_pretty(nearest), asked, "recorded", "asked", lineterm="", n=1)
        shown = [line[:200] for line in lines]
        if len(shown) > _MOST_LINES:
            shown = [*shown[:_MOST_LINES], "..."]
        return "\n".join([f"{begin}; from the nearest that is recorded it differs in", *shown])


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _pretty(request: Mapping[str, Any]) -> list[str]:
    return json.dumps(request, indent=1, ensure_ascii=False, sort_keys=True).splitlines()


def _likeness(known: list[str], asked: list[str]) -> float:
    return difflib.SequenceMatcher(None, known, asked, autojunk=False).ratio()
