"""`LocalModel`: a model that runs on this machine, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, ClassVar

import attrs
from attrs.validators import ge, instance_of

from agentcore.base.errors import ConfigError, ModelError
from agentcore.base.extras import require_extra
from agentcore.base.keywords import refusing_unknown_keywords
from agentcore.models.catalogue import CATALOGUE
from agentcore.models.engine import Spec, engine_for
from agentcore.models.forbidden import check_allowed
from agentcore.models.generation import Generation
from agentcore.models.local_wire import completion_of, request_for
from agentcore.protocol.model_api import (
    NO_SAMPLING,
    SAMPLING_HABITS,
    Completion,
    Delta,
    Output,
    Sampling,
    ToolSpec,
    as_sampling,
)

__all__ = ["LocalModel"]


@attrs.frozen
class LocalModel:
    """A model that runs on this machine, in this process; it needs the extra ``local``.

    At its first use, a model of the catalogue is fetched into the user's cache folder, unless it is
    there already (``AGENTCORE_CACHE`` names another folder), and is loaded. It is loaded once for
    all who use it: once in the process on threads, once on each node on Ray. It answers one request
    at a time, in the order in which they came. It pickles as these settings.

    Attributes:
        model: ``qwen2.5-coder-1.5b`` (1.1 GB), ``qwen2.5-0.5b`` (0.5 GB), or the path of a
            ``.gguf`` file of your own, of a model that follows instructions.
        sampling: the sampling parameters that a request does not give. Without ``max_tokens`` an
            answer ends after 1,024 tokens.
        context: the size of the context in tokens, for messages and answer together.
        threads: the number of computing threads; 0 for one for each core.
        names_in_text: always true: the model ignores a message's ``name``, so names must stand in
            the text.
        alternates: always true: messages of user and assistant must alternate.
        hosted: always true: a backend loads it once on each machine, not in each process.

    Raises:
        ConfigError: the catalogue has no such model.
    """

    names_in_text: ClassVar[bool] = True
    alternates: ClassVar[bool] = True
    hosted: ClassVar[bool] = True

    model: str = attrs.field(validator=instance_of(str))
    sampling: Sampling = attrs.field(default=NO_SAMPLING, converter=as_sampling, kw_only=True)
    context: int = attrs.field(default=8192, validator=[instance_of(int), ge(256)], kw_only=True)
    threads: int = attrs.field(default=0, validator=[instance_of(int), ge(0)], kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.model not in CATALOGUE and PurePath(self.model).suffix.lower() != ".gguf":
            raise ConfigError(
                f"there is no local model {self.model!r}: give one of {', '.join(CATALOGUE)}, or "
                "the path of a .gguf file"
            )

    @property
    def name(self) -> str:
        """The name of the model, for errors."""
        return self.model

    def check_extra(self) -> None:
        """Check that the package ``xllamacpp`` is installed, without importing it.

        Raises:
            ExtraMissingError: it is not; the message says how to install it.
        """
        require_extra("xllamacpp", "local", "LocalModel")

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = NO_SAMPLING,
        timeout: float | None = None,
    ) -> Completion:
        """Answer: see `ChatModel.complete`.

        Cancelling the call stops the engine: at once while it writes the answer, and within about a
        second while it reads the messages.

        Raises:
            ModelError: the model could not be fetched or loaded, or did not answer in time.
            ContextLengthError: the messages are too long.
            ModelsForbiddenError: the run forbids real models.
            ExtraMissingError: a package of the extra ``local`` is not installed.
        """
        check_allowed(self.name)
        request = request_for(messages, tools, output, sampling.over(self.sampling))
        generation = Generation(self.name, request)
        try:
            async with asyncio.timeout(timeout):
                await self._start(generation)
        except TimeoutError:
            raise self._no_time(timeout) from None
        finally:
            generation.stop()
        return self._completion(generation, tools)

    async def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = NO_SAMPLING,
        timeout: float | None = None,
    ) -> AsyncIterator[Delta]:
        """Answer piece by piece: see `ChatModel.stream`. Raises what `complete` raises.

        With tools the text comes in one piece, because a call of a tool is told from an answer only
        at its end.
        """
        check_allowed(self.name)
        request = request_for(messages, tools, output, sampling.over(self.sampling))
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()

        def on_text(text: str) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, text)

        generation = Generation(self.name, request, None if tools else on_text)
        deadline = None if timeout is None else loop.time() + timeout
        made = self._start(generation)
        made.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (text := await self._piece(pieces, deadline, timeout)) is not None:
                yield Delta(text)
            whole = self._completion(await made, tools)
            if tools and whole.text:
                yield Delta(whole.text)
            yield Delta(completion=whole)
        finally:
            generation.stop()
            made.cancel()

    def _start(self, generation: Generation) -> asyncio.Future[Generation]:
        engine = engine_for(Spec(self.model, self.context, self.threads))
        return asyncio.get_running_loop().run_in_executor(engine, engine.generate, generation)

    async def _piece(
        self, pieces: asyncio.Queue[str | None], deadline: float | None, timeout: float | None
    ) -> str | None:
        try:
            async with asyncio.timeout_at(deadline):
                return await pieces.get()
        except TimeoutError:
            raise self._no_time(timeout) from None

    def _completion(self, generation: Generation, tools: Sequence[ToolSpec]) -> Completion:
        reason, usage = generation.finish_reason, generation.usage
        return completion_of(generation.text, reason, usage, tools, self.name)

    def _no_time(self, timeout: float | None) -> ModelError:
        return ModelError(
            f"model {self.name!r} did not answer within {timeout:g} s: give it more time "
            "(timeout=), or ask it less at once; it answers one request at a time, and at its "
            "first use it is fetched and loaded",
            model=self.name,
        )


LocalModel.__init__ = refusing_unknown_keywords(  # type: ignore[method-assign]
    LocalModel.__init__, SAMPLING_HABITS
)
