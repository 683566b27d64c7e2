"""Agents that think, ask many, hand on and talk in groups, all at once: all stop, in budget."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import (
    AgentCoreError,
    AgentSystem,
    ChatError,
    ConversableAgent,
    GroupChat,
    Handoff,
    Message,
    StopKind,
    agent_reply,
    tool,
)
from agentcore.backend import open_system
from agentcore.models import Completion, ToolCall, Usage
from agentcore.testing import InlineBackend, InlineSettings
from agentcore.testing.strategies import schedules

_count = itertools.count()
plain = settings(deadline=None)
few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@attrs.frozen
class Moody:
    """A model that answers as a seed and what it is shown say.

    Attributes:
        peers: whom the tools that it calls ask.
    """

    seed: int
    peers: tuple[str, ...]
    name: str = "moody"

    def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> Any:
        """Say something, end it, or call one tool or several, good and bad."""
        chance = Random(f"{self.seed} {len(messages)} {messages[-1].get('content')}")
        kind = chance.choice(["text", "text", "end", "call", "call", "calls", "wrong"])
        if kind == "text":
            return self._later(chance, Completion(f"word {chance.randint(0, 3)}", usage=Usage(1)))
        if kind == "end":
            return Completion("over. TERMINATE", usage=Usage(1))
        number = chance.randint(2, 3) if kind == "calls" else 1
        calls = [self._call(chance, kind, str(index)) for index in range(number)]
        return self._later(chance, Completion(tool_calls=calls, usage=Usage(1)))

    def _call(self, chance: Random, kind: str, id: str) -> ToolCall:
        if kind == "wrong":
            return ToolCall(id, chance.choice(["nothing", "ask"]), "{")
        asked = {"ask": chance.choice(self.peers), "ask_all_of": list(self.peers[:2])}
        name = chance.choice(["ask", "ask", "ask_later", "ask_all_of"])
        peers: Any = asked["ask_all_of"] if name == "ask_all_of" else asked["ask"]
        key = "peers" if name == "ask_all_of" else "peer"
        return ToolCall(id, name, json.dumps({key: peers}))

    def _later(self, chance: Random, completion: Completion) -> Any:
        async def answer() -> Completion:
            return completion

        return answer() if chance.random() < 0.5 else completion


class Thinker(ConversableAgent):
    """Thinks, with tools that ask others."""

    @tool
    def ask(self, peer: str) -> str:
        """Ask one."""
        return _words(self.send("well?", peer).last_message)

    @tool
    async def ask_later(self, peer: str) -> str:
        """Ask one, and hold no thread."""
        return _words((await self.a_send("well?", peer)).last_message)

    @tool
    def ask_all_of(self, peers: list[str]) -> str:
        """Ask several at once."""
        return " ".join(map(_words, self.ask_all("all?", peers).texts))


class Router(ConversableAgent):
    """Hands on half of what it gets, and answers the rest."""

    def __init__(self, name: str, peers: Sequence[str]) -> None:
        super().__init__(name)
        self.peers = peers
        self.count = 0

    @agent_reply()
    def route(self, raw_message: Message) -> tuple[bool, Any]:
        """Hand it on, or answer it."""
        self.count += 1
        if self.count % 2:
            return True, Handoff(self.peers[self.count % len(self.peers)])
        return True, "routed" if self.count % 3 else None


class Front(ConversableAgent):
    """Answers with what came of chats with others."""

    def __init__(self, name: str, peers: Sequence[str]) -> None:
        super().__init__(name, default_auto_reply="front")
        self.register_nested_chats([{"recipient": peer, "max_turns": 5} for peer in peers[:2]])


def _words(message: Message | None) -> str:
    return "(nothing)" if message is None else str(message.content)


def spawn_world(system: AgentSystem, seed: int, suffix: str = "") -> list[Any]:
    """Spawn three to seven agents of all kinds, each of whom knows some of the others."""
    chance = Random(seed)
    names = [f"a{index}{suffix}" for index in range(chance.randint(3, 7))]
    refs = []
    for index, name in enumerate(names):
        peers = tuple(chance.choice(names) for _ in range(chance.randint(1, 3)))
        model = Moody(seed + index, peers)
        kind = chance.choice(["thinker", "thinker", "stream", "run", "router", "front", "group"])
        if kind == "router":
            refs.append(system.spawn(Router, name, peers))
        elif kind == "front":
            refs.append(system.spawn(Front, name, peers))
        elif kind == "group":
            chooses = chance.choice(["round_robin", "random", "auto"])
            members = [each for each in dict.fromkeys(peers) if each != name] or [names[index - 1]]
            refs.append(system.spawn(
                GroupChat, name, members, speaker_selection=chooses, llm=model,
                max_round=chance.randint(1, 5), on_failure=chance.choice(["stop", "continue"]),
            ))  # fmt: skip
        else:
            options: dict[str, Any] = {"max_tool_rounds": 2, "max_consecutive_auto_reply": 5}
            options |= {"stream": kind == "stream"}
            options |= {"executor": chance.choice(names)} if kind == "run" else {}
            refs.append(system.spawn(Thinker, name, model, **options))
    return refs


def check(chat: Any, max_turns: int) -> None:
    """See that a chat stopped, with a reason, and within its budget."""
    try:
        result = chat.result()
    except ChatError as error:
        if error.result is None:
            raise
        result = error.result
    assert result.stop.kind in StopKind
    assert result.stop.kind is not StopKind.DEADLINE
    assert len(result.transcript) <= max_turns
    assert result.usage.total_tokens <= 2 * len(result.transcript) * max_turns


def talk(
    system: AgentSystem, seed: int, max_turns: int, number: int, suffix: str = "", **options: Any
) -> None:
    """Let several users begin at once."""
    refs = spawn_world(system, seed, suffix)
    chance = Random(seed)
    users = [
        ConversableAgent(f"user{next(_count)}", default_auto_reply=chance.choice(["go on", None]))
        for _ in range(number)
    ]
    chats = [
        user.start_chat(chance.choice(refs), "go", silent=True, max_turns=max_turns, **options)
        for user in users
    ]
    for chat in chats:
        check(chat, max_turns)


@plain
@given(
    seed=st.integers(0, 10_000), max_turns=st.integers(1, 30), number=st.integers(1, 3),
    choose=schedules(),
)  # fmt: skip
def test_on_any_schedule_everything_stops_within_its_budget(
    seed: int, max_turns: int, number: int, choose: Callable[[int], int]
) -> None:
    """Tools that converse, groups in groups, handoffs, nested chats and questions to many."""
    with open_system(InlineBackend(choose=choose)) as system:
        talk(system, seed, max_turns, number)
        assert not system._runtime.chats
        assert not system._runtime.ask_alls


@few
@given(seed=st.integers(0, 10_000), max_turns=st.integers(1, 40), number=st.integers(1, 4))
def test_on_every_backend_everything_stops_within_its_budget(
    system: AgentSystem, seed: int, max_turns: int, number: int
) -> None:
    """With real threads and real hosts."""
    suffix = f"-{next(_count)}"
    talk(system, seed, max_turns, number, suffix, timeout=100)
    for ref in system.agents():
        if ref.name.endswith(suffix):
            ref.close()


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_no_seed_finds_one_that_goes_on_for_ever(start: int) -> None:
    """On plain seeds, with more budget."""
    for seed in range(start, start + 40):
        with open_system(InlineBackend(InlineSettings(seed=seed))) as system:
            talk(system, seed, 60, 2)


@plain
@given(
    settings=st.builds(
        InlineSettings,
        seed=st.integers(0, 1000),
        drop=st.sampled_from([0.0, 0.0, 0.1, 0.4]),
        duplicate=st.sampled_from([0.0, 0.1, 0.4]),
        delay=st.sampled_from([0.0, 0.1, 0.4]),
        crash=st.sampled_from([0.0, 0.0, 0.1]),
    ),
    max_turns=st.integers(1, 30),
)
def test_whatever_befalls_messages_everything_stops_within_its_budget(
    settings: InlineSettings, max_turns: int
) -> None:
    """Lost, doubled, late, and agents that die."""
    with open_system(InlineBackend(settings)) as system:
        try:
            talk(system, settings.seed, max_turns, 2)
        except AgentCoreError as error:
            # Whom a user was to begin with may be gone before it is asked.
            if isinstance(error, ChatError) and error.result is not None:
                raise
