"""Streamed answers of models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from agentcore.agents.model_lookup import charge
from agentcore.agents.stream_rounds import StreamRounds
from agentcore.agents.streaming import stream_message
from agentcore.agents.thought import Thought, answer_metadata
from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.models.calls import is_empty, model_name, streaming
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion, Delta
from agentcore.protocol.streamed import WHOLE_TEXT

__all__ = ["ask_stream", "streamed_reply"]


def ask_stream(thought: Thought, shown: list[Any]) -> Steps:
    """Ask the model for a stream, and read it until the answer begins.

    After some text it may still call a tool. The text is passed on all the same, and what is called
    is run within the stream; but if that may need an executor, an approval or a handoff, which take
    the turn, the stream is read to the end first.

    Returns:
        the completion, ``None`` if the model is not done; and the stream of the answer, ``None`` if
        there is no answer.
    """
    if not callable(getattr(thought.model, "stream", None)):  # the whole answer is one chunk
        completion = yield from thought.ask(shown)
        if completion.tool_calls or is_empty(completion):
            return completion, None
        return completion, _rest([Delta(completion.text), Delta(completion=completion)], None)
    show = thought.options.show_thinking
    source = streaming(thought.model, shown, show_thinking=show, **thought.arguments())
    heard: list[Delta] = []
    while True:
        delta = yield from _next(source)
        if delta is None:
            name = model_name(thought.model)
            raise ModelError(f"the stream of model {name} ended before its answer", model=name)
        heard.append(delta)
        if delta.completion is not None:
            if delta.completion.tool_calls or is_empty(delta.completion):
                return delta.completion, None
            return delta.completion, _rest(heard, None)
        if delta.text and (not thought.tools or (delta.text.strip() and not _holds(thought))):
            return None, _rest(heard, source)


def _holds(thought: Thought) -> bool:
    """Return whether calls, if there are any, must be known before the answer is sent."""
    options = thought.options
    asks = options.approve is not None or any(t.approve for t in thought.tools.values())
    return (
        asks
        or bool(options.handoffs)
        or options.executor is not None
        or options.max_tool_rounds == 0
    )


def _next(source: AsyncIterator[Delta] | Iterator[Delta]) -> Steps:
    if isinstance(source, AsyncIterator):
        return (yield _anext(source))
    return next(source, None)


async def _anext(source: AsyncIterator[Delta]) -> Delta | None:
    return await anext(source, None)


async def _rest(heard: list[Delta], source: Any) -> AsyncIterator[Delta]:
    try:
        for delta in heard:
            yield delta
        if source is None:
            return
        if hasattr(source, "__anext__"):
            async for delta in source:
                yield delta
        else:
            for delta in source:
                yield delta
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def streamed_reply(thought: Thought, deltas: AsyncIterator[Delta], cut: Any) -> Message:
    """Make the message whose metadata says how to read a model's answer while it is made.

    Args:
        deltas: the pieces of the answer.
        cut: how many messages the model was shown, of how many; ``None`` if all.
    """
    agent, options, model = thought.agent, thought.options, model_name(thought.model)
    said: list[str] = []
    ids: list[str] = []
    rounds = StreamRounds(thought)

    async def chunks() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        completion: Completion | None = None
        source = deltas
        try:
            while True:
                async for delta in source:
                    if delta.text:
                        said.append(delta.text)
                        yield delta.text, {}
                    completion = delta.completion or completion
                if completion is None or not completion.tool_calls:
                    break
                await source.aclose()  # type: ignore[attr-defined]
                source, completion = _rest([], await rounds.after(completion)), None
        finally:
            # The answer as a whole may have less than its pieces: see `ThinkingFilter`.
            whole = completion.text if completion is not None else "".join(said)
            options.keep(ids[0], rounds.text + whole)
            await source.aclose()  # type: ignore[attr-defined]
        if completion is None:
            raise ModelError(f"the stream of model {model} ended before its answer", model=model)
        completion = rounds.whole(completion)
        charge(completion.usage, agent)
        metadata = answer_metadata(thought.with_earlier(completion))
        if completion.text != "".join(said):
            metadata[WHOLE_TEXT] = completion.text
        yield "", metadata

    message = stream_message(agent, chunks(), {} if cut is None else {"history": cut})
    ids.append(str(message.metadata["stream_id"]))
    return message
