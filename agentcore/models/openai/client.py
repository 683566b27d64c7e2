"""Clients of the ``openai`` SDK: one for each event loop and server.

A client's open connections belong to the event loop that opened them, so models share a client
within a loop, and never between two loops.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from agentcore.base.errors import ModelError
from agentcore.base.extras import import_extra
from agentcore.models.secret import Secret

__all__ = ["CONNECT_SECONDS", "Access", "client_for", "key_from", "limits", "shown_url"]

CONNECT_SECONDS = 5.0  # the default of the SDK
_HIDDEN_PARTS = re.compile(r"(?<=//)[^/@]*@|[?#].*")

_lock = threading.Lock()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Access, _Open]] = WeakKeyDictionary()


@attrs.frozen
class Access:
    """How to reach a server; models with equal access share a client.

    Attributes:
        base_url: the address of the API; ``None`` for OpenAI's own.
        key: the API key; ``None`` for a server without keys.
        timeout: seconds for an attempt; ``None`` for the SDK's default.
        max_retries: attempts after the first; ``None`` for the SDK's default.
        headers: HTTP headers that are sent with each request.
    """

    base_url: str | None = attrs.field(repr=False)
    key: Secret | None
    timeout: float | None = None
    max_retries: int | None = None
    headers: tuple[tuple[str, Secret], ...] = ()

    def secrets(self) -> tuple[Secret, ...]:
        """Return the texts that no log or error may show."""
        known = (self.key,) if self.key is not None else ()
        return (*known, *(value for _, value in self.headers))


@attrs.frozen
class _Open:
    """A client, and the generator that closes it when its event loop ends."""

    client: Any
    closing: AsyncGenerator[None]


def key_from(
    model: str, api_key: Secret | None, variable: str | None, base_url: str | None
) -> Secret | None:
    """Return the key of a model: the one given, or that of an environment variable.

    ``OPENAI_API_KEY`` is the default for OpenAI's own server alone, so that it is never sent to a
    server of somebody else.

    Args:
        model: the model's name, for errors.
        api_key: the key, if it was given.
        variable: the environment variable that holds the key, if one was named.
        base_url: the address of the server; ``None`` for OpenAI's own.

    Returns:
        the key; ``None`` for another server if neither was given.

    Raises:
        ModelError: the variable is not set, or the key has characters that no key can have.
    """
    where = "api_key="
    if api_key is None:
        if variable is None and base_url is not None:
            return None
        where = variable or "OPENAI_API_KEY"
        text = os.environ.get(where, "").strip()
        if not text:
            raise ModelError(
                f"model {model!r} needs a key, and the environment variable {where} is not set "
                "in this process: set it, or name another with api_key_env=",
                model=model,
            )
        api_key = Secret(text)
    text = api_key.reveal().strip()
    if not text or not all("!" <= character <= "~" for character in text):
        raise ModelError(
            f"the key of model {model!r} ({where}) is no key: it is empty, or has a blank or "
            "another character in it that no key has",
            model=model,
        )
    return Secret(text)


def shown_url(url: str | None) -> str:
    """Return an address without the parts that may be secret: user, password, query, fragment."""
    if url is None:
        return "OpenAI"
    return _HIDDEN_PARTS.sub("", url)


async def client_for(access: Access) -> Any:
    """Return the client of the running event loop for a server; the first call opens it.

    Raises:
        ExtraMissingError: the package ``openai`` is not installed.
    """
    loop = asyncio.get_running_loop()
    with _lock:
        for ended in [each for each in _clients if each.is_closed()]:
            del _clients[ended]  # the client refers to its loop, so the weak key would stay
        of_loop = _clients.setdefault(loop, {})
    found = of_loop.get(access)
    if found is None:
        client = _open(access)
        found = of_loop[access] = _Open(client, _closing(client, of_loop, access))
        await anext(found.closing)
    return found.client


def _open(access: Access) -> Any:
    openai = import_extra("openai", "openai", "OpenAIModel")
    options: dict[str, Any] = {"base_url": access.base_url}
    if access.timeout is not None:
        options["timeout"] = limits(access.timeout)
    if access.max_retries is not None:
        options["max_retries"] = access.max_retries
    headers = {name: value.reveal() for name, value in access.headers}
    key = Secret("no-key") if access.key is None else access.key
    return openai.AsyncOpenAI(api_key=key.reveal(), default_headers=headers, **options)


def limits(seconds: float) -> Any:
    """Return the time-out of an attempt as the SDK takes it; connecting gets at most 5 seconds."""
    openai = import_extra("openai", "openai", "OpenAIModel")
    return openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


async def _closing(
    client: Any, of_loop: dict[Access, _Open], access: Access
) -> AsyncGenerator[None]:
    """Close the client when the loop ends: asyncio.run closes the async generators still open."""
    try:
        yield
    finally:
        of_loop.pop(access, None)
        await client.close()
