"""How the methods of an agent find the turn that they are called in."""

from __future__ import annotations

from agentcore.protocol.agent_ref import AgentObject
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.runtime.turns.turn import Turn, current_turn

__all__ = ["own_turn"]


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
