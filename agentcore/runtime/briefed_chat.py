"""Conversations with a briefing: begun in a turn of the initiator that lasts as long as they do.

What stands around such a conversation (its message function, its carry-over, its summary) runs in
that turn, with the agent's own model, wherever the agent lives and whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.packets import Call
from agentcore.runtime.opening import opening_for
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.requests import BRIEFED

__all__ = ["begin_briefed"]


def begin_briefed(
    runtime: RuntimePort,
    initiator: AgentRef,
    recipient: AgentLike,
    message: Any,
    options: ChatOptions,
    context: Mapping[str, Any],
    waits: bool,
) -> Chat:
    """Let a hosted agent begin a conversation that has a briefing, as one of its turns.

    Args:
        message: the first message, or a function that gives it; ``None`` lets
            ``generate_init_message(**context)`` decide.
        waits: whether the calling turn, if there is one, waits for the result.

    Returns:
        the handle, whose result is the `ChatResult` with its summary.

    Raises:
        MessageError, AgentNotFoundError, SystemClosedError: nothing was begun.
    """
    if message is not None and not callable(message):
        message = runtime.check_message(message)
    most = runtime.core.max_turns if options.max_turns is None else options.max_turns
    # One more, for the turn itself. Its time is the conversation's, and not that of the summary.
    allowed = attrs.evolve(options, max_turns=most + 1, timeout=None)
    opening = opening_for(runtime, initiator, recipient, allowed, waits, own_turns=1)
    chat, me, inherited = opening.chat, opening.me, opening.inherited
    # Functions of the user's are given the agent object, where it is in their process.
    to = recipient if me.place == runtime.place else opening.peer
    args = (to, message, options, dict(context))
    call = Call(chat._id, me, BRIEFED, args, {}, opening.exchange, inherited, runtime.place)
    runtime.request(call)
    return chat
