"""The one place that asks a model, for a whole answer or a stream, and tells its thinking apart."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.models.thinking_aloud import ThinkingFilter, split_thinking
from agentcore.models.thinking_tags import may_have_tags
from agentcore.models.valid_messages import valid_messages
from agentcore.protocol.model_api import Completion, Delta

__all__ = [
    "completing",
    "is_empty",
    "model_identity",
    "model_name",
    "streaming",
    "was_cut_off",
]

# What servers say of an answer that had no tokens left: OpenAI's word, Anthropic's and Gemini's
# (which differ in case), and Mistral's.
_CUT_OFF: Final = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})


def model_name(model: Any) -> str:
    """Return the name of a model, for errors: its ``name``, or else its class's."""
    return str(getattr(model, "name", "") or type(model).__name__)


def model_identity(model: Any) -> str:
    """Return what tells a model from others: its name, and the host of its server if it has one."""
    url = getattr(model, "base_url", None)
    host = urlsplit(url).netloc.rpartition("@")[2] if isinstance(url, str) else ""
    return f"{model_name(model)} at {host}" if host else model_name(model)


def completing(model: Any, messages: Any, *, show_thinking: bool = False, **options: Any) -> Steps:
    """Ask a model, with the arguments of `ChatModel.complete`.

    Args:
        show_thinking: whether what it thought aloud stays in the text, where it is beside the text
            in ``thinking`` otherwise.

    Returns:
        steps whose value is a `Completion`; a model may answer with a str instead, or an awaitable.

    Raises:
        ModelError: the model answered with anything else.
    """
    answer = model.complete(valid_messages(messages), **options)
    if inspect.isawaitable(answer):
        answer = yield answer
    if isinstance(answer, str):
        answer = Completion(answer)
    if isinstance(answer, Completion):
        return _told_apart(answer, show_thinking)
    name = model_name(model)
    raise ModelError(
        f"model {name} answered {answer!r:.200}: complete() gives a Completion or a str",
        model=name,
    )


def streaming(
    model: Any, messages: Any, *, show_thinking: bool = False, **options: Any
) -> AsyncIterator[Delta] | Iterator[Delta]:
    """Ask a model for a stream, with the arguments of `ChatModel.stream`.

    Args:
        show_thinking: as for `completing`; what a server sends apart from the text is in the last
            piece's ``thinking`` only, in any case.

    Returns:
        the pieces, without those of thinking; async if the model's stream is. Closing them closes
        the model's stream.
    """
    source = model.stream(valid_messages(messages), **options)
    heard = _Heard(show_thinking)
    if hasattr(source, "__aiter__"):
        return _stream_async(source, heard)
    return _stream(source, heard)


async def _stream_async(source: Any, heard: _Heard) -> AsyncIterator[Delta]:
    try:
        async for delta in source:
            for each in heard.take(delta):
                yield each
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def _stream(source: Any, heard: _Heard) -> Iterator[Delta]:
    try:
        for delta in source:
            yield from heard.take(delta)
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


@attrs.define
class _Heard:
    """The pieces of one stream that were taken so far.

    Attributes:
        show_thinking: whether thinking in the text is no matter.
    """

    show_thinking: bool
    _texts: list[str] = attrs.field(factory=list)
    _answer: ThinkingFilter = attrs.field(factory=ThinkingFilter)

    def take(self, delta: Delta) -> Iterable[Delta]:
        """Take a piece, and give what becomes of it."""
        whole = delta.completion
        text = delta.text
        if whole is not None and not (text or self._texts or whole.tool_calls):
            text = whole.text  # a model that has the whole answer only
        if text:
            self._texts.append(text)
        shown = text if self.show_thinking else self._answer.feed(text)
        if whole is None:
            return [Delta(shown)] if shown else ()
        if not self.show_thinking:
            shown += self._answer.finish()
        if not whole.text:
            whole = attrs.evolve(whole, text="".join(self._texts))
        last = Delta(completion=_told_apart(whole, self.show_thinking, apart=False))
        return [Delta(shown), last] if shown else [last]


def _told_apart(completion: Completion, show_thinking: bool, apart: bool = True) -> Completion:
    """Put what was thought aloud into ``thinking``, and leave the answer as the text.

    Args:
        show_thinking: whether the text is left as it is, or has more before it.
        apart: whether what a server gave beside the text is put before it then.
    """
    if not (completion.thinking or may_have_tags(completion.text)):
        return completion  # as most are
    given = completion.thinking.strip()
    thought, answer = split_thinking(completion.text)
    thinking = "\n\n".join(each for each in (given, thought) if each)
    if show_thinking:
        answer = completion.text
        if given and apart:
            answer = f"<think>\n{given}\n</think>\n\n{answer}"
    if (thinking, answer) == (completion.thinking, completion.text):
        return completion
    return attrs.evolve(completion, text=answer, thinking=thinking)


def is_empty(completion: Completion) -> bool:
    """Whether a model neither calls a tool nor says anything but what it thought."""
    if completion.tool_calls:
        return False
    return not (completion.text.strip() and split_thinking(completion.text)[1].strip())


def was_cut_off(completion: Completion) -> bool:
    """Whether an answer ended because it had no more tokens, so that calls in it may not be whole.

    Servers have several words for that.
    """
    return completion.finish_reason.lower() in _CUT_OFF
