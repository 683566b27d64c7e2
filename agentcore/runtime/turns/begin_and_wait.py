"""Waits for what refs and other agent objects are asked to do, in a turn or outside of any.

What is asked for in a turn has the turn's budget while it goes on, so a turn waits for one thing
at a time. And it begins only where it can be waited for: a blocking call on the event loop is
refused before it has cost anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.protocol.chat import Chat
from agentcore.runtime.turns.turn import current_turn
from agentcore.runtime.turns.waits import waits_of

__all__ = ["a_begin_and_wait", "begin_and_wait"]


def begin_and_wait(begin: Callable[[], Chat]) -> Any:
    """Begin something, hold the calling thread until it is over, and give its value.

    Args:
        begin: begins it, and gives its handle.

    Raises:
        TurnError: the calling thread is that of an event loop; nothing was begun.
        AgentCoreError: what ``begin`` or the handle raises.
    """
    turn = current_turn()
    if turn is not None and turn.asynchronous:
        return waits_of(turn).tool_threads.wait(a_begin_and_wait(begin))
    return begin()._finish()


async def a_begin_and_wait(begin: Callable[[], Chat]) -> Any:
    """`begin_and_wait`, awaited. Of several at once in one turn, each has the budget in turn."""
    turn = current_turn()
    if turn is None:
        return await begin()._a_finish()
    async with waits_of(turn).one_at_a_time:
        return await begin()._a_finish()
