"""The errors that hold no part of a conversation. `agentcore.errors` draws the whole tree.

Every error can be pickled, whatever its cause: an argument, attribute or cause that cannot be
pickled is replaced by its text, or left out.
"""

from __future__ import annotations

import pickle
from typing import Any

__all__ = [
    "AgentCoreError",
    "AgentNotFoundError",
    "BackendMissingError",
    "BudgetSpentError",
    "ConfigError",
    "ContextLengthError",
    "EmptyMessageError",
    "ExtraMissingError",
    "McpError",
    "MessageError",
    "MessagePickleError",
    "MessageTypeError",
    "ModelError",
    "ModelsForbiddenError",
    "NameInUseError",
    "OutputError",
    "ProtocolError",
    "RuleError",
    "SpawnError",
    "SpeakerError",
    "StateError",
    "StreamNotFoundError",
    "SystemClosedError",
    "SystemMismatchError",
    "ToolError",
    "TurnError",
]


class AgentCoreError(Exception):
    """The root of the tree: ``except AgentCoreError`` catches every error of agentcore's own."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the error with its attributes, and with its cause if that can be pickled."""
        args = tuple(_or_text(value) for value in self.args)
        state = {key: _or_text(value) for key, value in self.__dict__.items()}
        return _rebuild, (type(self), args, state, _portable(self.__cause__))


def _or_text(value: Any) -> Any:
    return value if type(value) in (str, int, type(None)) or _portable(value) else repr(value)


def _portable(value: Any) -> bytes | None:
    """Return ``value`` pickled, or ``None`` if it cannot be pickled and loaded again."""
    try:
        data = pickle.dumps(value)
        pickle.loads(data)  # an exception may pickle and still not load
    except Exception:
        return None
    return data


def _rebuild(
    cls: type[AgentCoreError], args: tuple[Any, ...], state: dict[str, Any], cause: bytes | None
) -> AgentCoreError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    try:
        error.__cause__ = None if cause is None else pickle.loads(cause)
    except Exception:
        error.__cause__ = None  # its class is not known in this process
    return error


class ConfigError(AgentCoreError):
    """A configuration key is unknown, or a value has the wrong type."""


class BackendMissingError(ConfigError):
    """The package of a backend is not installed; the message names the extra that brings it."""


class ExtraMissingError(ConfigError):
    """A package that an extra brings is not installed; the message names the extra."""


class RuleError(AgentCoreError, TypeError):
    """A reply rule cannot be defined as written; raised when its class is defined."""


class MessageError(AgentCoreError, ValueError):
    """A message cannot be sent as it is. Nothing was recorded."""


class EmptyMessageError(MessageError):
    """A message has neither content nor a tool call."""


class MessageTypeError(MessageError, TypeError):
    """A value given as a message is not of a type that a message may have."""


class MessagePickleError(MessageError):
    """A part of a message cannot be pickled.

    Attributes:
        path: the place of that part, as ``$.metadata.lock``.
    """

    def __init__(self, text: str, *, path: str = "$") -> None:
        super().__init__(text)
        self.path = path


class SpawnError(AgentCoreError):
    """An agent's constructor failed on the host where the agent was to live; the cause says why.

    Attributes:
        agent: the name that the agent was to have.
        traceback: the traceback of the constructor's exception, as text.
    """

    def __init__(self, text: str, *, agent: str = "", traceback: str = "") -> None:
        super().__init__(text)
        self.agent = agent
        self.traceback = traceback


class NameInUseError(SpawnError):
    """Another agent of the system has this name."""


class AgentNotFoundError(AgentCoreError, LookupError):
    """No agent of the system has this name; the message lists names that are close."""


class StateError(AgentCoreError, ValueError):
    """A saved state cannot be loaded. Nothing was changed."""


class SystemClosedError(AgentCoreError):
    """The system was closed, so it has no agents any more."""


class SystemMismatchError(AgentCoreError):
    """An agent of one system was used with an agent of another."""


class TurnError(AgentCoreError, RuntimeError):
    """A call is not allowed where it was made, as a blocking ``send`` in an ``async def`` rule."""


class BudgetSpentError(TurnError):
    """A nested send found no turns left in the conversation's budget; nothing was delivered."""


class ProtocolError(AgentCoreError, RuntimeError):
    """The state machine was given an event that its state does not allow; nothing changed."""


class StreamNotFoundError(AgentCoreError, LookupError):
    """No stream has this id, or it is no longer kept."""


class ToolError(AgentCoreError, TypeError):
    """A tool cannot be defined as it is written; raised when it is defined."""


class SpeakerError(AgentCoreError, ValueError):
    """A function given as ``speaker_selection=`` has a wrong signature or chose a wrong speaker.

    A wrong speaker is one that is not a member, or that may not speak next.
    """


class McpError(AgentCoreError):
    """An MCP server could not be started or reached, or a tool of it failed.

    Attributes:
        server: the name of the server, without secrets.
    """

    def __init__(self, text: str, *, server: str = "") -> None:
        super().__init__(text)
        self.server = server


class ModelError(AgentCoreError):
    """A model could not answer.

    Attributes:
        model: the model's name.
        retry_after: the seconds that the server asks to wait before the next request; ``None`` if
            it does not say.
    """

    def __init__(self, text: str, *, model: str = "", retry_after: float | None = None) -> None:
        super().__init__(text)
        self.model = model
        self.retry_after = retry_after


class ContextLengthError(ModelError):
    """The messages are too long for the model: give the agent a ``history_policy=``."""


class OutputError(ModelError, ValueError):
    """A model's answer does not have the requested form, even after the model was asked again.

    Attributes:
        raw: the text of the last answer.
    """

    def __init__(self, text: str, *, model: str = "", raw: str = "") -> None:
        super().__init__(text, model=model)
        self.raw = raw


class ModelsForbiddenError(ModelError):
    """A real model was asked in a run that forbids it."""
