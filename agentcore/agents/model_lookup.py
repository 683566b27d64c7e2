"""Using models in this process: finding them by name, waiting for them, noting their usage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any, TypeVar

from agentcore.base.errors import ModelError, TurnError
from agentcore.base.steps import awaiting, run_async
from agentcore.config.core import load_core
from agentcore.models.calls import completing, model_name
from agentcore.models.settings import named_model
from agentcore.protocol.model_api import NO_SAMPLING, ChatModel, Completion, Sampling, Usage
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import current_turn
from agentcore.runtime.turns.waits import waits_of

__all__ = [
    "Metered",
    "charge",
    "check_may_wait",
    "model_for",
    "note_usage",
    "steady",
    "wait_for_model",
]

T = TypeVar("T")


def model_for(agent: Any, llm: Any) -> ChatModel:
    """Give the model that an argument ``llm=`` means.

    Args:
        agent: the agent that it belongs to; ``None`` if there is none.
        llm: a `ChatModel`, or the name of one in the configuration.

    Raises:
        ConfigError: the configuration has no model of that name.
        ModelError: ``llm`` is neither a model nor a name.
    """
    runtime = _runtime_of(agent)
    if isinstance(llm, str) and " " in llm:
        raise ModelError(
            f"{llm!r:.80} is no name of a model: llm= is the second argument; the system message "
            "goes into system_message="
        )
    model = _by_name(runtime, llm) if isinstance(llm, str) else llm
    if not callable(getattr(model, "complete", None)):
        whose = f" of agent {agent.name!r}" if hasattr(agent, "name") else ""
        raise ModelError(
            f"the llm{whose} is a ChatModel or the name of one in the configuration "
            f"([models.NAME]), not {type(model).__name__}"
        )
    if getattr(model, "hosted", False) and runtime is not None:
        model = runtime.backend.model_host(model)
    return model


def _runtime_of(agent: Any) -> RuntimePort | None:
    turn = current_turn()
    if turn is not None:
        return turn.runtime
    mailbox = getattr(agent, "_mailbox", None)
    return None if mailbox is None else mailbox.runtime


def _by_name(runtime: RuntimePort | None, name: str) -> ChatModel:
    core = load_core() if runtime is None else runtime.core
    return named_model(core.models, name)


def note_usage(usage: Usage) -> None:
    """Add tokens that a model used to the usage of the current turn, if there is one."""
    turn = current_turn()
    if turn is not None and usage:
        turn.usage = usage if turn.usage is None else turn.usage + usage


def charge(usage: Usage, agent: Any = None) -> None:
    """Add tokens that a model used to what an agent used in all.

    Args:
        agent: the agent; by default the one whose turn this is.
    """
    turn = current_turn()
    if agent is None and turn is not None:
        agent = turn.mailbox.agent
    memory = getattr(agent, "_memory", None)  # a prompt may be a method of what is no agent
    if usage and memory is not None:
        memory.charge(usage)


class Metered:
    """A model for history policies and summaries: its usage counts as the turn's.

    Args:
        agent: whose model it is; by default the agent whose turn it is asked in.
        sampling: what is set where a call sets nothing.

    ``complete`` is ``async def``, whether that of the model is or not.
    """

    def __init__(self, model: Any, agent: Any = None, sampling: Sampling = NO_SAMPLING) -> None:
        self._model = model
        self._agent = agent
        self._sampling = sampling
        self.name = model_name(model)

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer the messages; see `ChatModel.complete`."""
        sampling = options.pop("sampling", NO_SAMPLING).over(self._sampling)
        steps = completing(self._model, messages, sampling=sampling, **options)
        completion: Completion = await run_async(steps)
        note_usage(completion.usage)
        charge(completion.usage, self._agent)
        return completion


def steady(model: Any) -> Sampling:
    """Return how a model is to choose tokens where what it says is to be right, and not new.

    A model of this machine takes no chances then. Servers have their own settings, which some of
    them let nobody change.
    """
    return Sampling(temperature=0) if getattr(model, "hosted", False) else NO_SAMPLING


def check_may_wait(what: str) -> None:
    """Check that waiting for a model here would not block an event loop.

    This is checked also for models that answer at once, so that tests with such models find it.

    Args:
        what: what would wait, in words for the error.

    Raises:
        TurnError: it would block an event loop.
    """
    if asyncio._get_running_loop() is not None:
        raise TurnError(
            f"{what} would block the event loop, while its model answers: write it as async def, "
            "and await it"
        )


def wait_for_model(awaitable: Awaitable[T]) -> T:
    """Block the calling thread until a model has answered, in a turn or outside of any.

    Raises:
        TurnError: it would block an event loop.
    """
    turn = current_turn()
    if turn is None:
        return _run_alone(awaitable)
    return waits_of(turn).hold_for(awaitable)  # type: ignore[no-any-return]


def _run_alone(awaitable: Awaitable[T]) -> T:
    check_may_wait("this")
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(awaiting(awaitable))
        while not task.done():
            # Of another task, as one that a tool began: asyncio lets it through.
            with contextlib.suppress(SystemExit):
                loop.run_until_complete(task)
        return task.result()
