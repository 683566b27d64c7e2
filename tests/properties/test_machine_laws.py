"""The state machine alone: on any graph of agents and any schedule, the fuel runs out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore._machine import (
    Answered,
    Cancelled,
    Exchange,
    Expired,
    Failed,
    HumanMode,
    Lend,
    Phase,
    Received,
    Replied,
    Returned,
    Sent,
    Stop,
    Told,
    begin,
    step,
)
from agentcore._transcript import StopKind
from agentcore.errors import BudgetSpentError, ProtocolError

exchanges = st.builds(
    Exchange,
    st.integers(0, 20),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(list(Phase)),
    st.none() | st.sampled_from(list(StopKind)),
)
events = st.one_of(
    st.builds(
        Received,
        st.integers(-1, 5),
        st.sampled_from(list(HumanMode)),
        st.none() | st.sampled_from([StopKind.TERMINATE, StopKind.TERMINATION_MESSAGE]),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Answered, st.none() | st.sampled_from(["", "exit", "words"])),
    st.builds(Replied, st.booleans(), st.booleans(), st.booleans()),
    st.just(Sent()),
    st.builds(Returned, st.integers(0, 25)),
    st.sampled_from([Told(), Expired(), Cancelled(), Failed()]),
)


@given(exchanges, events)
def test_a_step_changes_no_value_and_raises_only_what_it_says(
    exchange: Exchange, event: object
) -> None:
    """Its arguments are what they were, whether it gives a state or refuses."""
    before = (repr(exchange), repr(event))
    try:
        after, effect = step(exchange, event)  # type: ignore[arg-type]
    except (ProtocolError, BudgetSpentError):
        pass
    else:
        assert after.budget <= exchange.budget
        assert (after.phase is Phase.STOPPED) == isinstance(effect, Stop)
    assert (repr(exchange), repr(event)) == before


@given(exchanges.filter(lambda exchange: exchange.phase is Phase.STOPPED), events)
def test_nothing_happens_to_a_conversation_that_has_stopped(
    exchange: Exchange, event: object
) -> None:
    """Every event is illegal then."""
    with pytest.raises(ProtocolError):
        step(exchange, event)  # type: ignore[arg-type]


class World:
    """Messages on their way and turns being taken, of any number of conversations.

    It drives the machine as a backend would, with every decision left to chance: which message
    is taken next, what a rule does, when a nested conversation ends.
    """

    def __init__(self, chance: random.Random, budgets: list[int]) -> None:
        self.chance = chance
        self.travelling: list[tuple[Exchange, int]] = [(begin(b), -1) for b in budgets]
        self.turns: dict[int, tuple[Exchange, int]] = {}  # a turn, and the one that waits for it
        self.taken = 0
        self._next = 0

    @property
    def fuel(self) -> int:
        """F of the machine's docstring."""
        waiting = sum(e.budget for e, _ in self.turns.values() if e.phase is not Phase.WAITING)
        return waiting + sum(e.budget + 1 for e, _ in self.travelling)

    def take(self) -> None:
        """Take a message, whichever."""
        exchange, waiter = self.travelling.pop(self.chance.randrange(len(self.travelling)))
        self.taken += 1
        limit = self.chance.choice([-1, -1, 3])
        exchange, effect = step(exchange, Received(limit))
        if isinstance(effect, Stop):
            self._return(waiter, exchange.budget)
        else:
            self._next += 1
            self.turns[self._next] = (exchange, waiter)

    def act(self, number: int) -> None:
        """Let a turn do something, whatever."""
        exchange, waiter = self.turns[number]
        event = self.chance.choice([Replied(), Replied(), Replied(speaks=False), Sent(), Told()])
        try:
            exchange, effect = step(exchange, event)
        except BudgetSpentError:
            exchange, effect = step(exchange, Failed())
        if isinstance(effect, Lend):
            self.turns[number] = (exchange, waiter)
            self.travelling.append((effect.exchange, number if isinstance(event, Sent) else -1))
        elif isinstance(effect, Stop):
            del self.turns[number]
            self._return(waiter, exchange.budget)
        else:
            del self.turns[number]
            self.travelling.append((exchange, waiter))

    def _return(self, waiter: int, unused: int) -> None:
        if waiter in self.turns:
            exchange, outer = self.turns[waiter]
            self.turns[waiter] = (step(exchange, Returned(unused))[0], outer)

    def move(self) -> bool:
        """Do one thing; say whether there was one to do."""
        able = [n for n, (e, _) in self.turns.items() if e.phase is Phase.OPEN]
        if self.travelling and (not able or self.chance.random() < 0.5):
            self.take()
        elif able:
            self.act(self.chance.choice(able))
        else:
            return False
        return True


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_fuel_never_rises_and_every_schedule_ends(
    budgets: list[int], chance: random.Random
) -> None:
    """However turns nest, tell and reply, no more messages are taken than there was budget."""
    world = World(chance, budgets)
    fuel = world.fuel
    assert fuel == sum(budgets)
    while True:
        taken = world.taken
        if not world.move():
            break
        assert world.fuel <= fuel - (world.taken - taken)
        fuel = world.fuel
        assert fuel >= 0
    assert world.taken <= sum(budgets)
    assert not world.turns, "a turn waits for nothing"
