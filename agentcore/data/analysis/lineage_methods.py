"""The methods of `DataAnalysis` that the documented system has, by the names that it gives them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from agentcore.data.analysis.routes import OWN, checked_agent
from agentcore.data.analysis.session_methods import SessionMethods
from agentcore.data.analysis.session_names import DEFAULT
from agentcore.data.answer import Answer
from agentcore.protocol.message import Message, as_message

__all__ = ["LineageMethods"]


class LineageMethods(SessionMethods):
    """A base of `DataAnalysis`: what was said in a session, and what its agents are told.

    The agents of a session are its analysts: ``code``, ``plot``, ``sql``, ``library`` and
    ``preview``, as far as there are tables and a library.
    """

    @abstractmethod
    def ask(
        self,
        question: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        agent: str | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Ask a question: see `DataAnalysis.ask`."""

    def analyze(
        self,
        content: str,
        metadata: Mapping[str, Any] | None = None,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
    ) -> Message:
        """Ask a question, and return the answer as a message.

        Args:
            metadata: ``agent`` says who is to answer.

        Returns:
            the message; its metadata has ``answer``, which ``Answer.from_plain`` reads, and
            ``agent``.

        Raises:
            ValueError: the metadata has another key. The rest as `DataAnalysis.ask`.
        """
        given = dict(metadata or {})
        agent = given.pop("agent", None)
        if given:
            raise ValueError(f"metadata of a question has agent, and not {next(iter(given))!r}")
        self.ask(content, session=session, owner=owner, agent=agent)
        message = self.output(session=session, owner=owner)
        assert message is not None
        return message

    def output(self, *, session: str = DEFAULT, owner: str | None = None) -> Message | None:
        """Return the last answer of a session as a message; ``None`` if there is none."""
        last: Message | None = self._call("last", session, owner)
        return last

    def get_messages(
        self, *, session: str = DEFAULT, owner: str | None = None
    ) -> tuple[Message, ...]:
        """Return what was said in a session: questions and answers, in order."""
        found: tuple[Message, ...] = self._call("messages", session, owner)
        return found

    def get_chat_messages(
        self, agent: str | None = None, *, session: str = DEFAULT, owner: str | None = None
    ) -> tuple[Message, ...]:
        """Return the questions that one agent answered, and its answers."""
        found: tuple[Message, ...] = self._call("messages", session, owner, _box_of(agent))
        return found

    def clear_agent_message_box(
        self, agent: str, *, session: str = DEFAULT, owner: str | None = None
    ) -> None:
        """Forget the questions that one agent answered, and its answers."""
        self._call("clear", session, owner, _box_of(agent))

    def get_agent_names(
        self, *, session: str = DEFAULT, owner: str | None = None
    ) -> tuple[str, ...]:
        """Return the names of the agents that can be asked in a session."""
        ref, whose = self._session(session, owner)
        names: tuple[str, ...] = ref.call("agent_names", whose, self._sources(session, whose))
        return names

    def get_system_messages(
        self, *, session: str = DEFAULT, owner: str | None = None
    ) -> dict[str, str]:
        """Return what each agent of a session is told beside a question, if it is told anything."""
        found: dict[str, str] = self._call("system_messages", session, owner)
        return found

    def get_system_message(
        self, agent: str, *, session: str = DEFAULT, owner: str | None = None
    ) -> str:
        """Return what one agent is told beside a question; empty if it is told nothing."""
        return self.get_system_messages(session=session, owner=owner).get(_box_of(agent) or "", "")

    def update_system_message(
        self,
        agent: str,
        system_message: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
    ) -> None:
        """Set what one agent is told beside each question, such as what words mean here."""
        if not isinstance(system_message, str):
            raise TypeError(f"a system message is a text, not {system_message!r:.80}")
        self._call("set_system_message", session, owner, _box_of(agent), system_message)

    def send_from_agent_to_agent(
        self,
        from_agent: str,
        to_agent: str,
        message: Any,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
    ) -> Message:
        """Let one agent ask another of the session, and return what that one replies.

        Args:
            from_agent: who asks; what it found last is told as well.
            message: the question, as a text or a message.
        """
        said = self.get_chat_messages(from_agent, session=session, owner=owner)
        question = str(as_message(message)["content"])
        found = f" ({from_agent} has found: {str(said[-1]['content'])[:500]})" if said else ""
        return self.analyze(f"{question}{found}", {"agent": to_agent}, session=session, owner=owner)

    def _call(self, method: str, session: str, owner: str | None, *args: Any) -> Any:
        ref, whose = self._session(session, owner)
        return ref.call("call_box", whose, method, *args)


def _box_of(agent: str | None) -> str | None:
    """Return the agent that a name means, whether it is at hand or not; ``None`` for all.

    Raises:
        AgentNotFoundError: there is none of this name.
    """
    return agent if agent is None or agent == OWN else checked_agent(agent, True, True)
