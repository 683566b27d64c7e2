"""Agents that the property tests spawn on every backend."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from agentcore import ConversableAgent, Message, agent_reply


class Talker(ConversableAgent):
    """Answers a number of times, and then ends the conversation in one way or another.

    Args:
        ending: ``none`` says nothing, ``metadata`` sends ``TERMINATE`` in the metadata, ``text``
            at the end of the content; ``never`` does not end it.
        after: how many answers it gives before.
    """

    def __init__(self, name: str, ending: str = "never", after: int = 0, **options: Any) -> None:
        super().__init__(name, **options)
        self.ending = ending
        self.after = after
        self.given = 0

    @agent_reply()
    def talk(self) -> tuple[bool, Any]:
        """Answer, or end it."""
        if self.ending != "never" and self.given == self.after:
            last = {"metadata": {"TERMINATE": True}, "content": "over"}
            return True, {"none": None, "metadata": last, "text": "over. TERMINATE"}[self.ending]
        self.given += 1
        return True, f"answer {self.given}"


class LaterTalker(Talker):
    """The same, as ``async def``."""

    @agent_reply()
    async def talk(self) -> tuple[bool, Any]:  # type: ignore[override]
        """Answer, or end it."""
        return super().talk()


class Digger(ConversableAgent):
    """Asks the next of a chain of agents before it answers, as often as it is told to."""

    def __init__(self, name: str, below: str | None, times: int) -> None:
        super().__init__(name, max_consecutive_auto_reply=-1)
        self.below = below
        self.times = times

    @agent_reply(lambda self: [self.below])
    def hear(self) -> tuple[bool, Any]:
        """Do not answer an answer."""
        return True, None

    @agent_reply()
    def dig(self) -> tuple[bool, Any]:
        """Ask below, then answer."""
        for _ in range(self.times if self.below else 0):
            self.send("deeper", self.below)
        return True, "dug"


class Counter(ConversableAgent):
    """Counts on, until one of three numbers.

    Args:
        terminate: the number that it says with ``TERMINATE`` in the metadata.
        over: the number at which it knows that the conversation is over.
        silent: the number to which it says nothing.
    """

    def __init__(self, name: str, terminate: int, over: int, silent: int, **options: Any) -> None:
        super().__init__(
            name, is_termination_msg=lambda message: message.content == str(over), **options
        )
        self.terminate = terminate
        self.silent = silent

    @agent_reply()
    def count(self, raw_message: Message) -> tuple[bool, Any]:
        """Say the next number."""
        number = int(raw_message["content"])
        if number == self.silent:
            return True, None
        terminate = {"TERMINATE": number + 1 == self.terminate}
        return True, {"content": str(number + 1), "metadata": terminate}


class Reciter(ConversableAgent):
    """Answers the word that it heard last with the word that stands for it in its script.

    Args:
        says: by what it heard; ``None`` or no entry: nothing; ``FAIL``: it raises.
        later: whether its rule is ``async def``.
    """

    def __init__(self, name: str, says: Mapping[str, str | None], later: bool = False) -> None:
        super().__init__(name, max_consecutive_auto_reply=-1)
        self.says = dict(says)
        self.register_reply(None, self.recite_later if later else self.recite)

    def recite(self, raw_message: Message) -> tuple[bool, Any]:
        """Say it."""
        answer = self.says.get(raw_message["content"])
        if answer == "FAIL":
            raise ValueError("it is in the script")
        return True, answer

    async def recite_later(self, raw_message: Message) -> tuple[bool, Any]:
        """Say it, without haste."""
        await asyncio.sleep(0)
        return self.recite(raw_message)

    def told(self, peer: str) -> list[tuple[str, str]]:
        """Give who said what, of its history with ``peer``."""
        history = self.get_chat_messages(peer)
        return [(self.name if m.role == "assistant" else m.name or "", m.content) for m in history]
