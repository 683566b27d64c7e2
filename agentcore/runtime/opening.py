"""How a conversation is opened through a ref or an agent object, before its first message."""

from __future__ import annotations

import attrs

from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.sessions import as_peers
from agentcore.protocol.state import Exchange
from agentcore.runtime.allowance import allowance_for
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.chats import nothing_to_release, releaser
from agentcore.runtime.turns.turn import current_turn

__all__ = ["Opening", "opening_for"]


@attrs.frozen
class Opening:
    """A conversation that is about to begin.

    Attributes:
        chat: its handle.
        me: the agent that begins it.
        peer: the agent that it begins with.
        exchange: the budget that it begins with.
        inherited: the context that it inherits.
    """

    chat: Chat
    me: AgentRef
    peer: AgentRef
    exchange: Exchange
    inherited: CallContext


def opening_for(
    runtime: RuntimePort,
    initiator: AgentRef,
    recipient: AgentLike,
    options: ChatOptions,
    waits: bool,
    own_turns: int = 0,
) -> Opening:
    """Find the recipient, and take the budget from the calling turn, if there is one.

    Args:
        waits: whether the calling turn waits for the result.
        own_turns: how many turns of the budget come before the conversation's own.

    Raises:
        AgentNotFoundError, BudgetSpentError, DepthError, SystemClosedError: nothing was begun.
    """
    turn = current_turn()
    found = runtime.resolve(recipient)
    release = releaser(runtime, recipient, found)
    session = options.session or ("" if turn is None else turn.inherited.session)
    me, peer = as_peers(initiator, found, session)
    chat_id = runtime.new_id()
    try:
        exchange, inherited = allowance_for(runtime, turn, waits, options, chat_id, me.address)
    except BaseException:
        release()
        raise
    chat = runtime.new_ticket(me, peer, id=chat_id)
    if inherited.root[0] == chat_id:
        first = exchange.budget - own_turns
        if own_turns:
            inherited = attrs.evolve(inherited, root=(chat_id, first))
        if not inherited.silent:
            chat._shown_from = first
    if release is not nothing_to_release:
        chat._when_done(lambda _: release())
    if turn is not None and waits:
        turn.take_back_from(chat)
    return Opening(chat, me, peer, exchange, inherited)
