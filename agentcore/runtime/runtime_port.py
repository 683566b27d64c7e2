"""What turns and streams use of the runtime, so that they need not import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.envelope import CallContext, Envelope
from agentcore.protocol.handoff_trail import HandoffTrail
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.packets import AskAllReply
from agentcore.runtime.ask_all import PendingAskAll
from agentcore.runtime.backend import ActorBackend, Node
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.mailbox import Mailbox

__all__ = ["RuntimePort"]


class RuntimePort(Node, Protocol):
    """What turns and streams use of the runtime; `Runtime` is the only implementation.

    Methods that every message needs are plain attributes, which the runtime copies from its parts
    when it is made: ``runtime.deliver`` instead of ``runtime.dispatcher.deliver``, because each
    attribute lookup costs every message 12 ns.

    Attributes:
        backend: the backend that this runtime works with.
        core: the settings that every backend shares.
        chats: conversations that agents of this process began, and that have not stopped, by id.
        ask_alls: questions to many of agents of this process that are not answered yet, by id.
        session_trails: the handoffs of sessions, by the key of who began their conversations.
        schedule: the backend's ``schedule``.
        turns: functions that take an item of a mailbox as a turn, by the item's type.
        streams: the streams of the agents of this process (a `StreamRegistry`).
        descriptions: what agents say of themselves (`Descriptions`).
    """

    backend: ActorBackend
    core: CoreSettings
    chats: dict[str, InitiatedChat]
    ask_alls: dict[str, PendingAskAll]
    session_trails: dict[str, HandoffTrail]
    schedule: Callable[[Any], None]
    turns: Mapping[type, Callable[[Any, Any], Any]]
    streams: Any
    descriptions: Any

    def deliver(self, item: Any, to: AgentRef) -> Mailbox | None:
        """Deliver an envelope, a `Begin` or a `Call` to the agent ``to``, in whatever process.

        Returns:
            the mailbox that the caller must schedule, if the agent is in this process and idle;
            otherwise ``None``.

        Raises:
            AgentNotFoundError: there is no such agent.
            AgentDiedError: it was closed.
        """

    def request(self, item: Any) -> None:
        """Deliver a `Begin` or a `Call`; if that cannot be, its asker is told."""

    def show(self, received: Envelope) -> None:
        """Print an envelope's message at the console of its conversation."""

    def new_id(self) -> str:
        """Give a new id for a conversation, call or stream, unique in the system."""
        raise NotImplementedError

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""

    def check_message(self, message: MessageLike) -> Message:
        """Make a message that can be sent: later changes by its sender do not reach it.

        Raises:
            MessageError: it is no message; or it cannot be pickled, on a backend that requires it.
        """
        raise NotImplementedError

    def resolve(self, agent: AgentLike) -> AgentRef:
        """Give the ref of an agent that is given as an object, a ref or a name.

        An agent object that is hosted nowhere is acquired: it is hosted here until `release` was
        called as often as it was acquired.
        """
        raise NotImplementedError

    def release(self, name: str) -> None:
        """Undo one acquisition of an agent object."""

    def show_said(
        self, message: Message, sender: str, to: str, inherited: CallContext, budget: int
    ) -> None:
        """Print a message that was in no envelope, such as a tool call."""

    def take_ask_all_reply(self, packet: AskAllReply) -> None:
        """Take the reply to one part of a question to many."""

    def was_cancelled(self, id: str) -> bool:
        """Say whether a conversation, call or question was cancelled a short while ago."""
        raise NotImplementedError

    def cancel(self, agent: AgentRef, id: str) -> None:
        """Let an agent of any process drop what it does for a conversation, call or question."""

    def broken(self, item: Any, error: BaseException) -> None:
        """Report that a turn on ``item`` failed in agentcore itself."""

    def left_over(self, item: Any, name: str) -> None:
        """Let an item fail that was in the mailbox of an agent that was closed."""

    def ask_human(self, console: str, prompt: str) -> str | None:
        """Ask at the console of the process at the place ``console``; blocks the thread."""

    def ask_to_call(
        self,
        agent: AgentRef,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        spends: bool = True,
    ) -> Chat:
        """Have a method of a hosted agent run as one of its turns; ``spends``: it costs a turn."""
        raise NotImplementedError

    def new_ticket(self, *peers: AgentRef, id: str = "") -> Chat:
        """Make the handle of something that ``peers`` will answer with an `Answer`."""
        raise NotImplementedError
