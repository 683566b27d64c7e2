"""A model that records requests and answers in a file, and repeats them without the real model."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agentcore.base.errors import ConfigError, ModelError
from agentcore.protocol.model_api import ChatModel, Completion, Delta, Output, Sampling, ToolSpec
from agentcore.testing.models.tape import KEPT_ERRORS, Tape, Taped, request_of

__all__ = ["RecordingModel"]

_DEFAULT = Sampling()
_MODES = ("auto", "record", "replay")


class RecordingModel:
    """A model whose answers are recorded in a file, so that later runs need no real model.

    The file has a line of JSON for each request: messages, tools, output and sampling, and the
    answer, in pieces if it was streamed. It never has an API key. A request is answered from the
    line with the same request; equal requests are answered from their lines in order. A
    `ContextLengthError` or `OutputError` of the model is recorded and repeated, too; other errors
    are not.

    It can be pickled. Each process reads the file for itself, and begins with the first line of
    equal requests again.

    Args:
        path: the path of the file, which belongs into version control.
        model: the model that is asked; not needed to repeat a recording.
        mode: ``record`` makes a new file and asks the model for everything. ``replay`` asks the
            model nothing; a request that was not recorded is a `ModelError` that shows the
            difference. ``auto`` repeats what was recorded, and asks and records the rest.

    Raises:
        ConfigError: the mode is unknown, there is no model to record, or no file to repeat.
    """

    def __init__(
        self, path: str | Path, model: ChatModel | None = None, mode: str = "auto"
    ) -> None:
        if mode not in _MODES:
            raise ConfigError(f"mode is one of {', '.join(_MODES)}, not {mode!r}")
        file = Path(path).absolute()
        if model is None and mode == "record":
            raise ConfigError(f"there is no model to record from, for {file}: give model=")
        if not file.exists() and (mode == "replay" or model is None):
            raise ConfigError(f"there is no recording {file}: make it with mode='record'")
        self.mode = mode
        self._model = model
        self._tape = Tape(file, model, new=mode == "record")
        self.name = self._tape.about["name"]
        self.alternates = self._tape.about["alternates"]
        self.names_in_text = self._tape.about["names_in_text"]

    def __repr__(self) -> str:
        return f"<RecordingModel {self.name!r}, mode {self.mode}, {self._tape.path}>"

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = _DEFAULT,
        timeout: float | None = None,
    ) -> Completion | Awaitable[Completion]:
        """Answer from the file, or ask the model: see `ChatModel.complete`.

        Returns:
            The completion, if it was recorded; or else a coroutine for it.

        Raises:
            ModelError: the request was not recorded and the model may not be asked, or it failed.
        """
        request = request_of(messages, tools, output, sampling)
        taped = self._find(request)
        if taped is not None:
            return taped.completion()
        options = {"tools": tools, "output": output, "sampling": sampling, "timeout": timeout}
        return self._ask(request, messages, options)

    async def _ask(self, request: Mapping[str, Any], messages: Any, options: Any) -> Completion:
        assert self._model is not None
        try:
            answer = self._model.complete(messages, **options)
            if inspect.isawaitable(answer):
                answer = await answer
        except KEPT_ERRORS as error:
            self._tape.add(request, Taped.of_error(error))
            raise
        self._tape.add(request, Taped(answer))
        return answer

    async def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = _DEFAULT,
        timeout: float | None = None,
    ) -> AsyncIterator[Delta]:
        """Answer piece by piece: see `ChatModel.stream`. Raises what `complete` raises.

        An answer that is not read to its end is not recorded.
        """
        request = request_of(messages, tools, output, sampling)
        taped = self._find(request)
        if taped is not None:
            for piece in taped.pieces():
                yield Delta(piece)
            yield Delta(completion=taped.completion())
            return
        options = {"tools": tools, "output": output, "sampling": sampling, "timeout": timeout}
        async with aclosing(self._ask_for_pieces(request, messages, options)) as deltas:
            async for delta in deltas:
                yield delta

    async def _ask_for_pieces(
        self, request: Mapping[str, Any], messages: Any, options: Any
    ) -> AsyncGenerator[Delta]:
        assert self._model is not None
        pieces: list[str] = []
        try:
            async with aclosing(_as_async(self._model.stream(messages, **options))) as deltas:
                async for delta in deltas:
                    pieces += [delta.text] if delta.text else []
                    if delta.completion is not None:
                        self._tape.add(request, Taped(delta.completion, tuple(pieces)))
                    yield delta
        except KEPT_ERRORS as error:
            self._tape.add(request, Taped.of_error(error, tuple(pieces)))
            raise

    def _find(self, request: Mapping[str, Any]) -> Taped | None:
        """Give the recorded answer, or ``None`` if the model is to be asked.

        Raises:
            ModelError: it was not recorded, and the model may not be asked.
        """
        taped = None if self.mode == "record" else self._tape.take(request)
        if taped is None and (self.mode == "replay" or self._model is None):
            raise ModelError(self._tape.difference(request), model=self.name)
        return taped


async def _as_async(deltas: Any) -> AsyncGenerator[Delta]:
    """Give the pieces of a stream, which may be an async or a plain iterator."""
    if hasattr(deltas, "__aiter__"):
        try:
            async for delta in deltas:
                yield delta
        finally:
            if hasattr(deltas, "aclose"):
                await deltas.aclose()
    else:
        for delta in deltas:
            yield delta
