"""Whom a conversation is handed off to: found, hosted as long as it takes, and found again."""

from __future__ import annotations

from collections.abc import Callable

from agentcore.base.errors import AgentNotFoundError, NameInUseError
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.handoff_trail import HandedOff, HandoffTrail
from agentcore.protocol.history import History
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import Turn

__all__ = ["goes_on_with", "note_handoff", "target"]


def target(turn: Turn, agent: AgentLike) -> AgentRef:
    """Return the ref of the agent that the turn's conversation is handed off to.

    An agent object is hosted until the conversation stops; if that was begun in another process,
    which this one is not told of the stop by, for as long as the system.

    Raises:
        AgentNotFoundError, SystemMismatchError, TypeError: the conversation cannot go there.
    """
    runtime = turn.runtime
    if isinstance(agent, str | AgentRef):
        return runtime.resolve(agent)
    try:
        ref = runtime.resolve(agent)
    except NameInUseError:  # by the agent that it is a copy of
        return runtime.resolve_hosted(agent)
    chat = runtime.chats.get(turn.received.conversation.id)
    if chat is not None:
        chat.release_at_stop(_releaser(runtime, ref.name))
    return ref


def note_handoff(turn: Turn, sender: str, to: AgentRef, history: History) -> None:
    """Note that ``sender`` handed a conversation of this agent's off, which ``history`` is with."""
    memory = turn.mailbox.agent._memory
    here = turn.runtime.mailboxes.get(to.name)
    trail = memory.trail = memory.trail or HandoffTrail()
    trail.add(sender, HandedOff(to, len(history.said), None if here is None else here.agent))


def goes_on_with(
    turn: Turn, peer: AgentRef, fresh: bool, release: Callable[[], None]
) -> tuple[AgentRef, Callable[[], None]]:
    """Return with whom a conversation is begun: with ``peer``, or to whom that had handed off.

    Args:
        fresh: whether the history is cleared, and with it the handoffs of earlier conversations.
        release: what is to be called when it has stopped.

    Returns:
        the agent, and what is to be called when the conversation with that has stopped.
    """
    trail = turn.mailbox.agent._memory.trail
    if trail is None:
        return peer, release
    handed = None if fresh else trail.end(peer.name)
    if handed is None:
        if fresh:
            trail.forget(peer.name)
        return peer, release
    runtime = turn.runtime
    try:
        if handed.agent is None:
            return runtime.resolve(handed.to.name), release
        ref = runtime.resolve(handed.agent)
    except (AgentNotFoundError, NameInUseError):  # it was closed: its name may be another's now
        trail.forget(peer.name)
        return peer, release
    again = _releaser(runtime, ref.name)

    def release_both() -> None:
        release()
        again()

    return ref, release_both


def _releaser(runtime: RuntimePort, name: str) -> Callable[[], None]:
    return lambda: runtime.release(name)
