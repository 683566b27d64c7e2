"""Waiting for what was begun through a ref or an agent object, within a turn or outside of one.

Within a turn, what is begun has the turn's budget while it goes on, so a turn waits for one thing
at a time. It is begun only if it can be waited for: a blocking call on the event loop is refused
before it has cost anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.protocol.chat import Chat
from agentcore.runtime.blocked_loop import warn_if_loop_is_blocked
from agentcore.runtime.turns.turn import current_turn
from agentcore.runtime.turns.waits import waits_of

__all__ = ["a_begin_and_wait", "begin_and_wait"]


def begin_and_wait(begin: Callable[[], Chat]) -> Any:
    """Call ``begin``, block the calling thread until what it began is over, and give its value.

    Args:
        begin: begins a conversation or a call, and gives its handle.

    Raises:
        TurnError: this would block the event loop; nothing was begun.
        AgentCoreError: ``begin`` raised it, or the conversation or call failed with it.
    """
    turn = current_turn()
    if turn is not None and turn.asynchronous:
        return waits_of(turn).tool_threads.wait(a_begin_and_wait(begin))
    if turn is None:
        warn_if_loop_is_blocked()
    return begin()._finish()


async def a_begin_and_wait(begin: Callable[[], Chat]) -> Any:
    """`begin_and_wait` for ``async def``; several at once in one turn run one after the other."""
    turn = current_turn()
    if turn is None:
        return await begin()._a_finish()
    async with waits_of(turn).one_at_a_time:
        return await begin()._a_finish()
