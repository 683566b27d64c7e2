"""How an agent object reaches the turn that it is in, or the runtime when it is in none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.protocol.agent_ref import AgentLike, AgentObject
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.message import MessageLike
from agentcore.runtime.system import runtime_for
from agentcore.runtime.turns.begin_and_wait import begin_and_wait
from agentcore.runtime.turns.turn import Turn, current_turn

__all__ = ["begin_outside", "own_turn", "run_as_turn"]


def own_turn(agent: AgentObject) -> Turn | None:
    """Give the turn that is being taken, if it is this agent's.

    Raises:
        AgentDiedError: the agent was closed in the midst of it.
    """
    turn = current_turn()
    if turn is None or turn.mailbox.agent is not agent:
        return None
    if turn.mailbox.closed:
        raise AgentDiedError(
            f"agent {agent.name!r} was closed in the midst of its turn", agent=agent.name
        )
    return turn


def begin_outside(
    agent: AgentObject,
    recipient: AgentLike,
    message: MessageLike | None,
    waits: bool,
    options: ChatOptions,
    context: Mapping[str, Any],
) -> Chat:
    """Have an agent object hosted while it converses, and let it begin.

    Raises:
        AgentNotFoundError, MessageError: nothing was begun.
    """
    runtime = runtime_for(agent, recipient)
    ref = runtime.acquire(agent)
    try:
        chat = runtime.begin(ref, recipient, message, options, context, waits)
    except BaseException:
        runtime.release(agent.name)
        raise
    chat._when_done(lambda _: runtime.release(agent.name))
    return chat


def run_as_turn(
    agent: AgentObject, method: str, others: Iterable[AgentLike], *args: Any, **kwargs: Any
) -> Any:
    """Run a method of an agent object as one of its turns, and give what it returns.

    Args:
        others: agents that the method has to do with; they say which system is meant.
    """
    runtime = runtime_for(agent, *others)
    ref = runtime.acquire(agent)
    try:
        return begin_and_wait(lambda: runtime.ask_to_call(ref, method, args, kwargs))
    finally:
        runtime.release(agent.name)
