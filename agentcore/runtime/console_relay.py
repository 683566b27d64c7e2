"""Shows messages, and asks humans, at the console of the process that began the conversation."""

from __future__ import annotations

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.envelope import CallContext, Envelope
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Question, Shown
from agentcore.runtime.console import as_shown, ask_at_console, write
from agentcore.runtime.job import Job
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.runtime_port import RuntimePort

__all__ = ["ConsoleRelay"]


class ConsoleRelay:
    """The way to the console, from any process of a system.

    Attributes:
        console: puts messages of several processes in order; ``None`` where there is one process.
    """

    def __init__(self, runtime: RuntimePort) -> None:
        self._runtime = runtime
        self.console: Console | None = None

    def show(self, received: Envelope) -> None:
        """Show the message of an envelope."""
        self.show_said(
            received.message, received.sender.name, received.to.name,
            received.conversation.inherited, received.exchange.budget,
        )  # fmt: skip

    def show_said(
        self, message: Message, sender: str, to: str, inherited: CallContext, budget: int
    ) -> None:
        """Show a message that no envelope carried; ``budget`` is its page number."""
        text, runtime = as_shown(message, sender, to), self._runtime
        if self.console is None:
            write(text)
        elif inherited.console == runtime.place:
            self.console.show(inherited.root, budget, text)
        else:
            runtime.backend.carry(inherited.console, Shown(inherited.root, budget, text))

    def receive_shown(self, packet: Shown) -> None:
        """Show what was said in another process."""
        if self.console is not None:
            self.console.show(packet.root, packet.budget, packet.text)

    def all_shown(self, chat: Chat) -> None:
        """Wait, for a moment, until the messages of a chat that has stopped were shown."""
        outcome = chat._outcome
        if self.console is not None and chat._shown_from is not None and outcome is not None:
            self.console.finish(chat._id, len(outcome.transcript), chat._shown_from)

    def ask_human(self, console: str, prompt: str) -> str | None:
        """Ask at the console of the process at ``console``; hold the calling thread meanwhile."""
        runtime = self._runtime
        if console == runtime.place:
            return ask_at_console(prompt)
        chat = runtime.new_ticket(AgentRef("", runtime.system, console))
        latch = runtime.backend.latch()
        chat._when_done(lambda _: latch.set())
        runtime.send_to(console, Question(chat._id, "human", (prompt,), runtime.place))
        runtime.backend.block(latch, None, None)
        assert chat._outcome is not None
        text: str | None = chat._outcome.get()
        return text

    def receive_question(self, question: Question) -> None:
        """Ask here what an agent of another process wants to know."""

        def answer() -> None:
            try:
                outcome = Outcome(ask_at_console(*question.args))
            except BaseException as error:
                outcome = Outcome(None, error=error)
            self._runtime.send_to(question.asker, Answer(question.id, outcome))

        self._runtime.schedule(Job(answer))
