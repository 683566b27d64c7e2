"""What an agent object does outside of its own turns: the runtime hosts it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.protocol.agent_ref import AgentLike, AgentObject
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.system import runtime_for
from agentcore.runtime.turns.begin_and_wait import a_begin_and_wait, begin_and_wait

__all__ = ["a_converse", "a_run_as_turn", "begin", "converse", "run_as_turn"]


def begin(
    agent: AgentObject,
    recipient: AgentLike,
    message: Any,
    waits: bool,
    options: ChatOptions,
    context: Mapping[str, Any],
) -> Chat:
    """Host an agent object while it converses, and let it begin a conversation.

    Args:
        waits: whether the calling turn, if there is one, waits for the result.
        message: the first message, or a function that gives it, or ``None``.
        context: keyword arguments of ``generate_init_message`` or the function.

    Raises:
        AgentNotFoundError, MessageError: nothing was begun.
    """
    runtime = runtime_for(agent, recipient)
    ref = runtime.acquire(agent)
    try:
        chat = runtime.begin(ref, recipient, message, options, context, waits)
    except BaseException:
        runtime.release(ref.address)
        raise
    chat._when_done(lambda _: runtime.release(ref.address))
    return chat


def converse(
    agent: AgentObject,
    recipient: AgentLike,
    message: Any,
    options: ChatOptions,
    context: Mapping[str, Any],
) -> ChatResult:
    """Let an agent object converse that is in no turn of its own, and wait for the result.

    Raises:
        AgentNotFoundError, MessageError: nothing was begun. ``ChatError``: it failed.
    """
    result: ChatResult = begin_and_wait(
        lambda: begin(agent, recipient, message, True, options, context)
    )
    return result


async def a_converse(
    agent: AgentObject,
    recipient: AgentLike,
    message: Any,
    options: ChatOptions,
    context: Mapping[str, Any],
) -> ChatResult:
    """`converse`, awaited."""
    result: ChatResult = await a_begin_and_wait(
        lambda: begin(agent, recipient, message, True, options, context)
    )
    return result


def run_as_turn(
    agent: AgentObject, method: str, others: Iterable[AgentLike], *args: Any, **kwargs: Any
) -> Any:
    """Run a method of an agent object as one of its turns, and return what it returns.

    Args:
        others: agents that the method converses with; one of them may say which system is meant.
    """
    return begin_and_wait(lambda: _begin_turn(agent, method, others, args, kwargs))


async def a_run_as_turn(
    agent: AgentObject, method: str, others: Iterable[AgentLike], *args: Any, **kwargs: Any
) -> Any:
    """`run_as_turn`, awaited."""
    return await a_begin_and_wait(lambda: _begin_turn(agent, method, others, args, kwargs))


def _begin_turn(
    agent: AgentObject,
    method: str,
    others: Iterable[AgentLike],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Chat:
    runtime = runtime_for(agent, *others)
    ref = runtime.acquire(agent)
    try:
        chat = runtime.ask_to_call(ref, method, args, kwargs)
    except BaseException:
        runtime.release(ref.address)
        raise
    chat._when_done(lambda _: runtime.release(ref.address))
    return chat
