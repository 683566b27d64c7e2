"""The budget and context of what is begun through a ref or an agent object."""

from __future__ import annotations

from contextvars import Context, copy_context

import attrs

from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.state import Exchange, begin
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import Turn

__all__ = ["allowance_for"]


def allowance_for(
    runtime: RuntimePort,
    turn: Turn | None,
    waits: bool,
    options: ChatOptions,
    root: str = "",
    origin: str = "",
) -> tuple[Exchange, CallContext]:
    """Give the budget that a conversation or call begins with, and the context that it inherits.

    Args:
        turn: the calling turn, which pays from its budget; without one, the budget is new.
        waits: whether that turn waits for it, and gets back what it does not use.
        options: the options of the conversation.
        root: the id of the conversation; it is the root of its context unless a turn waits for it.
        origin: the address of the agent that begins it.

    Raises:
        BudgetSpentError: the turn has no budget left. ``DepthError``: it is nested too deep.
        SystemClosedError: the system was closed.
        TypeError, ValueError: ``max_turns`` is not 1 or more.
    """
    exchange = begin(runtime.core.max_turns if options.max_turns is None else options.max_turns)
    runtime.check_open()
    if turn is None:
        timeout, first = options.timeout, (root, exchange.budget)
        deadline = None if timeout is None else runtime.backend.now() + timeout
        place, silent = runtime.place, options.silent or runtime.core.silent
        session, variables = options.session, _variables_of_caller()
        context = CallContext((), deadline, place, silent, first, session, origin, variables)
        return exchange, context
    inherited = turn.narrowed(options)
    exchange = turn.lend(waits, exchange.budget)  # last: if a line above raises, nothing is lent
    if not waits:
        inherited = attrs.evolve(inherited, root=(root, exchange.budget))
    return exchange, inherited


def _variables_of_caller() -> Context | None:
    """Return the calling code's context variables; ``None`` if only agentcore's own are set."""
    context = copy_context()
    if all(variable.name.startswith("agentcore") for variable in context):
        return None
    return context
