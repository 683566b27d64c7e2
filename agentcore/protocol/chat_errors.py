"""The errors of conversations that stopped by a failure, and how a turn's failure becomes one."""

from __future__ import annotations

import traceback

from agentcore.base.errors import AgentCoreError, AgentNotFoundError
from agentcore.protocol.transcript import ChatResult

__all__ = [
    "AgentDiedError",
    "ChatError",
    "ChatTimeoutError",
    "DepthError",
    "ReplyError",
    "ReplyTypeError",
    "as_failure",
    "died",
    "gone",
    "named",
]


class ChatError(AgentCoreError):
    """A conversation stopped by a failure.

    Attributes:
        result: what there is of the conversation, with its stop reason; ``None`` while the
            failure is still on its way to whoever began the conversation.
        agent: the agent that failed, or waited in vain.
    """

    def __init__(self, text: str, *, agent: str = "", result: ChatResult | None = None) -> None:
        super().__init__(text)
        self.agent = agent
        self.result = result

    def with_result(self, result: ChatResult | None) -> ChatError:
        """Give a copy for a conversation of its own: a failure may end several, nested in turn."""
        copy = type(self)(*self.args)
        copy.__dict__.update(self.__dict__)
        copy.result = result
        copy.__cause__ = self.__cause__
        return copy


class ChatTimeoutError(ChatError, TimeoutError):
    """The time given to a conversation ran out."""


class AgentDiedError(ChatError):
    """An agent of the conversation was closed, or its process is gone."""


class ReplyError(ChatError):
    """A rule raised.

    Attributes:
        rule: the name of the rule.
        traceback: the traceback of what it raised, as text, wherever it was raised.
    """

    def __init__(
        self,
        text: str,
        *,
        agent: str = "",
        rule: str = "",
        traceback: str = "",
        result: ChatResult | None = None,
    ) -> None:
        super().__init__(text, agent=agent, result=result)
        self.rule = rule
        self.traceback = traceback


class ReplyTypeError(ReplyError, TypeError):
    """A rule returned something that is no ``(final, reply)``."""


class DepthError(ReplyError):
    """Sends are nested deeper than the system's ``max_depth``."""


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


def died(name: str) -> AgentDiedError:
    """Give the error for an agent whose process is gone."""
    return AgentDiedError(f"agent {name!r} died: its process is gone", agent=name)


def as_failure(error: AgentCoreError, name: str) -> ChatError:
    """Give the failure of a conversation that came of an error in delivering to an agent."""
    return error if isinstance(error, ChatError) else AgentDiedError(str(error), agent=name)
