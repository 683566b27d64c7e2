"""The runtime of a process, as turns and streams know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.envelope import CallContext, Envelope
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.packets import AskAllReply
from agentcore.runtime.ask_all import PendingAskAll
from agentcore.runtime.backend import ActorBackend, Node
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.mailbox import Mailbox

__all__ = ["RuntimePort"]


class RuntimePort(Node, Protocol):
    """What turns and streams use of the runtime; `Runtime` is the one there is.

    What every message needs is a plain attribute, filled from the runtime's parts when it is made,
    because each attribute more on the way to it costs 12 ns.

    Attributes:
        backend: what hosts the agents of this process.
        core: the settings that every backend shares.
        chats: conversations that agents here began and that go on, by id.
        ask_alls: questions to many that agents here asked and that are not answered, by id.
        schedule: the backend's: has something run soon.
        streams: the streams of the agents of this process.
    """

    backend: ActorBackend
    core: CoreSettings
    chats: dict[str, InitiatedChat]
    ask_alls: dict[str, PendingAskAll]
    schedule: Callable[[Any], None]
    streams: Any

    def deliver(self, item: Any, to: AgentRef) -> Mailbox | None:
        """Take an item to its agent, wherever that is; give a mailbox here to be scheduled for it.

        Raises:
            AgentNotFoundError, AgentDiedError: there is no such agent, or not any more.
        """

    def show(self, received: Envelope) -> None:
        """Show an envelope's message at the console."""

    def new_id(self) -> str:
        """Give an id that no other conversation, call or stream of the system has."""
        raise NotImplementedError

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""

    def check_message(self, message: MessageLike) -> Message:
        """Give a message that is about to be sent: what its sender changes later stays here.

        Raises:
            MessageError: it is no message, or could not cross to another process where that is
                asked for.
        """
        raise NotImplementedError

    def resolve(self, agent: AgentLike) -> AgentRef:
        """Find the agent that is meant; an object that is hosted nowhere is acquired.

        Pair it with `release` where an object was given.
        """
        raise NotImplementedError

    def resolve_hosted(self, agent: AgentLike) -> AgentRef:
        """Find the agent that is meant, which must be hosted already."""
        raise NotImplementedError

    def release(self, name: str) -> None:
        """Undo one acquisition of an agent object."""

    def show_said(
        self, message: Message, sender: str, to: str, inherited: CallContext, budget: int
    ) -> None:
        """Show a message that no envelope carried."""

    def take_ask_all_reply(self, packet: AskAllReply) -> None:
        """Take what came of one part of a question to many."""

    def was_cancelled(self, chat_id: str) -> bool:
        """Say whether a conversation was cancelled before it began."""
        raise NotImplementedError

    def cancel_chat(self, place: str, chat_id: str) -> None:
        """Stop a conversation of an agent at ``place``."""

    def broken(self, item: Any, error: BaseException) -> None:
        """A turn on ``item`` failed outside of the user's code."""

    def left_over(self, item: Any, name: str) -> None:
        """An item was in the mailbox of an agent that was closed: it fails."""

    def ask_human(self, console: str, prompt: str) -> str | None:
        """Ask at the console of the process that began the conversation."""

    def ask_to_call(
        self,
        agent: AgentRef,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        spends: bool = True,
    ) -> Chat:
        """Have a method of a hosted agent run as one of its turns."""
        raise NotImplementedError

    def new_ticket(self, *peers: AgentRef, id: str = "") -> Chat:
        """Make the handle of something that will be answered, by what ``peers`` do."""
        raise NotImplementedError
