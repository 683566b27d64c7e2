"""Members of groups, a group whose human selects, and functions that select the next speaker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.groups.group import GroupChat
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.message import Message
from agentcore.testing.conformance.agents.player import Player

__all__ = [
    "Chairs",
    "Chooses",
    "ChoosesForAll",
    "Link",
    "last_candidate",
    "names_strategies",
    "nobody_known",
    "shortest_first",
]


class Link(Player):
    """Repeats the last message and adds its own name, so that a text shows the order of speakers.

    Args:
        says: exceptions to that, by the number of its turn, from 1: a text or a message, ``None``
            for nothing, a `Handoff`, or an exception, which it raises.
        later: whether its rule is ``async def``.
    """

    def __init__(
        self, name: str, says: Mapping[int, Any] | None = None, later: bool = False, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.says = dict(says or {})
        self.spoken = 0
        self.register_reply(None, self.link_later if later else self.link)

    def link(self, raw_message: Message) -> tuple[bool, Any]:
        self.spoken += 1
        said = self.says.get(self.spoken, ...)
        if isinstance(said, Exception):
            raise said
        return True, f"{raw_message.content} {self.name}" if said is ... else said

    async def link_later(self, raw_message: Message) -> tuple[bool, Any]:
        await asyncio.sleep(0)
        return self.link(raw_message)

    def told(self, peer: Any) -> list[tuple[str | None, str]]:
        """Give who said what in its history with ``peer``, in order."""
        history = self.get_chat_messages(get_agent_name(peer))
        own = self.name
        return [(own if m.role == "assistant" else m.name, m.content) for m in history]


class Chairs(Player):
    """Is a member of a group, and begins a conversation with that group in its own turn."""

    def __init__(self, name: str, group: str, later: bool = False) -> None:
        super().__init__(name)
        self.group = group
        self.began = False
        self.register_reply(None, self.chair_later if later else self.chair)

    def chair(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == self.group:
            return True, f"{raw_message.content} {self.name}"
        result = self.send(raw_message.content, self.group)
        return True, f"{len(result.transcript)} messages, {result.stop.kind}"

    async def chair_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == self.group:
            return True, f"{raw_message.content} {self.name}"
        result = await self.a_send(raw_message.content, self.group)
        return True, f"{len(result.transcript)} messages, {result.stop.kind}"

    told = Link.told


class ChoosesForAll(Link):
    """A member whose human selects the next speaker, from a list of answers."""

    def __init__(self, name: str, answers: Sequence[str | None] = (), **options: Any) -> None:
        super().__init__(name, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)


class Chooses(GroupChat):
    """A group whose human selects the next speaker, from a list of answers."""

    def __init__(
        self, name: str, agents: Sequence[Any], answers: Sequence[str | None], **options: Any
    ) -> None:
        super().__init__(name, agents, speaker_selection="manual", **options)
        self.answers = list(answers)

    async def get_human_input(self, prompt: str) -> str | None:  # type: ignore[override]
        return self.answers.pop(0)


def shortest_first(
    last_speaker: str | None, messages: Sequence[Any], candidates: tuple[str, ...]
) -> str | None:
    """Select the shortest name but the last speaker's; end the chat after ``stop``."""
    if messages[-1]["content"].endswith("stop"):
        return None
    return min((name for name in candidates if name != last_speaker), key=len, default=None)


async def last_candidate(candidates: tuple[str, ...]) -> str:
    """Select the last candidate."""
    return candidates[-1]


def nobody_known(candidates: tuple[str, ...]) -> str:
    """Select a name that is no member's."""
    return "zoe"


def names_strategies(messages: Sequence[Any]) -> str:
    """Let a model choose the second speaker, and the members speak in turn otherwise."""
    return "auto" if len(messages) == 2 else "Round_Robin"
