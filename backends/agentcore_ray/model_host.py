"""The host of a model: a process that has it loaded, one on each machine that needs the model.

The directory starts these processes, so that they end with the system and outlive whoever asked
first.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from agentcore import AgentCoreError
from agentcore.backend import words_of
from agentcore.errors import ModelError
from agentcore.models import Completion, Delta
from agentcore_ray.codec import cloudpickle

__all__ = ["ModelHost", "start_model_host"]

WAITING = 10_000  # requests that a host accepts; the model decides how many it answers at once


def start_model_host(namespace: str, name: str, node_id: str) -> Any:
    """Start the host of a model on a node, or find the one that there is; give Ray's handle.

    Args:
        namespace: of the system.
        name: of the model.
        node_id: Ray's id of the node, which is a machine of the cluster.
    """
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
    """A Ray actor with an event loop, in which a model is loaded at its first use.

    Each request carries the model's configuration. Requests that differ in their options, such as
    sampling, share what is loaded. An error is returned as a value, so that it arrives unchanged:
    Ray would wrap an error that is raised.
    """

    @ray.method(max_task_retries=-1)
    async def ready(self) -> bool:
        """Answer when the process is up; Ray retries this across a restart of the process."""
        return True

    async def complete(self, data: bytes) -> Completion | AgentCoreError:
        """Give the model's answer, or the error if that failed."""
        model, messages, options = cloudpickle.loads(data)
        try:
            answer = model.complete(messages, **options)
            return await answer if inspect.isawaitable(answer) else answer  # type: ignore[no-any-return]
        except Exception as error:
            return _model_error(model, error)

    async def stream(self, data: bytes) -> AsyncIterator[Delta | AgentCoreError]:
        """Give the model's answer piece by piece; if that fails, the last piece is the error."""
        model, messages, options = cloudpickle.loads(data)
        pieces = model.stream(messages, **options)
        try:
            async for piece in pieces:
                yield piece
        except Exception as error:
            yield _model_error(model, error)
        finally:
            await pieces.aclose()


def _model_error(model: Any, error: Exception) -> AgentCoreError:
    if isinstance(error, AgentCoreError):
        return error
    said = f"model {model.name!r} failed: {words_of(error)}"
    return ModelError(said, model=model.name)
