"""Clients of the ``openai`` SDK: one for each event loop and server.

What the SDK keeps open between requests is bound to the event loop that opened it, so models
share a client within a loop and never between two.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from agentcore.base.errors import ModelError
from agentcore.base.extras import import_extra
from agentcore.models.secret import Secret

__all__ = ["CONNECT_SECONDS", "Access", "client_for", "key_from", "limits"]

CONNECT_SECONDS = 5.0  # as the SDK's own limits have it

_lock = threading.Lock()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Access, _Open]] = WeakKeyDictionary()


@attrs.frozen
class Access:
    """How a server is reached; models that have it in common share a client.

    Attributes:
        key: the key; ``None`` for a server that wants none.
        timeout: seconds for an attempt; ``None`` for the SDK's own.
        max_retries: attempts after the first; ``None`` for the SDK's own.
        headers: sent along with each request.
    """

    base_url: str | None = attrs.field(repr=False)
    key: Secret | None
    timeout: float | None = None
    max_retries: int | None = None
    headers: tuple[tuple[str, Secret], ...] = ()

    def secrets(self) -> tuple[Secret, ...]:
        """Give what must be seen nowhere."""
        known = (self.key,) if self.key is not None else ()
        return (*known, *(value for _, value in self.headers))


@attrs.frozen
class _Open:
    """A client, and what closes it when its loop ends."""

    client: Any
    closing: AsyncGenerator[None]


def key_from(
    model: str, api_key: Secret | None, variable: str | None, base_url: str | None
) -> Secret | None:
    """Find the key of a model: the one given, that of the variable, or OpenAI's own.

    OpenAI's own goes to OpenAI alone: a server of another address is sent none unasked.

    Raises:
        ModelError: there is none, or no request could carry it.
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


async def client_for(access: Access) -> Any:
    """Give the client of the running event loop for a server.

    Raises:
        ExtraMissingError: the package ``openai`` is not installed.
    """
    loop = asyncio.get_running_loop()
    with _lock:
        for ended in [each for each in _clients if each.is_closed()]:
            del _clients[ended]  # a client's connections hold their loop: it would never go
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
    """Give the time of an attempt as the SDK takes it: less is enough to connect."""
    openai = import_extra("openai", "openai", "OpenAIModel")
    return openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


async def _closing(
    client: Any, of_loop: dict[Access, _Open], access: Access
) -> AsyncGenerator[None]:
    """Close the client when the loop ends: that is when asyncio closes generators left open."""
    try:
        yield
    finally:
        of_loop.pop(access, None)
        await client.close()
