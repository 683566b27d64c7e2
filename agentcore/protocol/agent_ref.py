"""Refs: picklable addresses of hosted agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from agentcore.protocol.transcript import ChatResult
    from agentcore.runtime.chat import Chat

__all__ = ["AgentRef", "get_agent_name", "kinds_of"]


@attrs.frozen(repr=False)
class AgentRef:
    """The address of a hosted agent: picklable, hashable, equal by system and name.

    Attributes:
        name: the agent's name.
        system: the id of its system.
        place: where it lives, in words of the backend.
        kinds: the names of its class and of that class's bases, for rules that answer a class.
    """

    name: str
    system: str
    place: str = attrs.field(default="", eq=False)
    kinds: tuple[str, ...] = attrs.field(default=(), eq=False)

    def __repr__(self) -> str:
        return f"<AgentRef {self.name!r} of {self.system}>"

    def initiate_chat(self, recipient: Any, message: Any = None, **options: Any) -> ChatResult:
        """Let this agent begin a conversation, and wait until it has stopped.

        Takes what `ConversableAgent.initiate_chat` takes, and raises what it raises.
        """
        from agentcore.runtime.runtime import runtime_of

        chat = runtime_of(self).begin(self, recipient, message, _waits=True, **options)
        result: ChatResult = chat._finish()
        return result

    def start_chat(self, recipient: Any, message: Any = None, **options: Any) -> Chat:
        """Let this agent begin a conversation, and give the `Chat` at once."""
        from agentcore.runtime.runtime import runtime_of

        return runtime_of(self).begin(self, recipient, message, **options)

    def call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Run a method of the agent as one of its turns, and give what it returns.

        Raises:
            AgentNotFoundError: the agent was closed.
            ReplyError: the method raised.
        """
        from agentcore.runtime.runtime import runtime_of

        return runtime_of(self).call(self, method, args, kwargs)

    async def a_call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """`call` for ``async def`` callers: holds no thread while it waits."""
        from agentcore.runtime.runtime import runtime_of

        return await runtime_of(self).ask_to_call(self, method, args, kwargs)._a_finish()

    def get_agent_stream_messages(self, agent: Any, stream_id: str) -> Any:
        """Read a stream: see `ConversableAgent.get_agent_stream_messages`."""
        from agentcore.runtime.runtime import runtime_of

        return runtime_of(self).read_stream(agent, stream_id)

    def close(self) -> None:
        """End the agent: what is in its mailbox fails with ``AgentDiedError``."""
        from agentcore.runtime.runtime import runtime_of

        runtime_of(self).backend.close_agent(self)


def get_agent_name(agent: Any) -> str:
    """Give the name of an agent, whichever way it is given: an object, a ref or a name.

    Raises:
        TypeError: it is none of these.
    """
    name = agent if isinstance(agent, str) else getattr(agent, "name", None)
    if not isinstance(name, str):
        raise TypeError(f"an agent is an agent object, a ref or a name, not {type(agent).__name__}")
    return name


def kinds_of(cls: type) -> tuple[str, ...]:
    """Name a class and its bases, so that processes agree on what a sender is."""
    # Our own parts of an agent are nobody's kind, and refs travel.
    kinds = [
        base
        for base in cls.__mro__[:-1]
        if base.__name__ not in ("ConversationMethods", "HistoryMethods")
    ]
    return tuple(f"{base.__module__}:{base.__qualname__}" for base in kinds)
