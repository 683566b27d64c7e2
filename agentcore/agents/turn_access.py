"""How methods of an agent object find their turn, or the runtime when they run outside of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.protocol.agent_ref import AgentLike, AgentObject
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.message import MessageLike
from agentcore.runtime.system import runtime_for
from agentcore.runtime.turns.turn import Turn, current_turn

__all__ = ["begin_outside", "own_turn", "run_as_turn"]


def own_turn(agent: AgentObject) -> Turn | None:
    """Give the current turn, if it is this agent's; ``None`` otherwise.

    Raises:
        AgentDiedError: the agent was closed during the turn.
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
    """Host an agent object while it converses, and let it begin a conversation.

    Args:
        waits: whether the calling turn, if there is one, waits for the result.
        context: keyword arguments of ``generate_init_message``, where there is no message.

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
        others: agents that the method converses with; one of them may say which system is meant.
    """
    runtime = runtime_for(agent, *others)
    ref = runtime.acquire(agent)
    try:
        return runtime.ask_to_call(ref, method, args, kwargs)._finish()
    finally:
        runtime.release(agent.name)
