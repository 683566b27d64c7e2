"""Agents that are cancelled in the midst of a turn, and say so to the user who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = ["HangingModel", "Hangs", "Passes", "Waits"]


class Waits(Player):
    """The user: calls ``told`` when an agent says that it has begun, and answers nobody.

    An object of it lives in the process of the test, which so learns where a turn has come to.
    """

    def __init__(self, name: str = "user") -> None:
        super().__init__(name)
        self.told: Callable[[], object] = list

    @agent_reply()
    def note(self) -> tuple[bool, Any]:
        self.told()
        return True, None


class Hangs(Player):
    """Says ``begun`` to the user, and waits for ever; ``quick`` is answered at once.

    Attributes:
        cancelled: how often its rule was cancelled.
        calls: how often its rule was called.
    """

    def __init__(self, name: str, user: str = "user", **options: Any) -> None:
        super().__init__(name, **options)
        self.user = user
        self.calls = 0
        self.cancelled = 0

    @agent_reply()
    async def hang(self, raw_message: Message) -> tuple[bool, Any]:
        if raw_message.content == "quick":
            return True, "at once"
        if raw_message.content == "stream":
            return self.stream_reply(self.chunks())
        await self.work()
        return True, "too late"

    async def work(self) -> None:
        """Do what the rule does, in a method that can be called through a ref."""
        self.calls += 1
        try:
            await self.a_send("begun", self.user)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def chunks(self) -> AsyncIterator[str]:
        """Give one chunk of a stream, and wait for ever."""
        try:
            yield "one"
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


class HangingModel:
    """A model that never answers; it counts the requests that are under way."""

    name = "hanging"
    under_way = 0

    async def complete(self, messages: Any, **options: Any) -> str:
        """Wait for ever."""
        HangingModel.under_way += 1
        try:
            await asyncio.Event().wait()
        finally:
            HangingModel.under_way -= 1
        return ""


class Passes(Player):
    """Sends what it heard to ``peer``, and once more when that has failed.

    Args:
        how: the name of the method that is its rule.

    Attributes:
        failed: the names of the errors of its sends.
    """

    def __init__(self, name: str, peer: str, how: str) -> None:
        super().__init__(name)
        self.peer = peer
        self.failed: list[str] = []
        self.register_reply(None, getattr(self, how))

    def send_on(self, raw_message: Message) -> tuple[bool, Any]:
        """Block a thread meanwhile."""
        for _ in range(2):
            try:
                return True, str(self.send(raw_message, self.peer).stop.kind)
            except Exception as error:
                self.failed.append(type(error).__name__)
        return True, "failed"

    async def send_later(self, raw_message: Message) -> tuple[bool, Any]:
        """Await it."""
        return True, str((await self.a_send(raw_message, self.peer)).stop.kind)

    async def send_in_tasks(self, raw_message: Message) -> tuple[bool, Any]:
        """Await it in a task of its own."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.a_send(raw_message, self.peer))
        return True, "sent"

    def call_it(self) -> tuple[bool, Any]:
        """Call a method of the peer that never returns."""
        return True, str(self.ref().call("work"))

    async def work_through(self) -> Any:
        """Send from a method, which can be called through a ref."""
        return (await self.a_send("hello", self.peer)).turns

    def start_it(self, raw_message: Message) -> tuple[bool, Any]:
        """Wait for the handle of a conversation."""
        return True, str(self.start_chat(self.peer, raw_message).result().stop.kind)

    def ask_them(self, raw_message: Message) -> tuple[bool, Any]:
        """Ask it together with others."""
        return True, str(len(self.ask_all(raw_message, [self.peer])))

    async def ask_them_later(self, raw_message: Message) -> tuple[bool, Any]:
        """Do what the method above does, awaited."""
        return True, str(len(await self.a_ask_all(raw_message, [self.peer])))

    def ref(self) -> AgentRef:
        """Give the peer's ref."""
        assert self._mailbox is not None
        found: AgentRef = self._mailbox.runtime.resolve(self.peer)
        return found
