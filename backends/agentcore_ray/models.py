"""Models that are loaded once a machine: each in a process of its own on each node that needs it.

The directory begins them, so that they end with the system and outlive whoever asked first. An
agent's process reaches the one of its own node, and holds no thread while it waits.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from agentcore import AgentCoreError
from agentcore.errors import ModelError
from agentcore.models import Completion, Delta
from agentcore_ray.wire import cloudpickle

__all__ = ["HostedModel", "ModelHost", "make_model_host"]

WAITING = 10_000  # requests that a host takes in; the model decides how many it answers at once
GRACE = 2.0  # seconds for a host to say itself that the time ran out


def make_model_host(namespace: str, name: str, node_id: str) -> Any:
    """Begin the host of a model on a node, or give the one that there is."""
    remote: Any = ray.remote
    return (
        remote(ModelHost)
        .options(
            name=f"agentcore-model-{name}@{node_id}",
            namespace=namespace,
            get_if_exists=True,
            num_cpus=0,
            max_restarts=-1,
            max_concurrency=WAITING,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
        )
        .remote()
    )


class ModelHost:
    """A Ray actor with an event loop, where a model is loaded at its first use.

    Requests carry the model's configuration: those that differ in what they ask of the model, such
    as its sampling, share what is loaded. What goes wrong is given back as a value, whole.
    """

    @ray.method(max_task_retries=-1)
    async def ready(self) -> bool:
        """Answer when the process is up, also if it must be begun anew first."""
        return True

    async def complete(self, data: bytes) -> Completion | AgentCoreError:
        """Answer; give the error if that failed."""
        model, messages, options = cloudpickle.loads(data)
        try:
            answer = model.complete(messages, **options)
            return await answer if inspect.isawaitable(answer) else answer  # type: ignore[no-any-return]
        except Exception as error:
            return _whole(model, error)

    async def stream(self, data: bytes) -> AsyncIterator[Delta | AgentCoreError]:
        """Answer piece by piece; the error, if that fails, is the last piece."""
        model, messages, options = cloudpickle.loads(data)
        pieces = model.stream(messages, **options)
        try:
            async for piece in pieces:
                yield piece
        except Exception as error:
            yield _whole(model, error)
        finally:
            await pieces.aclose()


def _whole(model: Any, error: Exception) -> AgentCoreError:
    if isinstance(error, AgentCoreError):
        return error
    said = f"model {model.name!r} failed: {type(error).__name__}: {error}"
    return ModelError(said, model=model.name)


class HostedModel:
    """A model as agents have it, that is loaded elsewhere on this machine: a `ChatModel`.

    Whatever else the model says of itself, in attributes, this says too.

    Args:
        directory: handle of the system's directory.
    """

    hosted = False  # no more: it has its place

    def __init__(self, directory: Any, model: Any) -> None:
        self._directory = directory
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> Completion:
        """Answer: see `ChatModel.complete`. Cancelling it cancels it in the model's process.

        Raises:
            ModelError: the model raised it, or its process died, twice.
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

        data, limit = self._packed(messages, options)
        completion: Completion = await self._reached(ask, limit)
        return completion

    async def stream(
        self, messages: Sequence[Mapping[str, Any]], **options: Any
    ) -> AsyncIterator[Delta]:
        """Answer piece by piece: see `ChatModel.stream`. Raises what `complete` raises."""
        calls: list[Any] = []

        async def begin(host: Any) -> Delta:
            calls.append(host.stream.options(num_returns="streaming").remote(data))
            return await following()

        async def following() -> Delta:
            async with asyncio.timeout_at(deadline):
                piece: Delta = _value(await (await anext(calls[-1])))
                return piece

        data, limit = self._packed(messages, options)
        loop = asyncio.get_running_loop()
        deadline = None if limit is None else loop.time() + limit
        ended = False
        try:
            piece = await self._reached(begin, limit)
            while True:
                ended = piece.completion is not None
                yield piece
                if ended:
                    return
                piece = await self._last(following(), limit)
        finally:
            if calls and not ended:
                ray.cancel(calls[-1])

    def _packed(
        self, messages: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
    ) -> tuple[bytes, float | None]:
        """Give what goes to the host, and the seconds that there are for it."""
        timeout = options.get("timeout")
        plain = [dict(message) for message in messages]
        data: bytes = cloudpickle.dumps((self._model, plain, dict(options)))
        return data, None if timeout is None else timeout + GRACE

    async def _reached(self, ask: Callable[[Any], Awaitable[Any]], limit: float | None) -> Any:
        """Ask the host; once more, if its process died of the first time."""
        node = ray.get_runtime_context().get_node_id()
        serial = 0
        try:
            serial, host = await self._directory.model_host.remote(self._model.name, node, serial)
            return await self._told(ask(host), limit)
        except RayError:
            pass
        return await self._last(self._again(ask, node, serial), limit)

    async def _again(self, ask: Callable[[Any], Awaitable[Any]], node: str, serial: int) -> Any:
        _, host = await self._directory.model_host.remote(self._model.name, node, serial)
        await host.ready.remote()  # whatever is asked of it sooner fails too
        return await ask(host)

    async def _last(self, awaitable: Awaitable[Any], limit: float | None) -> Any:
        try:
            return await self._told(awaitable, limit)
        except RayError as error:
            name = self._model.name
            raise ModelError(
                f"the process of model {name!r} on this node died while it answered: is there "
                f"memory enough for it? {type(error).__name__}: {error}",
                model=name,
            ) from None

    async def _told(self, awaitable: Awaitable[Any], limit: float | None) -> Any:
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
