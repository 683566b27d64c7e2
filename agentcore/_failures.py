"""What a turn's failure is called, wherever its root is."""

from __future__ import annotations

import traceback

from agentcore.errors import AgentCoreError, AgentDiedError, AgentNotFoundError, ReplyError

__all__ = ["gone", "named"]


def named(error: BaseException, agent: str, rule: str) -> BaseException:
    """Give the failure of a turn: it names agent and rule, and keeps what was raised.

    A failure of a conversation that the turn waited for passes as it is: its root is elsewhere.
    """
    if isinstance(error, ReplyError | AgentDiedError):
        if isinstance(error, ReplyError) and not error.rule:
            error.agent, error.rule = agent, rule
        return error
    text = "".join(traceback.format_exception(error))
    failure = ReplyError(
        f"rule {rule} of agent {agent!r} raised {type(error).__name__}: {error}",
        agent=agent,
        rule=rule,
        traceback=text,
    )
    failure.__cause__ = error
    return failure


def gone(error: AgentCoreError, name: str) -> AgentCoreError:
    """Give the failure of a conversation whose other agent cannot be reached any more."""
    if isinstance(error, AgentNotFoundError):
        return AgentDiedError(f"agent {name!r} is gone: {error}", agent=name)
    return error
