"""Protocols of agents and of parts of the runtime, for files that must not import those.

A file imports only files below it. What it uses of an object that is made further up is a protocol
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.handoff_trail import HandoffTrail
from agentcore.protocol.history import History
from agentcore.protocol.hooks import Hooks
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
    """Something that a backend is to run once, soon, on some thread: above all a mailbox."""

    def run(self) -> Runnable | None:
        """Run it. It never raises, and blocks only in the user's code or `ActorBackend.block`.

        Returns:
            what the same thread should run next; ``None`` if there is nothing.
        """


# What taking a turn returns: the mailbox that got the reply, if it is to be run next.
Onward = Runnable | None


class Timer(Protocol):
    """A call that `ActorBackend.call_later` has planned."""

    def cancel(self) -> None:
        """Prevent the call; does nothing if it was made already."""


class Latch(Protocol):
    """Something that is set once, and that a thread can wait for with `ActorBackend.block`."""

    def set(self) -> None:
        """Let the threads that wait go on."""


class Clock(Protocol):
    """The clock and the timers of a backend."""

    def now(self) -> float:
        """Give the time in seconds, of a monotonic clock."""
        raise NotImplementedError

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call ``function()`` after ``delay`` seconds, on any thread."""
        raise NotImplementedError


class SuspendedTurn(Protocol):
    """A turn under way, as the mailbox of its agent knows it.

    Attributes:
        asynchronous: whether it awaits something on the event loop, without blocking a thread.
    """

    asynchronous: bool

    @property
    def cause(self) -> str:
        """The id of the conversation, question or call that it is part of."""
        raise NotImplementedError

    def withdraw(self) -> None:
        """Give the turn up, because what it is part of was cancelled; called on any thread."""

    def abandon(self, error: Any) -> None:
        """Tell whoever waits for the turn that its agent was closed."""


class MailboxOwner(Protocol):
    """What a mailbox uses of the runtime.

    Attributes:
        place: this process, as its backend names it.
        schedule: the backend's ``schedule``.
        turns: functions that take an item of a mailbox as a turn, by the item's type.
    """

    place: str
    schedule: Callable[[Any], None]
    turns: Mapping[type, Callable[[Any, Any], Any]]

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Give the agents that an agent here waits for; ``None`` for one that is not here."""

    def probe(self, probe: WaitProbe) -> None:
        """Send a probe to the process of each agent at its frontier."""

    def broken(self, item: Any, error: BaseException) -> None:
        """Report that a turn on ``item`` failed in agentcore itself."""

    def left_over(self, item: Any, name: str) -> None:
        """Let an item fail that was in the mailbox of an agent that was closed."""


class HostedMemory(Protocol):
    """What the runtime uses of an agent's memory; `AgentMemory` is the only implementation.

    Attributes:
        histories: the agent's histories, by the key of the peer's ref.
        trail: the handoffs of conversations that the agent began; ``None`` if there were none.
    """

    histories: dict[str, History]
    trail: HandoffTrail | None

    def receive(self, envelope: Envelope, history: History, condition: str) -> Received:
        """Record a message, and give the event for the state machine."""
        raise NotImplementedError

    def history_with(self, key: str) -> History:
        """Give the history with a peer; make an empty one if there is none."""
        raise NotImplementedError

    def recording(
        self, key: str, message: Message, fresh: bool
    ) -> AbstractContextManager[Callable[[], None]]:
        """Record what the agent says to a peer; undo it if the block raises, or by its value."""
        raise NotImplementedError


class HostedAgent(Protocol):
    """What the runtime uses of an agent; `ConversableAgent` implements it.

    The attributes are read at every message, so they are plain attributes and no properties.

    Attributes:
        name: unique in its system.
        default_auto_reply: what is sent when no rule is final and no model answers.
        _mailbox: its mailbox while it is hosted; ``None`` otherwise.
        _chain: its rules, in the order in which they are tried.
        _plain_chain: whether all rules answer anyone, so that the chain need not be filtered.
        llm: its model, or the name of one; ``None`` if it has none.
        _tool_names: the names of its methods that are tools.
        _model_options: its arguments about models and tools; ``None`` if it was given none.
        _hooks: functions that change what it sends and gets; ``None`` if it has none.
    """

    name: str
    default_auto_reply: Message | None
    _mailbox: Any
    _chain: tuple[ReplyRule, ...]
    _plain_chain: bool
    llm: Any
    _tool_names: tuple[str, ...]
    _model_options: Any
    _hooks: Hooks | None

    @property
    def _memory(self) -> HostedMemory:
        """What records its messages; in the class it is a plain attribute, as all of these."""
        raise NotImplementedError

    def on_close(self) -> None:
        """End what the agent has of its own; called when it is closed."""
        raise NotImplementedError

    def rules_for(self, sender: Any) -> tuple[ReplyRule, ...]:
        """Give the rules that would be tried for a message of ``sender``, in order."""
        raise NotImplementedError

    def _deliberate(
        self, turn: Any, message: Message, history: History, peer: AgentRef
    ) -> Steps | None:
        """Give the steps in which a model or tools decide; ``None`` if it has neither."""

    def get_human_input(self, prompt: str) -> Any:
        """Ask a human; give what was typed, ``None`` if there is no console."""

    def generate_init_message(self, **context: Any) -> Any:
        """Decide the first message of a conversation that was begun without one."""
