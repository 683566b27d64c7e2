"""Agents that answer each message in one plain way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = ["Counts", "Forgets", "Human", "Returns", "Says", "calls_it_a_day"]


class Returns(Player):
    """Has one rule, which returns ``value``, whether or not a rule may."""

    def __init__(self, name: str, value: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.value = value

    @agent_reply()
    def give(self) -> Any:
        return self.value


class Says(Player):
    """Answers every message with ``reply``; ``...`` repeats the message."""

    def __init__(self, name: str, reply: Any = ..., **options: Any) -> None:
        super().__init__(name, **options)
        self.reply = reply

    @agent_reply()
    def say(self, raw_message: Message) -> tuple[bool, Any]:
        if self.reply is ...:
            return True, f"{self.name} heard {raw_message.content}"
        return True, self.reply


class Counts(Player):
    """Answers a number with the next one: ``41`` with ``42``."""

    @agent_reply()
    def count(self, raw_message: Message) -> tuple[bool, str]:
        return True, str(int(raw_message["content"]) + 1)


class Forgets(Player):
    """Clears its history before it answers."""

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        self.clear_history()
        return True, "what?"


class Human(Player):
    """Has a list of answers in place of a human, and keeps the prompts."""

    def __init__(
        self, name: str, answers: Sequence[str | None] = (), *, reply: Any = "auto", **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.reply = reply

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)

    @agent_reply()
    def say(self) -> tuple[bool, Any]:
        return True, self.reply


def calls_it_a_day(message: Message) -> bool:
    """Hold for messages with ``day`` in them; used as ``is_termination_msg=``."""
    return "day" in message.content
