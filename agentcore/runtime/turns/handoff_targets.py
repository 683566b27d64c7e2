"""Whom a conversation is handed off to: found, hosted as long as it takes, and found again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from agentcore.base.errors import AgentNotFoundError
from agentcore.protocol.address import address_in
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.handoff_trail import HandedOff, HandoffTrail
from agentcore.protocol.history import History
from agentcore.protocol.sessions import as_peer
from agentcore.runtime.turns.turn import Turn

__all__ = ["goes_on_with", "note_handoff", "target", "trail_of"]

KEPT: Final = 100_000  # sessions with handoffs, the last ones


def target(turn: Turn, agent: AgentLike) -> AgentRef:
    """Return the ref of the agent that the turn's conversation is handed off to.

    An agent object is hosted until the conversation stops; if that was begun in another process,
    which this one is not told of the stop by, for as long as the system.

    Raises:
        AgentNotFoundError, SystemMismatchError, TypeError: the conversation cannot go there.
    """
    runtime, conversation = turn.runtime, turn.received.conversation
    ref = runtime.resolve(agent)
    chat = runtime.chats.get(conversation.id)
    if chat is not None and not isinstance(agent, str | AgentRef):
        chat.release_at_stop(partial(runtime.release, ref.address))
    return as_peer(ref, turn.inherited.session, conversation.initiator)


def trail_of(turn: Turn, session: str) -> HandoffTrail | None:
    """Return the handoffs of conversations that the turn's agent began; ``None`` without any.

    Those of a session belong to the session: the next message of it may come from another agent
    object, as each request to a web service makes one.
    """
    if not session:
        return turn.mailbox.agent._memory.trail
    return turn.runtime.session_trails.get(address_in(turn.mailbox.ref.name, session))


def _keep(turn: Turn, trail: HandoffTrail) -> None:
    session = turn.inherited.session
    if not session:
        turn.mailbox.agent._memory.trail = trail
        return
    trails = turn.runtime.session_trails
    trails[address_in(turn.mailbox.ref.name, session)] = trail
    if len(trails) > KEPT:
        trails.pop(next(iter(trails)), None)


def note_handoff(turn: Turn, sender: str, to: AgentRef, history: History) -> None:
    """Note that a conversation of this agent's was handed off.

    Args:
        sender: the key of the peer that handed it off.
        to: to whom.
        history: the agent's history with that one.
    """
    here = turn.runtime.mailboxes.get(to.address)
    trail = trail_of(turn, turn.inherited.session)
    if trail is None:
        trail = HandoffTrail()
        _keep(turn, trail)
    trail.add(sender, HandedOff(to, len(history.said), None if here is None else here.agent))


def goes_on_with(
    turn: Turn, peer: AgentRef, session: str, fresh: bool, release: Callable[[], None]
) -> tuple[AgentRef, Callable[[], None]]:
    """Return with whom a conversation is begun: with ``peer``, or to whom that had handed off.

    Args:
        session: of the conversation; empty if it has none.
        fresh: whether the history is cleared, and with it the handoffs of earlier conversations.
        release: what is to be called when it has stopped.

    Returns:
        the agent, and what is to be called when the conversation with that has stopped.
    """
    trail = trail_of(turn, session)
    if trail is None:
        return peer, release
    handed = None if fresh else trail.end(peer.key)
    if handed is None:
        if fresh:
            trail.forget(peer.key)
        return peer, release
    runtime, me = turn.runtime, turn.mailbox.ref
    try:
        if handed.agent is None:
            return as_peer(runtime.resolve(handed.to.address), session, me), release
        ref = runtime.resolve(handed.agent)
    except AgentNotFoundError:  # it was closed
        trail.forget(peer.key)
        return peer, release

    def release_both() -> None:
        release()
        runtime.release(ref.address)

    return as_peer(ref, session, me), release_both
