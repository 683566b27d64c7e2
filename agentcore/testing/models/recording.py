"""A model that writes down what it is asked and answers, and repeats it without the model."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agentcore.base.errors import ConfigError, ModelError
from agentcore.models import ChatModel, Completion, Delta, Output, Sampling, ToolSpec
from agentcore.testing.models.tape import KEPT_ERRORS, Tape, Taped, request_of

__all__ = ["RecordingModel"]

_DEFAULT = Sampling()
_MODES = ("auto", "record", "replay")


class RecordingModel:
    """A model whose answers are kept in a file, so that a test runs without it from then on.

    The file has a line of JSON for each request: messages, tools, output and sampling, and what
    was answered, piece by piece if it was streamed. It has no key. A request is answered by the
    line that has the same; equal requests by their lines in order. That the model raised
    `ContextLengthError` or `OutputError` is kept and repeated too; other errors are not.

    It pickles; each process reads the file for itself, and so begins with equal requests anew.

    Args:
        path: of the file, best in version control.
        model: the model that is asked; not needed to repeat.
        mode: ``record`` asks the model for everything, into a new file; ``replay`` asks it
            nothing, and what was not recorded is a `ModelError` that says what differs; ``auto``
            repeats what was recorded and asks, and adds, the rest.

    Raises:
        ConfigError: there is no such mode, or nothing to record from, or no file to repeat.
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

        Raises:
            ModelError: it was not recorded, and the model may not be asked, or failed.
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

        An answer of the model that is not read to its end is not recorded.
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
        """Find the answer; ``None`` if the model is to be asked."""
        taped = None if self.mode == "record" else self._tape.take(request)
        if taped is None and (self.mode == "replay" or self._model is None):
            raise ModelError(self._tape.difference(request), model=self.name)
        return taped


async def _as_async(deltas: Any) -> AsyncGenerator[Delta]:
    """Read a stream, of either kind."""
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
