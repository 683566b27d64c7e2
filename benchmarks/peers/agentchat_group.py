"""autogen-agentchat: a team that speaks in turn, of agents without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

from benchmarks.process import timed


class Member(BaseChatAgent):
    """Answers with the same word, and keeps what it heard and said."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "answers")
        self.history: list[BaseChatMessage] = []

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        answer = TextMessage(content="pong", source=self.name)
        self.history += (*messages, answer)
        return Response(chat_message=answer)

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self.history.clear()


def group(chats: int, members: int, messages: int) -> float:
    """Let teams speak, one after the other; give messages of members a second."""
    teams = [
        RoundRobinGroupChat(
            [Member(f"member_{index}") for index in range(members)],
            termination_condition=MaxMessageTermination(messages + 1),  # the task is the first
        )
        for _ in range(chats)
    ]

    async def talk() -> list[int]:
        return [len((await team.run(task="go")).messages) for team in teams]

    with asyncio.Runner() as runner:
        runner.run(asyncio.sleep(0))
        said, seconds = timed(lambda: runner.run(talk()))
    assert said == [messages + 1] * chats
    return chats * messages / seconds
