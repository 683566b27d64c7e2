"""Models behind HTTP, on the ``openai`` SDK: OpenAI, and each server that speaks as it does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from agentcore.base.errors import ConfigError
from agentcore.base.extras import require_extra
from agentcore.base.keywords import refusing_unknown_keywords
from agentcore.models.forbidden import check_allowed
from agentcore.models.openai.client import Access, key_from, shown_url
from agentcore.models.openai.dialects import Dialect, Structured, dialect_of
from agentcore.models.secret import Secret, as_secret
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

if TYPE_CHECKING:
    from agentcore.models.openai.exchange import Exchange

__all__ = ["OpenAIModel"]


_ADDRESS = re.compile(r"https?://[^/\s]+(/\S*)?$")


def _shown(url: str | None) -> str:
    return "None" if url is None else repr(shown_url(url))


def _hidden_values(
    headers: Mapping[str, str] | Sequence[tuple[str, Secret]],
) -> tuple[tuple[str, Secret], ...]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name, as_secret(value) or Secret("")) for name, value in pairs)


@attrs.frozen
class OpenAIModel:
    """A model of OpenAI, or of a compatible server: vLLM, Ray Serve LLM, Ollama, llama.cpp.

    It needs the extra ``openai``. The SDK handles retries and rate limits. The model pickles as its
    settings; each process and each event loop opens its own connections.

    Attributes:
        model: the name of the model on the server.
        base_url: the address of the API, as ``http://localhost:8000/v1``; by default OpenAI's own.
        api_key: the key itself, which then is pickled with the agent; shown as ``***``.
        api_key_env: the environment variable that holds the key, in each process that uses the
            model. With neither, ``OPENAI_API_KEY`` is used for OpenAI's own server, and no key for
            others.
        sampling: the sampling parameters that a request does not give.
        timeout: seconds for an attempt; by default 600, as in the SDK.
        max_retries: attempts after the first; by default 2, as in the SDK.
        alternates: whether messages of user and assistant must alternate.
        names_in_text: whether the model ignores a message's ``name``, so that names must stand in
            the text.
        headers: HTTP headers that are sent with each request; their values are shown as ``***``.
        extra_body: further keys of the request's body, for options that only some servers have.
        dialect: how the server wants to be asked: a name as ``gemini``, or a `Dialect`; by default
            what is known of the server's address. What a server refuses as unknown is asked for
            otherwise, in any dialect, where its words make plain what that is.
        structured: how an answer of a form is asked for, ``schema``, ``json`` or ``words``, see
            `Dialect`; by default as the dialect has it.

    Raises:
        ConfigError: both ``api_key`` and ``api_key_env`` are given, ``base_url`` is not an http
            address, or there is no such dialect, or no such way to ask for a form.
    """

    model: str
    base_url: str | None = attrs.field(default=None, repr=_shown)
    api_key: Secret | None = attrs.field(default=None, converter=as_secret)
    api_key_env: str | None = attrs.field(default=None, kw_only=True)
    sampling: Sampling = attrs.field(default=NO_SAMPLING, converter=as_sampling, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    max_retries: int | None = attrs.field(default=None, kw_only=True)
    alternates: bool = attrs.field(default=False, kw_only=True)
    names_in_text: bool = attrs.field(default=False, kw_only=True)
    headers: tuple[tuple[str, Secret], ...] = attrs.field(
        default=(), converter=_hidden_values, kw_only=True
    )
    extra_body: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True, hash=False)
    dialect: str | Dialect | None = attrs.field(default=None, kw_only=True)
    structured: Structured | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.api_key is not None and self.api_key_env is not None:
            raise ConfigError(f"model {self.model!r} has both api_key= and api_key_env=: give one")
        if self.base_url is not None and not _ADDRESS.match(self.base_url):
            raise ConfigError(
                f"base_url of model {self.model!r} is to be an address as http://localhost:8000/v1"
            )
        if self.structured not in (None, "schema", "json", "words"):
            raise ConfigError(
                f"structured= of model {self.model!r} is 'schema', 'json' or 'words', "
                f"not {self.structured!r}"
            )
        dialect_of(self.dialect, "")

    def check_extra(self) -> None:
        """Check that the package ``openai`` is installed, without importing it.

        Raises:
            ExtraMissingError: it is not; the message says how to install it.
        """
        require_extra("openai", "openai", "OpenAIModel")

    @property
    def name(self) -> str:
        """The name of the model, for errors."""
        return self.model

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

        Raises:
            ModelError: the server did not answer, or refused the request.
            ContextLengthError: the messages are too long.
            ModelsForbiddenError: the run forbids real models.
            ExtraMissingError: the package ``openai`` is not installed.
        """
        exchange = self._exchange(messages, tools, output, sampling, timeout, stream=False)
        with exchange.failures.told(exchange.attempt_seconds, timeout):
            async with asyncio.timeout_at(_deadline(timeout)):
                reading = await exchange.begin()
                try:
                    while not reading.is_over:
                        await reading.read_on()
                finally:
                    await reading.close()
            if not reading.answer.is_whole:
                raise exchange.failures.cut()
            return reading.answer.assembly.completion()

    async def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = NO_SAMPLING,
        timeout: float | None = None,
    ) -> AsyncIterator[Delta]:
        """Answer piece by piece: see `ChatModel.stream`. Raises what `complete` raises."""
        exchange = self._exchange(messages, tools, output, sampling, timeout, stream=True)
        told = partial(exchange.failures.told, exchange.attempt_seconds, timeout)
        deadline = _deadline(timeout)
        with told():
            async with asyncio.timeout_at(deadline):
                reading = await exchange.begin()
        try:
            while True:
                while reading.texts:  # the yield is in no `with`: its reader may raise anything
                    yield Delta(reading.texts.pop(0))
                if reading.is_over:
                    break
                with told(begun=True):
                    async with asyncio.timeout_at(deadline):
                        await reading.read_on()
            if not reading.answer.is_whole:
                raise exchange.failures.cut()
            with told(begun=True):
                whole = reading.answer.assembly.completion()
            yield Delta(completion=whole)
        finally:
            await reading.close()

    def _exchange(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSpec],
        output: Output | None,
        sampling: Sampling,
        timeout: float | None,
        stream: bool,
    ) -> Exchange:
        # Imported here, because most programs that import agentcore ask no model.
        from agentcore.models.openai.errors import Failures
        from agentcore.models.openai.exchange import Exchange
        from agentcore.models.openai.request import request_body

        check_allowed(self.model)
        self.check_extra()
        key = key_from(self.model, self.api_key, self.api_key_env, self.base_url)
        access = Access(self.base_url, key, self.timeout, self.max_retries, self.headers)
        where = "api_key=" if self.api_key is not None else self.api_key_env or "OPENAI_API_KEY"
        failures = Failures(self.model, access, "none was given" if key is None else where)
        chosen = sampling.over(self.sampling)

        def body(dialect: Dialect) -> dict[str, Any]:
            made = request_body(self.model, messages, tools, output, chosen, dialect, stream)
            return {**made, **(self.extra_body or {})}

        seconds = min((each for each in (timeout, self.timeout) if each is not None), default=None)
        return Exchange(self.model, access, failures, body, self._dialect, seconds)

    def _dialect(self, url: str) -> Dialect:
        dialect = dialect_of(self.dialect, url)
        if self.structured is None:
            return dialect
        return attrs.evolve(dialect, structured=self.structured)


_HABITS = {
    **SAMPLING_HABITS,
    "api_base": "the address is base_url=",
    "api_type": "the kind of server is dialect=",
}
OpenAIModel.__init__ = refusing_unknown_keywords(  # type: ignore[method-assign]
    OpenAIModel.__init__, _HABITS
)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else asyncio.get_running_loop().time() + timeout
