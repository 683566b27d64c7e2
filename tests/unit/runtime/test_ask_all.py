"""A question to many: what is collected, and what becomes of parts that nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import AgentDiedError, AgentRef, ChatTimeoutError, Message, StopKind
from agentcore.errors import ChatError
from agentcore.protocol.envelope import CallContext, Conversation, Envelope
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import AskAllReply
from agentcore.protocol.state import Exchange
from agentcore.runtime.ask_all import PendingAskAll, refused_part

PEERS = [AgentRef("alice", "s", "here"), AgentRef("bob", "s", "there"), AgentRef("carol", "s", "")]


class Clock:
    """A clock that stands at 100 s, with the timers that were asked of it."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return 100.0

    def call_later(self, delay: float, function: Callable[[], None]) -> Any:
        self.timers.append((delay, function))
        return self

    def cancel(self) -> None:
        self.timers.clear()


class Asked:
    """A question to `PEERS` that has 5 turns for each, and its outcomes."""

    def __init__(self, deadline: float | None = None) -> None:
        self.open: dict[str, PendingAskAll] = {}
        self.clock = Clock()
        self.outcomes: list[Outcome] = []
        self.pending = PendingAskAll(
            "q", "asker", Message("hello"), PEERS, 1, self.outcomes.append, 5
        )
        self.pending.open(self.open, self.clock, deadline)

    def answer(self, part: int, text: str = "hi") -> None:
        self.pending.take(AskAllReply("q", part, Message(text), None, 2))

    @property
    def answers(self) -> Any:
        (outcome,) = self.outcomes
        return outcome.value


@pytest.fixture
def asked() -> Asked:
    """A question without a deadline."""
    return Asked()


def test_answers_come_in_the_order_of_the_agents(asked: Asked) -> None:
    """Whoever answers first; then the question is forgotten."""
    for part in (2, 0, 1):
        assert asked.outcomes == []
        assert "q" in asked.open
        asked.answer(part, PEERS[part].name)
    assert [message.content for message in asked.answers.texts] == ["alice", "bob", "carol"]
    assert asked.outcomes[0].unused == 6
    assert asked.open == {}


def test_a_part_is_answered_once(asked: Asked) -> None:
    """A second answer changes nothing, and counts for no other part."""
    for text in ("first", "second", "third"):
        asked.answer(0, text)
    assert asked.outcomes == []
    asked.answer(1)
    asked.answer(2)
    assert asked.answers.texts[0].content == "first"


def test_parts_that_nobody_answers_in_time_fail_and_give_their_share_back() -> None:
    """The timer is for what is left until the deadline."""
    asked = Asked(deadline=103.0)
    ((delay, expire),) = asked.clock.timers
    assert delay == 3.0
    asked.answer(0)
    expire()
    assert [result.stop.kind for result in asked.answers][1:] == [StopKind.DEADLINE] * 2
    assert isinstance(asked.answers.error, ChatTimeoutError)
    assert "'bob', 'carol'" in str(asked.answers.error)
    assert asked.outcomes[0].unused == 2 + 5 + 5


def test_a_deadline_that_is_kept_leaves_no_timer() -> None:
    """The last answer cancels it."""
    asked = Asked(deadline=103.0)
    for part in range(3):
        asked.answer(part)
    assert asked.clock.timers == []


def test_agents_of_a_process_that_is_gone_fail(asked: Asked) -> None:
    """The others may still answer."""
    asked.pending.lost("there")
    asked.answer(0)
    asked.answer(2)
    assert isinstance(asked.answers.error, AgentDiedError)
    assert [result.stop.kind is StopKind.FAILED for result in asked.answers] == [0, 1, 0]


def test_a_question_can_be_cancelled(asked: Asked) -> None:
    """Each part that is left says so."""
    asked.answer(0)
    asked.pending.cancel()
    assert [result.stop.kind for result in asked.answers][1:] == [StopKind.CANCELLED] * 2


def test_a_part_that_did_not_reach_its_agent_has_no_messages(asked: Asked) -> None:
    """Its turns come back."""
    conversation = Conversation("q", AgentRef("asker", "s"), PEERS[1], CallContext(), part=1)
    item = Envelope(conversation, Message("hello"), Exchange(5), False)
    asked.pending.take(refused_part(item, ChatError("no way")))
    asked.answer(0)
    asked.answer(2)
    assert [len(result.transcript) for result in asked.answers] == [2, 0, 2]
    assert asked.outcomes[0].unused == 2 + 5 + 2
