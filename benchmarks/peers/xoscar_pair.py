"""xoscar: two actors of one process."""

from __future__ import annotations

import asyncio

import xoscar

from benchmarks.process import timed


class Answerer(xoscar.Actor):
    """Answers every message with the same word."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[dict[str, str]] = []

    async def reply(self, message: dict[str, str]) -> dict[str, str]:
        """Answer."""
        answer = {"content": "pong", "role": "user"}
        self.history += (message, answer)
        return answer


class Caller(Answerer):
    """Loops over calls of its peer."""

    async def talk(self, messages: int) -> int:
        """Converse."""
        # Looked up here, the peer is called directly, and not through the pool's messages.
        peer = await xoscar.actor_ref(self.address, "answerer")
        message = {"content": "ping", "role": "user"}
        for _ in range(messages // 2):
            self.history += (message, await peer.reply(message))
            message = {"content": "pong", "role": "user"}
        return len(self.history)


async def _conversation(messages: int) -> tuple[int, float]:
    pool = await xoscar.create_actor_pool("127.0.0.1", n_process=0)
    async with pool:
        place = pool.external_address
        caller = await xoscar.create_actor(Caller, address=place, uid="caller")
        await xoscar.create_actor(Answerer, address=place, uid="answerer")
        loop = asyncio.get_running_loop()
        said = await caller.talk(100)
        begun = loop.time()
        said = await caller.talk(messages) - said
        return said, loop.time() - begun


def conversation(messages: int) -> float:
    """Give messages a second."""
    (said, seconds), _ = timed(lambda: asyncio.run(_conversation(messages)))
    assert said == messages
    return messages / seconds
