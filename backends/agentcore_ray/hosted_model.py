"""A model that a process on this machine has loaded, as the agents of other processes use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from agentcore import AgentCoreError
from agentcore.errors import ModelError
from agentcore.models import Completion, Delta
from agentcore_ray.codec import cloudpickle

__all__ = ["HostedModel"]

GRACE = 2.0  # seconds beyond a time limit, for the host to report itself that the time ran out


class HostedModel:
    """A `ChatModel` that asks the model's host on this machine, and holds no thread meanwhile.

    Its other attributes are those of the model.

    Args:
        directory: Ray's handle of the system's directory, which starts the host.
        model: the model, which is sent along with each request and is loaded in the host only.
    """

    hosted = False  # the model has its host: `ActorBackend.model_host` need not be asked again

    def __init__(self, directory: Any, model: Any) -> None:
        self._directory = directory
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> Completion:
        """See `ChatModel.complete`. A cancellation cancels the request in the host too.

        Raises:
            ModelError: the model raised it, no answer came in time, or the host died twice.
        """

        async def ask(host: Any) -> Completion:
            call = host.complete.remote(data)
            try:
                async with asyncio.timeout(limit):
                    answer: Completion = _value(await call)
                    return answer
            except (asyncio.CancelledError, TimeoutError):
                ray.cancel(call)
                raise

        data, limit = self._request(messages, options)
        completion: Completion = await self._ask_host(ask, limit)
        return completion

    async def stream(
        self, messages: Sequence[Mapping[str, Any]], **options: Any
    ) -> AsyncIterator[Delta]:
        """See `ChatModel.stream`. Raises what `complete` raises."""
        calls: list[Any] = []

        async def begin(host: Any) -> Delta:
            calls.append(host.stream.options(num_returns="streaming").remote(data))
            return await following()

        async def following() -> Delta:
            async with asyncio.timeout_at(deadline):
                piece: Delta = _value(await (await anext(calls[-1])))
                return piece

        data, limit = self._request(messages, options)
        loop = asyncio.get_running_loop()
        deadline = None if limit is None else loop.time() + limit
        ended = False
        try:
            piece = await self._ask_host(begin, limit)
            while True:
                ended = piece.completion is not None
                yield piece
                if ended:
                    return
                piece = await self._reporting_death(following(), limit)
        finally:
            if calls and not ended:
                ray.cancel(calls[-1])

    def _request(
        self, messages: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
    ) -> tuple[bytes, float | None]:
        """Give the pickled request, and how many seconds the host has for it."""
        timeout = options.get("timeout")
        plain = [dict(message) for message in messages]
        data: bytes = cloudpickle.dumps((self._model, plain, dict(options)))
        return data, None if timeout is None else timeout + GRACE

    async def _ask_host(self, ask: Callable[[Any], Awaitable[Any]], limit: float | None) -> Any:
        """Ask the host; once more if its process died meanwhile."""
        node = ray.get_runtime_context().get_node_id()
        serial = 0
        try:
            serial, host = await self._directory.model_host.remote(self._model.name, node, serial)
            return await self._reporting_timeout(ask(host), limit)
        except RayError:
            pass
        return await self._reporting_death(self._ask_restarted(ask, node, serial), limit)

    async def _ask_restarted(
        self, ask: Callable[[Any], Awaitable[Any]], node: str, serial: int
    ) -> Any:
        _, host = await self._directory.model_host.remote(self._model.name, node, serial)
        await host.ready.remote()  # a request before the process is up again would fail too
        return await ask(host)

    async def _reporting_death(self, awaitable: Awaitable[Any], limit: float | None) -> Any:
        try:
            return await self._reporting_timeout(awaitable, limit)
        except RayError as error:
            name = self._model.name
            raise ModelError(
                f"the process of model {name!r} on this node died while it answered: is there "
                f"memory enough for it? {type(error).__name__}: {error}",
                model=name,
            ) from None

    async def _reporting_timeout(self, awaitable: Awaitable[Any], limit: float | None) -> Any:
        try:
            return await awaitable
        except TimeoutError:
            name = self._model.name
            raise ModelError(
                f"the process of model {name!r} on this node did not answer within {limit:g} s",
                model=name,
            ) from None
        except StopAsyncIteration:
            name = self._model.name
            raise ModelError(f"model {name!r} broke its answer off", model=name) from None


def _value(answer: Any) -> Any:
    if isinstance(answer, AgentCoreError):
        raise answer
    return answer
