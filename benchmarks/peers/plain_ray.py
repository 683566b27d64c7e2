"""Ray as it comes: a process for each actor, which keeps its own history."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import ray

from benchmarks.process import set_collecting

WORD = "pong"


class Answerer:
    """Answers every message with the same word."""

    def __init__(self) -> None:
        self.histories: defaultdict[int, list[dict[str, str]]] = defaultdict(list)

    def reply(self, message: dict[str, str]) -> dict[str, str]:
        return self.reply_in(0, message)

    def reply_in(self, chat: int, message: dict[str, str]) -> dict[str, str]:
        """Answer in one of several conversations."""
        history = self.histories[chat]
        history.append(message)
        answer = {"content": WORD, "role": "user"}
        history.append(answer)
        return answer

    def clear(self) -> None:
        self.histories.clear()

    def set_collecting(self, enabled: bool) -> None:
        set_collecting(enabled)


class Caller(Answerer):
    """Loops over calls of its peer."""

    def talk(self, peer: Any, messages: int) -> int:
        history = self.histories[0] = []
        message = {"content": "ping", "role": "user"}
        for _ in range(messages // 2):
            history.append(message)
            message = ray.get(peer.reply.remote(message))
            history.append(message)
            message = {"content": WORD, "role": "user"}
        return len(history)

    def talk_in(self, chat: int, peer: Any, messages: int) -> int:
        """The same in one of several conversations, each on a thread of a threaded actor."""
        history = self.histories[chat] = []
        message = {"content": "ping", "role": "user"}
        for _ in range(messages // 2):
            history.append(message)
            message = ray.get(peer.reply_in.remote(chat, message))
            history.append(message)
            message = {"content": WORD, "role": "user"}
        return len(history)


def ask_all(peers: Sequence[Any]) -> list[dict[str, str]]:
    """Ask all at once; give what was said, in order."""
    question = {"content": "ping", "role": "user"}
    answers = ray.get([peer.reply.remote(question) for peer in peers])
    return [said for answer in answers for said in (question, answer)]


class AskerOfAll(Answerer):
    """Asks many at once, and waits for all the answers."""

    def fan(self, peers: Sequence[Any], times: int) -> int:
        history = self.histories[0] = []
        for _ in range(times):
            history += ask_all(peers)
        return len(history)


class AsyncCaller:
    """Holds many conversations at once, on one event loop."""

    def __init__(self) -> None:
        self.histories: dict[int, list[dict[str, str]]] = {}

    async def talk_in_all(self, chats: int, peer: Any, messages: int) -> int:
        """Let all of them run at once."""
        done = await asyncio.gather(*(self._talk(chat, peer, messages) for chat in range(chats)))
        return sum(done)

    async def _talk(self, chat: int, peer: Any, messages: int) -> int:
        history = self.histories[chat] = []
        message = {"content": "ping", "role": "user"}
        for _ in range(messages // 2):
            history.append(message)
            message = await peer.reply_in.remote(chat, message)
            history.append(message)
            message = {"content": WORD, "role": "user"}
        return len(history)

    async def set_collecting(self, enabled: bool) -> None:
        set_collecting(enabled)


class Caught:
    """Answers by calling its peer, which answers by calling this one: what the lineage does."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def receive(self, depth: int, last: int, me: Any, peer: Any) -> int:
        """Answer message ``depth`` of ``last``."""
        ray.get(self._log.note.remote(depth))
        if depth == last:
            return depth
        answer: int = ray.get(peer.receive.remote(depth + 1, last, peer, me))
        return answer


class Log:
    """Keeps how far a conversation came."""

    def __init__(self) -> None:
        self._deepest = 0
        self._lock = threading.Lock()

    def note(self, depth: int) -> None:
        with self._lock:
            self._deepest = max(self._deepest, depth)

    def deepest(self) -> int:
        return self._deepest


def actor(cls: type, *args: Any, **options: Any) -> Any:
    """Begin an actor that reserves no core."""
    return ray.remote(cls).options(num_cpus=0, **options).remote(*args)


def recursive(messages: int, concurrency: int, patience: float) -> str:
    """Let two actors answer each other by calls: say how that ends."""
    ray.init(address="local", include_dashboard=False, logging_level="error", log_to_driver=False)
    try:
        log = actor(Log)
        alice, bob = (actor(Caught, log, max_concurrency=concurrency) for _ in range(2))
        ray.get(log.deepest.remote())
        try:
            ray.get(alice.receive.remote(1, messages, alice, bob), timeout=patience)
        except ray.exceptions.GetTimeoutError:
            deepest = ray.get(log.deepest.remote())
            return f"no answer in {patience:g} s, stuck after {deepest} messages"
        return f"{messages} messages"
    finally:
        ray.shutdown()
