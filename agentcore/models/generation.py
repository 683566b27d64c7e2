"""One answer of a loaded model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.base.errors import ContextLengthError, ModelError

__all__ = ["Generation"]


class Generation:
    """One answer: what is asked of the engine, and what came of it.

    Args:
        name: of the model.
        request: as OpenAI has it.
        on_text: is given each piece of text as it is made, on the engine's thread.
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
        """What was said so far."""
        return "".join(self._texts)

    def stop(self) -> None:
        """Nobody waits for the answer any more."""
        self._stopped = True

    def run(self, server: Any) -> Generation:
        """Have it made; runs on the engine's thread, without holding the interpreter's lock.

        Raises:
            ModelError: the engine refused it.
        """
        if self._stopped:
            return self
        # Streamed, and told of the progress with the prompt, since that is when it can be stopped.
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
        """Take what the engine says; true stops it. It swallows whatever is raised here."""
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
