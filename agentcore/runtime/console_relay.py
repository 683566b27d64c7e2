"""Shows messages, and asks humans, at the console of the process that began the conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.envelope import CallContext, Envelope
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Question, Shown
from agentcore.runtime.console import as_shown, asker_of, write, writer_of
from agentcore.runtime.job import Job
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.runtime_port import RuntimePort

__all__ = ["ConsoleRelay"]


class ConsoleRelay:
    """Prints messages and asks humans in the right process of a system.

    That is the process at ``CallContext.console``, where the conversation was begun.

    Attributes:
        console: orders messages of several processes; ``None`` on a backend of one process.
    """

    def __init__(self, runtime: RuntimePort) -> None:
        self._runtime = runtime
        self._write: Callable[[str], object] = write
        self._ask = asker_of(None)
        self.console: Console | None = None

    def use(self, console: Any) -> None:
        """Print, and ask, by what was given as ``console=`` of `connect`.

        Raises:
            TypeError: it can print nothing.
        """
        self._write = writer_of(console)
        self._ask = asker_of(console)
        if self.console is not None:
            self.console.write = self._write

    def show(self, received: Envelope) -> None:
        """Print the message of an envelope."""
        self.show_said(
            received.message, received.sender.name, received.to.name,
            received.conversation.inherited, received.exchange.budget,
        )  # fmt: skip

    def show_said(
        self, message: Message, sender: str, to: str, inherited: CallContext, budget: int
    ) -> None:
        """Print a message; its ``budget`` tells the console where it belongs in the order."""
        text, runtime = as_shown(message, sender, to), self._runtime
        if self.console is None:
            self._write(text)
        elif inherited.console == runtime.place:
            self.console.show(inherited.root, budget, text)
        else:
            runtime.backend.carry(inherited.console, Shown(inherited.root, budget, text))

    def receive_shown(self, packet: Shown) -> None:
        """Print a message that another process sent here."""
        if self.console is not None:
            self.console.show(packet.root, packet.budget, packet.text)

    def all_shown(self, chat: Chat) -> None:
        """Wait, for half a second at most, until all messages of a stopped chat were printed."""
        outcome = chat._outcome
        if self.console is not None and chat._shown_from is not None and outcome is not None:
            self.console.finish(chat._id, len(outcome.transcript), chat._shown_from)

    def ask_human(self, console: str, prompt: str) -> str | None:
        """Ask at the console of the process at the place ``console``; block the calling thread.

        Returns:
            what was typed; ``None`` if that console is closed.
        """
        runtime = self._runtime
        if console == runtime.place:
            return self._ask(prompt)
        chat = runtime.new_ticket(AgentRef("", runtime.system, console))
        latch = runtime.backend.latch()
        chat._when_done(lambda _: latch.set())
        runtime.send_to(console, Question(chat._id, "human", (prompt,), runtime.place))
        runtime.backend.block(latch, None, None)
        assert chat._outcome is not None
        text: str | None = chat._outcome.get()
        return text

    def receive_question(self, question: Question) -> None:
        """Ask at this console on behalf of another process, and send it the answer."""

        def answer() -> None:
            try:
                outcome = Outcome(self._ask(*question.args))
            except BaseException as error:
                outcome = Outcome(None, error=error)
            self._runtime.send_to(question.asker, Answer(question.id, outcome))

        self._runtime.schedule(Job(answer))
