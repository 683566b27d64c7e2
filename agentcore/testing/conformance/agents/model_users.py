"""Agents and history policies that use what a model answers: typed values, streams, summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from agentcore.agents.prompt import prompt
from agentcore.protocol.message import Message
from agentcore.testing.conformance.agents.player import Player

__all__ = ["Judge", "Reads", "Verdict", "loudly", "two_at_the_end"]


@attrs.frozen
class Verdict:
    """The typed answer of a prompt.

    Attributes:
        good: whether what was asked about is any good.
        reason: why it is, or is not.
    """

    good: bool
    reason: str


class Judge(Player):
    """Answers with what prompts return; its rule is ``async def`` if ``later`` is true."""

    def __init__(self, name: str, llm: Any, later: bool = False, **options: Any) -> None:
        super().__init__(name, llm, **options)
        self.register_reply(None, self.judge_later if later else self.judge)

    @prompt(llm=lambda self: self.llm)
    def verdict(self, text: str) -> Verdict:  # type: ignore[empty-body]
        """Is this any good? {{ text }}"""

    @prompt(llm=lambda self: self.llm)
    async def verdict_later(self, text: str) -> Verdict:  # type: ignore[empty-body]
        """Is this any good? {{ text }}"""

    @prompt(llm=lambda self: self.llm)
    def title(self, text: str) -> str:  # type: ignore[empty-body]
        """Give {{ text }} a title."""

    def judge(self, raw_message: Message) -> tuple[bool, Any]:
        found = self.verdict(raw_message.content)
        assert isinstance(found, Verdict)
        return True, f"{self.title(raw_message.content)}: {found.good}, {found.reason}"

    async def judge_later(self, raw_message: Message) -> tuple[bool, Any]:
        found = await self.verdict_later(raw_message.content)
        assert isinstance(found, Verdict)
        return True, f"{found.good}, {found.reason}"


class Reads(Player):
    """Reads the streams of other agents: ``ref.call("read", agent, stream_id)``."""

    def read(self, agent: Any, stream_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Give the chunks of a stream."""
        chunks = self.get_agent_stream_messages(agent, stream_id)
        return [(text, dict(metadata)) for text, metadata in chunks]


def two_at_the_end(messages: Sequence[Mapping[str, Any]], model: Any) -> Any:
    """Show the model the last two messages; used as ``history_policy=``."""
    return messages[-2:]


async def loudly(messages: Sequence[Mapping[str, Any]], model: Any) -> Any:
    """Show the model its own summary, in capitals; used as ``history_policy=``."""
    told = await model.complete([{"role": "user", "content": f"{len(messages)} messages"}])
    return [{"role": "user", "content": told.text.upper()}]
