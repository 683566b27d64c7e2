"""What the parts of the runtime know of each other, and of agents: protocols, and no code.

They let a file use what is made further up without importing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.packets import WaitProbe
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.state import Received

__all__ = [
    "Clock",
    "HostedAgent",
    "Latch",
    "MailboxOwner",
    "Onward",
    "Runnable",
    "SuspendedTurn",
    "Timer",
]


class Runnable(Protocol):
    """Something that a backend is to run, once, soon, on some thread."""

    def run(self) -> Runnable | None:
        """Run; give what the thread that ran it had best run next, if anything.

        Never blocks but by `ActorBackend.block`, or in the user's own code, and never raises.
        """


# What taking a turn gives: the mailbox that has the message it led to, and can be run next.
Onward = Runnable | None


class Timer(Protocol):
    """What `ActorBackend.call_later` gives."""

    def cancel(self) -> None:
        """Do not call; harmless when it is too late."""


class Latch(Protocol):
    """Something that is set once, for which a thread can wait."""

    def set(self) -> None:
        """Let whoever waits go on."""


class Clock(Protocol):
    """The time, and what is to happen later: the part of a backend that has to do with it."""

    def now(self) -> float:
        """Give the seconds of a clock that never goes back."""
        raise NotImplementedError

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call ``function()`` after ``delay`` seconds, on any thread."""
        raise NotImplementedError


class SuspendedTurn(Protocol):
    """A turn under way, as the mailbox of its agent knows it.

    Attributes:
        asynchronous: whether it awaits something, and holds no thread meanwhile.
    """

    asynchronous: bool

    def abandon(self, error: Any) -> None:
        """The agent was closed in the midst of the turn: whoever waits for it is told."""


class MailboxOwner(Protocol):
    """What a mailbox asks of the process that it is in.

    Attributes:
        place: where the process is, in words of the backend.
        schedule: the backend's.
        turns: how the items of a mailbox are taken, by their type.
    """

    place: str
    schedule: Callable[[Any], None]
    turns: Mapping[type, Callable[[Any, Any], Any]]

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Say what an agent here waits for; ``None`` for one that is not here."""

    def probe(self, probe: WaitProbe) -> None:
        """Ask the processes of the agents at the probe's frontier."""

    def broken(self, item: Any, error: BaseException) -> None:
        """Taking ``item`` failed outside of the user's code."""

    def left_over(self, item: Any, name: str) -> None:
        """An item was in the mailbox of an agent that was closed."""


class HostedMemory(Protocol):
    """What the runtime uses of an agent's memory; `AgentMemory` is the one there is."""

    def receive(self, envelope: Envelope, history: History, condition: str) -> Received:
        """Record a message, and say what there is to know about it."""
        raise NotImplementedError

    def history_with(self, name: str) -> History:
        """Give the history with a peer; it is made where there is none."""
        raise NotImplementedError

    def recording(self, name: str, message: Message, fresh: bool) -> AbstractContextManager[None]:
        """Record what the agent says to a peer, unless the block raises."""
        raise NotImplementedError


class HostedAgent(Protocol):
    """What the runtime uses of an agent. `ConversableAgent` has it.

    The attributes are read at every message, so they are plain attributes and no properties.

    Attributes:
        name: unique in its system.
        default_auto_reply: what is sent when no rule is final, and no model answers.
        _mailbox: its mailbox while it is hosted.
        _chain: its rules, in the order in which they are tried.
        _plain_chain: whether all of them answer anyone.
        _messages: its histories, by the name of the peer.
        llm: its model, or the name of one; ``None`` without.
        _tool_names: the names of its methods that are tools.
        _model_options: its arguments that have to do with models, if it was given any.
    """

    name: str
    default_auto_reply: Message | None
    _mailbox: Any
    _chain: tuple[ReplyRule, ...]
    _plain_chain: bool
    _messages: dict[str, History]
    llm: Any
    _tool_names: tuple[str, ...]
    _model_options: Any

    @property
    def _memory(self) -> HostedMemory:
        """What records what is said; a plain attribute, as all of these."""
        raise NotImplementedError

    def rules_for(self, sender: Any) -> tuple[ReplyRule, ...]:
        """Give the rules that would be tried for a message of ``sender``, in order."""
        raise NotImplementedError

    def _deliberate(
        self, turn: Any, message: Message, history: History, peer: AgentRef
    ) -> Steps | None:
        """Give the steps in which a model or tools decide; ``None`` if there are neither."""

    def get_human_input(self, prompt: str) -> Any:
        """Ask a human."""

    def generate_init_message(self, **context: Any) -> Any:
        """Decide the first message of a conversation that was begun without one."""
