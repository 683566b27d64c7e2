"""The errors of conversations that failed, and functions that make them of other errors."""

from __future__ import annotations

import traceback

from agentcore.base.error_words import words_of
from agentcore.base.errors import AgentCoreError, AgentNotFoundError
from agentcore.protocol.transcript import ChatResult

__all__ = [
    "AgentDiedError",
    "ChatError",
    "ChatTimeoutError",
    "DepthError",
    "ReplyError",
    "ReplyTypeError",
    "agent_died",
    "as_agent_died",
    "as_chat_error",
    "as_rule_error",
]


class ChatError(AgentCoreError):
    """A conversation stopped by a failure.

    Attributes:
        result: the transcript up to the failure, and the stop reason; ``None`` while the error is
            still on its way to whoever began the conversation.
        agent: the name of the agent that failed, or did not answer in time.
    """

    def __init__(self, text: str, *, agent: str = "", result: ChatResult | None = None) -> None:
        super().__init__(text)
        self.agent = agent
        self.result = result

    def with_result(self, result: ChatResult | None) -> ChatError:
        """Give a copy with another result.

        One failure may end several nested conversations, and each has a transcript of its own.
        """
        copy = type(self)(*self.args)
        copy.__dict__.update(self.__dict__)
        copy.result = result
        copy.__cause__ = self.__cause__
        return copy


class ChatTimeoutError(ChatError, TimeoutError):
    """The time given to a conversation ran out."""


class AgentDiedError(ChatError):
    """An agent of the conversation was closed, or its process ended."""


class ReplyError(ChatError):
    """A rule raised.

    Attributes:
        rule: the name of the rule.
        traceback: the traceback of what it raised, as text, from whatever process.
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
    """A rule returned something other than ``(final, reply)``, or a reply that is no message."""


class DepthError(ReplyError):
    """Sends are nested deeper than the system's ``max_depth``."""


def as_rule_error(error: BaseException, agent: str, rule: str, called: str = "") -> BaseException:
    """Make the error of a rule that raised: it names agent and rule, and has the cause.

    A `ReplyError` or `AgentDiedError` is returned itself, since it comes from a nested conversation
    and names the agent there; only a missing name is filled in.

    Args:
        called: what raised it in words, if it was no rule.
    """
    if isinstance(error, ReplyError | AgentDiedError):
        if isinstance(error, ReplyError) and not error.rule:
            error.agent, error.rule = agent, rule
        return error
    text = "".join(traceback.format_exception(error))
    failure = ReplyError(
        f"{called or f'rule {rule}'} of agent {agent!r} raised {words_of(error)}",
        agent=agent,
        rule=rule,
        traceback=text,
    )
    failure.__cause__ = error
    return failure


def as_agent_died(error: AgentCoreError, name: str) -> AgentCoreError:
    """Make an `AgentDiedError` of an `AgentNotFoundError`, and return other errors as they are.

    An agent that took part in a conversation and is not found any more was closed in between.
    """
    if isinstance(error, AgentNotFoundError):
        return AgentDiedError(f"agent {name!r} is gone: {error}", agent=name)
    return error


def agent_died(name: str) -> AgentDiedError:
    """Make the error for an agent whose process ended."""
    return AgentDiedError(f"agent {name!r} died: its process is gone", agent=name)


def as_chat_error(error: AgentCoreError, name: str) -> ChatError:
    """Make a `ChatError` of an error that prevented a delivery to the agent ``name``."""
    return error if isinstance(error, ChatError) else AgentDiedError(str(error), agent=name)
