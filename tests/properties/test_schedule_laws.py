"""The inline backend repeats all that it decides, however busy the machine is."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore import ChatError, ConversableAgent, Message, agent_reply, tool
from agentcore.backend import open_system
from agentcore.models import Completion, ToolCall, Usage
from agentcore.testing import InlineBackend, InlineSettings

HERE = Path(__file__).parent
PATIENCE = 120.0  # seconds; only a test that fails waits that long
SPIN = "while True: sum(range(1000))"


@attrs.frozen
class Restless:
    """A model that answers as its seed and what it is shown say, at once or later."""

    seed: int
    peers: tuple[str, ...]
    name: str = "restless"

    def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> Any:
        """Say something, or have tools run, mostly several at once."""
        chance = Random(f"{self.seed} {len(messages)} {messages[-1].get('content')}")
        if chance.random() < 0.3:
            return self._later(chance, Completion(f"word {chance.random()}", usage=Usage(1)))
        names = ["ask", "ask", "ask_later", "ask_all_of", "nap", "work"]
        calls = [
            ToolCall(str(index), chance.choice(names), json.dumps({"peer": peer}))
            for index in range(chance.randint(1, 4))
            for peer in [chance.choice(self.peers)]
        ]
        return self._later(chance, Completion(tool_calls=calls, usage=Usage(1)))

    def _later(self, chance: Random, completion: Completion) -> Any:
        async def answer() -> Completion:
            await asyncio.sleep(chance.choice([0, 0, 0.5, 1]))
            return await asyncio.to_thread(lambda: completion)

        return answer() if chance.random() < 0.6 else completion


class Worker(ConversableAgent):
    """Has tools that block, that await, and that ask others."""

    @tool
    def ask(self, peer: str) -> str:
        """Ask one."""
        return _text(self.send("well?", peer).last_message)

    @tool
    async def ask_later(self, peer: str) -> str:
        """Ask one, and hold no thread."""
        return _text((await self.a_send("well?", peer)).last_message)

    @tool
    def ask_all_of(self, peer: str) -> str:
        """Ask it twice at once."""
        return " ".join(map(_text, self.ask_all("all?", [peer, peer]).texts))

    @tool
    async def nap(self, peer: str) -> str:
        """Let virtual time pass."""
        await asyncio.sleep(len(peer) / 2)
        return "slept"

    @tool
    def work(self, peer: str) -> str:
        """Need a processor, and real time."""
        sum(range(20_000))
        time.sleep(0.0005 * len(peer))
        return "worked"


class Sleeper(ConversableAgent):
    """Answers after a while of virtual time."""

    @agent_reply()
    async def sleep(self) -> tuple[bool, Any]:
        """Sleep, and answer."""
        await asyncio.sleep(0.7)
        return True, "awake"


def _text(message: Message | None) -> str:
    return "(nothing)" if message is None else str(message.content)


def decisions(seed: int) -> list[str]:
    """Let several talk at once in a world drawn from a seed; give all that was decided."""
    chance = Random(seed)
    odds = {"delay": 0.05, "duplicate": 0.05} if chance.random() < 0.3 else {}
    backend = InlineBackend(InlineSettings(seed=seed, **odds))
    with open_system(backend) as system:
        names = ["a" * (index + 1) for index in range(chance.randint(2, 5))]
        for index, name in enumerate(names):
            if chance.random() < 0.2:
                system.spawn(Sleeper, name)
            else:
                peers = tuple(chance.choice(names) for _ in range(2))
                system.spawn(Worker, name, Restless(seed + index, peers), max_tool_rounds=2)
        chats = [
            ConversableAgent(f"user{index}", default_auto_reply="go on").start_chat(
                chance.choice(names), "go", silent=True, max_turns=15, timeout=chance.choice([2, 9])
            )
            for index in range(3)
        ]
        for chat in chats:
            with contextlib.suppress(ChatError):  # its time ran out, say
                chat.result()
        assert not any("astray" in each for each in backend.trace)
    return backend.trace


def digest(seeds: range) -> str:
    """Give a short form of all that is decided in many worlds."""
    return hashlib.sha256(json.dumps([decisions(seed) for seed in seeds]).encode()).hexdigest()


@pytest.fixture
def load() -> Iterator[None]:
    """Busy loops: two processes for each processor, and a thread of this process."""
    over = threading.Event()

    def spin() -> None:
        while not over.is_set():
            sum(range(1000))

    busy = [
        subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(2 * (os.cpu_count() or 1))
    ]
    thread = threading.Thread(target=spin)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for each in busy:
            each.kill()
            each.wait()


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100_000))
def test_the_same_seed_makes_the_same_decisions(seed: int) -> None:
    """Turns, wake-ups, timers, threads and faults, in one order."""
    assert decisions(seed) == decisions(seed)


def test_it_makes_them_under_load_as_it_does_alone(request: pytest.FixtureRequest) -> None:
    """Alone, and beside more busy processes and threads than there are processors."""
    seeds = range(12)
    alone = [decisions(seed) for seed in seeds]
    assert any("thread" in each for trace in alone for each in trace)
    assert any("the clock is at" in each for trace in alone for each in trace)
    request.getfixturevalue("load")
    assert [decisions(seed) for seed in seeds] == alone


def test_it_makes_them_in_every_process() -> None:
    """Whatever the order of sets is there."""
    program = "import test_schedule_laws as laws; print(laws.digest(range(15)))"
    paths = [str(HERE), *sys.path]
    for hash_seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(paths)}
        ran = subprocess.run(
            [sys.executable, "-c", program], env=env, text=True, timeout=PATIENCE, check=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.stdout.strip() == digest(range(15))
