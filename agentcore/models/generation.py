"""One request to a loaded model, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.base.errors import ContextLengthError, ModelError

__all__ = ["Generation"]


class Generation:
    """One request to the engine and its answer.

    Args:
        name: the name of the model, for errors.
        request: the request, in the format of OpenAI's chat completions.
        on_text: called with each piece of text as it is generated, on the engine's thread.
    """

    def __init__(
        self, name: str, request: dict[str, Any], on_text: Callable[[str], None] | None = None
    ) -> None:
        self.name = name
        self._request = request
        self._on_text = on_text
        self._stopped = False
        self._error: Any = None
        self._texts: list[str] = []
        self.finish_reason = "stop"
        self.usage: dict[str, int] = {}

    @property
    def text(self) -> str:
        """The text that was generated so far."""
        return "".join(self._texts)

    def stop(self) -> None:
        """Make the engine stop, as nobody waits for the answer. Any thread may call this."""
        self._stopped = True

    def run(self, server: Any) -> Generation:
        """Generate the answer. The engine's thread blocks, without holding the GIL.

        Returns:
            itself, with ``text``, ``finish_reason`` and ``usage`` set.

        Raises:
            ModelError: the engine refused the request.
        """
        if self._stopped:
            return self
        # The engine can be stopped only in its callback, so it is to call it for each token, and
        # for each batch of the prompt too.
        streamed = {
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        try:
            server.handle_chat_completions({**self._request, **streamed}, self._take)
        except (RuntimeError, TypeError, ValueError) as error:
            self._error = {"message": str(error)}
        if self._error is not None:
            raise self._refused()
        return self

    def _take(self, chunk: Any) -> bool:
        """Take a chunk from the engine, which swallows exceptions raised here. True stops it."""
        try:
            return self._stopped or self._read(chunk)
        except Exception as error:
            self._error = {"message": f"{type(error).__name__}: {error}"}
            return True

    def _read(self, chunk: dict[str, Any]) -> bool:
        if "error" in chunk:
            self._error = chunk["error"]
            return True
        self.usage = chunk.get("usage") or self.usage
        for choice in chunk.get("choices", ()):
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            text = choice["delta"].get("content")
            if text:
                self._texts.append(text)
                if self._on_text is not None:
                    self._on_text(text)
        return False

    def _refused(self) -> ModelError:
        said = str(self._error.get("message") or self._error)
        if self._error.get("type") == "exceed_context_size_error":
            return ContextLengthError(
                f"the messages are too long for model {self.name!r}: {said} (LocalModel(context=))",
                model=self.name,
            )
        return ModelError(f"model {self.name!r} cannot be asked this: {said}", model=self.name)
