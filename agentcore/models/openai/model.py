"""Models behind HTTP, on the ``openai`` SDK: OpenAI, and each server that speaks as it does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from agentcore.base.errors import ConfigError
from agentcore.models.forbidden import check_allowed
from agentcore.models.openai.answer import completion_from
from agentcore.models.openai.assembly import Assembly
from agentcore.models.openai.client import Access, client_for, key_from, limits
from agentcore.models.openai.errors import Failures, shown_url
from agentcore.models.openai.request import request_body
from agentcore.models.secret import Secret, as_secret
from agentcore.protocol.model_api import (
    NO_SAMPLING,
    Completion,
    Delta,
    Output,
    Sampling,
    ToolSpec,
)

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

    Raises:
        ConfigError: both ``api_key`` and ``api_key_env`` are given, or ``base_url`` is not an
            http address.
    """

    model: str
    base_url: str | None = attrs.field(default=None, repr=_shown)
    api_key: Secret | None = attrs.field(default=None, converter=as_secret)
    api_key_env: str | None = attrs.field(default=None, kw_only=True)
    sampling: Sampling = attrs.field(default=NO_SAMPLING, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    max_retries: int | None = attrs.field(default=None, kw_only=True)
    alternates: bool = attrs.field(default=False, kw_only=True)
    names_in_text: bool = attrs.field(default=False, kw_only=True)
    headers: tuple[tuple[str, Secret], ...] = attrs.field(
        default=(), converter=_hidden_values, kw_only=True
    )
    extra_body: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True, hash=False)

    def __attrs_post_init__(self) -> None:
        if self.api_key is not None and self.api_key_env is not None:
            raise ConfigError(f"model {self.model!r} has both api_key= and api_key_env=: give one")
        if self.base_url is not None and not _ADDRESS.match(self.base_url):
            raise ConfigError(
                f"base_url of model {self.model!r} is to be an address as http://localhost:8000/v1"
            )

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
        request = self._request(messages, tools, output, sampling, timeout)
        with request.failures.told(request.attempt_seconds, timeout):
            async with asyncio.timeout_at(_deadline(timeout)):
                chat = await self._chat(request)
                raw = await chat.with_raw_response.create(**request.options)
            return completion_from(json.loads(raw.http_response.text))

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
        request = self._request(messages, tools, output, sampling, timeout)
        told = partial(request.failures.told, request.attempt_seconds, timeout)
        deadline = _deadline(timeout)
        options = {"stream": True, "stream_options": {"include_usage": True}}
        with told():
            async with asyncio.timeout_at(deadline):
                chat = await self._chat(request)
                pieces = await chat.create(**request.options, **options)
        try:
            assembly = Assembly()
            while True:
                with told(begun=True):  # the yield stays outside: its reader may raise anything
                    async with asyncio.timeout_at(deadline):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    text = assembly.add(_plain(piece))
                if text:
                    yield Delta(text)
            if assembly.finish_reason is None:
                raise request.failures.cut()
            with told(begun=True):
                whole = assembly.completion()
            yield Delta(completion=whole)
        finally:
            await pieces.close()

    def _request(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSpec],
        output: Output | None,
        sampling: Sampling,
        timeout: float | None,
    ) -> _Request:
        check_allowed(self.model)
        key = key_from(self.model, self.api_key, self.api_key_env, self.base_url)
        access = Access(self.base_url, key, self.timeout, self.max_retries, self.headers)
        where = "api_key=" if self.api_key is not None else self.api_key_env or "OPENAI_API_KEY"
        failures = Failures(self.model, access, "none was given" if key is None else where)
        body = request_body(self.model, messages, tools, output, sampling.over(self.sampling))
        if self.extra_body:
            body["extra_body"] = dict(self.extra_body)
        seconds = min((each for each in (timeout, self.timeout) if each is not None), default=None)
        return _Request(access, failures, body, seconds)

    async def _chat(self, request: _Request) -> Any:
        client = await client_for(request.access)
        if request.attempt_seconds is not None:
            request.options["timeout"] = limits(request.attempt_seconds)
        if client.base_url.host == "api.openai.com" and "max_tokens" in request.options:
            # OpenAI's newer models accept this name only; many other servers do not know it.
            request.options["max_completion_tokens"] = request.options.pop("max_tokens")
        return client.chat.completions


@attrs.frozen
class _Request:
    """One request, as it is passed to the SDK.

    Attributes:
        access: how to reach the server.
        failures: makes the errors of this request.
        options: the arguments of the SDK's call.
        attempt_seconds: the time-out of an attempt; ``None`` for the SDK's default.
    """

    access: Access
    failures: Failures
    options: dict[str, Any]
    attempt_seconds: float | None


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else asyncio.get_running_loop().time() + timeout


def _plain(piece: Any) -> Any:
    """Return a piece as plain data, as it was sent: the SDK wraps some pieces in objects."""
    return piece.to_dict(warnings=False) if hasattr(piece, "to_dict") else piece
