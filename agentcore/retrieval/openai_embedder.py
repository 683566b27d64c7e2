"""`OpenAIEmbedder`: embeddings of OpenAI, or of a server that speaks as it does."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

import attrs

from agentcore.base.errors import ConfigError, ModelError
from agentcore.base.extras import import_extra
from agentcore.models.openai.client import Access, key_from, limits, shown_url
from agentcore.models.openai.errors import Failures
from agentcore.models.secret import Secret, as_secret

__all__ = ["OpenAIEmbedder"]

_AT_ONCE: Final = 64  # texts in a request; some servers take no more than 100

_lock = threading.Lock()
_clients: dict[Access, Any] = {}


def _shown(url: str | None) -> str:
    return "None" if url is None else repr(shown_url(url))


@attrs.define(eq=False)
class OpenAIEmbedder:
    """Embeddings of OpenAI, or of a compatible server: vLLM, Ollama, llama.cpp.

    It needs the extra ``openai``. The SDK handles retries and rate limits. It pickles as its
    settings; each process opens its own connections.

    Attributes:
        model: the name of the model on the server.
        base_url: the address of the API, as ``http://localhost:8000/v1``; by default OpenAI's own.
        api_key: the key itself, which then is pickled with the library; shown as ``***``.
        api_key_env: the environment variable that holds the key. With neither, ``OPENAI_API_KEY``
            is used for OpenAI's own server, and no key for others.
        size: the length of the vectors, for models that can be asked for one; otherwise the server
            is asked once how long its vectors are.
        query_prefix: what stands before what is searched, as ``"query: "`` for models of E5.
        document_prefix: what stands before a passage, as ``"passage: "``.
        timeout: seconds for an attempt; by default 600, as in the SDK.
        max_retries: attempts after the first; by default 2, as in the SDK.

    Raises:
        ConfigError: both ``api_key`` and ``api_key_env`` are given.
    """

    model: str
    base_url: str | None = attrs.field(default=None, repr=_shown)
    api_key: Secret | None = attrs.field(default=None, converter=as_secret)
    api_key_env: str | None = attrs.field(default=None, kw_only=True)
    size: int | None = attrs.field(default=None, kw_only=True)
    query_prefix: str = attrs.field(default="", kw_only=True)
    document_prefix: str = attrs.field(default="", kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    max_retries: int | None = attrs.field(default=None, kw_only=True)
    _measured: int | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.api_key is not None and self.api_key_env is not None:
            raise ConfigError(f"model {self.model!r} has both api_key= and api_key_env=: give one")

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model

    @property
    def dimensions(self) -> int:
        """The length of the vectors; the server is asked, if ``size`` is not given.

        Raises:
            ModelError: the server did not answer.
        """
        if self.size is not None:
            return self.size
        if self._measured is None:
            self._measured = len(self._embedded(["dimensions"])[0])
        return self._measured

    def embed_documents(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of passages, in their order.

        Raises:
            ExtraMissingError: the package ``openai`` is not installed.
            ModelError: the server did not answer, or refused the request.
        """
        prefixed = [self.document_prefix + text for text in texts]
        vectors: list[Sequence[float]] = []
        for start in range(0, len(prefixed), _AT_ONCE):
            vectors += self._embedded(prefixed[start : start + _AT_ONCE])
        return vectors

    def embed_query(self, text: str) -> Sequence[float]:
        """Return the vector of what is searched.

        Raises:
            ExtraMissingError: the package ``openai`` is not installed.
            ModelError: the server did not answer, or refused the request.
        """
        return self._embedded([self.query_prefix + text])[0]

    def _embedded(self, texts: list[str]) -> list[Sequence[float]]:
        key = key_from(self.model, self.api_key, self.api_key_env, self.base_url)
        access = Access(self.base_url, key, self.timeout, self.max_retries)
        failures = Failures(self.model, access, self.api_key_env or "api_key=")
        asked = {} if self.size is None else {"dimensions": self.size}
        with failures.told(self.timeout, None):
            # Numbers instead of the SDK's default base64, which not every server knows.
            answer = _client(access).embeddings.create(
                model=self.model, input=texts, encoding_format="float", **asked
            )
        vectors = [each.embedding for each in sorted(answer.data or (), key=lambda one: one.index)]
        if len(vectors) != len(texts) or not all(vectors):
            raise ModelError(
                f"{failures.where} gave {len(vectors)} embeddings for {len(texts)} texts: is it a "
                "model for embeddings?",
                model=self.model,
            )
        return vectors


def _client(access: Access) -> Any:
    """Return the client of a server in this process; the SDK's may be used by several threads."""
    with _lock:
        if access not in _clients:
            options: dict[str, Any] = {"base_url": access.base_url}
            if access.timeout is not None:
                options["timeout"] = limits(access.timeout)
            if access.max_retries is not None:
                options["max_retries"] = access.max_retries
            key = Secret("no-key") if access.key is None else access.key
            openai = import_extra("openai", "openai", "OpenAIEmbedder")
            _clients[access] = openai.OpenAI(api_key=key.reveal(), **options)
        return _clients[access]
