"""Agents whose answers show which history, and which agent of a pool, a session has."""

from __future__ import annotations

from collections.abc import Sequence

from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = ["AsksBack", "BeginsSession", "Notes", "Recalls", "Refers"]


class Recalls(Player):
    """Answers with all that its peer has said in this history."""

    @agent_reply()
    def recall(self, messages: Sequence[Message]) -> tuple[bool, str]:
        return True, " ".join(each.content for each in messages if each.role == "user")


class Refers(Player):
    """Refers what it is asked to ``other``, and answers with the last words of that history."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(name)
        self.other = other

    @agent_reply()
    def refer(self, raw_message: Message) -> tuple[bool, str]:
        said = raw_message.content
        self.initiate_chat(self.other, said, clear_history=False, silent=True, max_turns=2)
        return True, self._messages[self.other][-1].content


class Notes(Player):
    """Counts the messages that this agent object has had, whatever their session."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.count = 0

    @agent_reply()
    def note(self) -> tuple[bool, str]:
        self.count += 1
        return True, str(self.count)


class AsksBack(Player):
    """Asks ``whom`` for something before it answers, by name."""

    def __init__(self, name: str, whom: str) -> None:
        super().__init__(name)
        self.whom = whom

    @agent_reply()
    def ask_back(self) -> tuple[bool, str]:
        last = self.initiate_chat(self.whom, "who are you?", silent=True, max_turns=2).last_message
        return True, "" if last is None else str(last.content)


class BeginsSession(Player):
    """Converses with ``other`` in one session, from within its own turns, and answers nobody."""

    def __init__(self, name: str, other: str, session: str) -> None:
        super().__init__(name, max_consecutive_auto_reply=0)
        self.other = other
        self.session = session

    def begin(self, said: str) -> str:
        """Return what it is answered."""
        result = self.initiate_chat(
            self.other, said, clear_history=False, silent=True, session=self.session
        )
        return "" if result.last_message is None else str(result.last_message.content)
