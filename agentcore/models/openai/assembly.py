"""An answer that is put together, of the pieces of a stream or of one message.

Compatible servers differ in details, so answers are read leniently. An answer that cannot be read
is a ``ValueError`` whose text says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from agentcore.models.openai.call_fragments import CallFragments
from agentcore.models.openai.fields import merged, thoughts_in, unknown_fields
from agentcore.protocol.model_api import Completion, Usage

__all__ = ["Assembly", "ServerFailure"]

# What the API itself has in a message. The last four are of an answer only, and are not sent back.
_OF_MESSAGE: Final = frozenset(
    {"role", "content", "name", "tool_calls", "function_call", "refusal", "annotations", "audio",
     "parsed"}
)  # fmt: skip
_REASONS: Final = {
    "max_tokens": "length", "model_length": "length", "max_length": "length",
    "model_context_window_exceeded": "length", "end_turn": "stop", "stop_sequence": "stop",
    "eos": "stop", "eos_token": "stop", "complete": "stop", "completed": "stop", "null": "",
    "tool_use": "tool_calls", "tool_call": "tool_calls", "function_call": "tool_calls",
    "safety": "content_filter", "recitation": "content_filter", "sensitive": "content_filter",
    "refusal": "content_filter", "prohibited_content": "content_filter",
}  # fmt: skip
_NOT_WHOLE: Final = ("length", "content_filter")


class ServerFailure(ValueError):
    """The server failed, and says so within an answer of status 200.

    Attributes:
        body: the part of the answer that says it.
    """

    def __init__(self, body: Any) -> None:
        super().__init__(f"an error: {_shown(body)}")
        self.body = body


@attrs.define
class Assembly:
    """An answer that is being put together from its pieces.

    Attributes:
        text: what was said so far; ``None`` if nothing was, not even an empty text.
        finish_reason: why it ended, in OpenAI's words; empty until it has ended.
    """

    text: str | None = None
    finish_reason: str = ""
    usage: Usage = attrs.field(factory=Usage)
    model: str = ""
    _refused: str = ""
    _thinking: str = ""
    _calls: CallFragments = attrs.field(factory=CallFragments)
    _fields: dict[str, Any] = attrs.field(factory=dict)

    def add(self, chunk: Any) -> str:
        """Add a piece of the stream.

        Returns:
            the text that the piece adds; empty if it adds none.

        Raises:
            ServerFailure: it says that the server failed.
            ValueError: it does not have the format of a piece.
        """
        choice = self._choice_of(chunk, "a piece of the answer")
        if choice is None:
            return ""  # the piece with the usage
        ended = self._note_end(choice)
        added = self._add_delta(_mapping(choice.get("delta") or {}, "the delta of the choice"))
        message = _mapping(choice.get("message") or {}, "the message of the choice")
        if ended and message:
            return added + self._add_rest(message)
        return added + self._add_delta(message)

    def add_whole(self, answer: Any) -> None:
        """Add an answer that came whole.

        Raises:
            ServerFailure: it says that the server failed.
            ValueError: it does not have the format of an answer.
        """
        choice = self._choice_of(answer, "the answer")
        if choice is None:
            raise ValueError(f"it has no choices: {_shown(answer)}")
        self._note_end(choice)
        message = next(
            (choice[key] for key in ("message", "delta") if choice.get(key) is not None), None
        )
        self._add_rest(_mapping(message, "the message of the choice"))

    def completion(self) -> Completion:
        """Return the whole answer."""
        calls = self._calls.whole()
        reason = self.finish_reason or "stop"
        if self._refused and not self.text:
            reason = "content_filter"
        elif calls and reason not in _NOT_WHOLE:
            reason = "tool_calls"  # OpenAI's own reason; some servers send another
        return Completion(
            self.text or self._refused,
            calls,
            reason,
            self.usage,
            self.model,
            thoughts_in(self._fields) or self._thinking,
            extra=self._fields,
        )

    def _choice_of(self, answer: Any, what: str) -> Mapping[str, Any] | None:
        if isinstance(answer, list) and any(_fails(each) for each in answer):
            raise ServerFailure(answer)  # as Google has it
        answer = _mapping(answer, what)
        if _fails(answer) or _says_only(answer):
            raise ServerFailure(answer)
        self._note(answer)
        choices = _list(answer.get("choices"), "choices")
        if not choices:
            return None
        choice = _mapping(choices[0], "its choice")
        if choice.get("error"):
            raise ServerFailure(choice["error"])
        return choice

    def _note(self, answer: Mapping[str, Any]) -> None:
        usage = answer.get("usage")
        if isinstance(usage, Mapping):
            self.usage = Usage(*_counts(usage, ("prompt_tokens", "completion_tokens")))
        model = answer.get("model")
        if isinstance(model, str) and model:
            self.model = model

    def _note_end(self, choice: Mapping[str, Any]) -> bool:
        reason = choice.get("finish_reason")
        reason = reason.lower() if isinstance(reason, str) else ""
        reason = _REASONS.get(reason, reason)
        if reason == "error":
            raise ServerFailure({"message": "the answer ended with an error", "choice": choice})
        self.finish_reason = reason or self.finish_reason
        return bool(reason)

    def _add_delta(self, delta: Mapping[str, Any]) -> str:
        calls = _list(delta.get("tool_calls"), "tool_calls")
        legacy = delta.get("function_call")
        self._calls.add([{"function": legacy}] if legacy and not calls else calls)
        return self._add_texts(delta)

    def _add_rest(self, message: Mapping[str, Any]) -> str:
        """Add a whole message, but for what pieces before it have brought already."""
        calls = _list(message.get("tool_calls"), "tool_calls")
        legacy = message.get("function_call")
        self._calls.add_whole([{"function": legacy}] if legacy and not calls else calls)
        if self.text is None and not self._refused:
            return self._add_texts(message)
        whole, _ = _text(message.get("content"))
        if whole is not None and self.text is not None and whole.startswith(self.text):
            rest = whole.removeprefix(self.text)
            self.text = whole
            return rest
        return ""

    def _add_texts(self, message: Mapping[str, Any]) -> str:
        self._fields = merged(self._fields, unknown_fields(message, _OF_MESSAGE))
        refused, _ = _text(message.get("refusal"))
        self._refused += refused or ""
        text, thought = _text(message.get("content"))
        self._thinking += thought
        if text is not None:
            self.text = (self.text or "") + text
        return text or refused or ""


def _text(content: Any) -> tuple[str | None, str]:
    """Return the text of a content and what is thought in it; some servers send it in parts."""
    if content is None or isinstance(content, str):
        return content, ""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        raise ValueError(f"its content is {_shown(content)}")
    text, thought = "", ""
    for part in content:
        if isinstance(part, str):
            text += part
        elif isinstance(part, Mapping) and part.get("type") in ("thinking", "reasoning"):
            inner = part.get("thinking") or part.get("reasoning") or part.get("text")
            thought += _text(inner)[0] or ""
        elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
            text += part["text"]
    return text, thought


def _fails(answer: Any) -> bool:
    if not isinstance(answer, Mapping):
        return False
    return bool(answer.get("error")) or "error" in (answer.get("object"), answer.get("type"))


def _says_only(answer: Mapping[str, Any]) -> bool:
    """Return whether there is a message to the client in place of an answer."""
    return "choices" not in answer and any(
        answer.get(key) for key in ("message", "detail", "errors", "error_msg", "msg")
    )


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is {_shown(value)}")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if isinstance(value, Mapping):
        return [value]
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{what} is {_shown(value)}")
    return value or []


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _counts(usage: Mapping[str, Any], names: Iterable[str]) -> list[int]:
    values = [usage.get(name) for name in names]
    return [value if isinstance(value, int) else 0 for value in values]
