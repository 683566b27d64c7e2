"""The laws of the state machine alone: no thread, no clock, no agent."""

from __future__ import annotations

from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.errors import BudgetSpentError, ProtocolError
from agentcore.protocol.state import (
    REPLY,
    RUN_RULES,
    Answered,
    Cancelled,
    Exchange,
    Expired,
    Failed,
    HumanMode,
    Lend,
    Passed,
    Phase,
    Received,
    Replied,
    Returned,
    Sent,
    Spent,
    Split,
    Stop,
    Told,
    begin,
)
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transitions import step

OPEN, ASKING, WAITING, STOPPED = Phase
TERMINALS = [None, StopKind.TERMINATE, StopKind.TERMINATION_MESSAGE]

received = st.builds(
    Received,
    limit=st.integers(-1, 3),
    mode=st.sampled_from(HumanMode),
    terminal=st.sampled_from(TERMINALS),
    condition=st.booleans(),
    wanted=st.booleans(),
)
events = st.one_of(
    received,
    st.builds(Answered, st.none() | st.sampled_from(["", "exit", "a word"])),
    st.builds(Replied, st.booleans(), st.booleans(), st.booleans()),
    st.builds(Returned, st.integers(-1, 12)),
    st.builds(Passed, st.integers(0, 3)),
    st.builds(Split, st.integers(1, 12)),
    st.builds(Spent, st.integers(1, 12)),
    st.sampled_from([Sent(), Sent(free=True), Told(), Expired(), Cancelled(), Failed()]),
)
exchanges = st.builds(
    Exchange,
    budget=st.integers(0, 10),
    mine=st.integers(0, 3),
    theirs=st.integers(0, 3),
    phase=st.sampled_from(Phase),
    terminal=st.sampled_from(TERMINALS),
)

LEGAL = {
    Received: {OPEN},
    Answered: {ASKING},
    Replied: {OPEN},
    Passed: {OPEN},
    Sent: {OPEN},
    Split: {OPEN},
    Spent: {OPEN},
    Told: {OPEN},
    Returned: {WAITING},
    Expired: {OPEN, ASKING, WAITING},
    Cancelled: {OPEN, ASKING, WAITING},
    Failed: {OPEN, ASKING, WAITING},
}


def cost(event: Any) -> int:
    """Give the turns that are to be left for an event."""
    return getattr(event, "parts", getattr(event, "turns", 1))


# --- any event, in any state -------------------------------------------------------------------


@given(exchange=exchanges, event=events)
def test_an_illegal_event_raises_and_a_legal_one_does_not(exchange: Exchange, event: Any) -> None:
    """`ProtocolError`, or `BudgetSpentError` where no turn is left; and nothing has changed."""
    before = attrs.evolve(exchange)
    if exchange.phase not in LEGAL[type(event)]:
        expected: type[Exception] | None = ProtocolError
    elif isinstance(event, Returned) and not 0 <= event.unused <= exchange.budget:
        expected = ProtocolError
    elif isinstance(event, Sent | Told | Split | Spent) and exchange.budget < cost(event):
        expected = BudgetSpentError
    else:
        expected = None
    if expected is None:
        step(exchange, event)
    else:
        with pytest.raises(expected):
            step(exchange, event)
    assert exchange == before


@given(exchange=exchanges, event=events)
def test_the_same_event_in_the_same_state_gives_the_same(exchange: Exchange, event: Any) -> None:
    """There is nothing else that it depends on."""
    assert outcome(exchange, event) == outcome(exchange, event)


@given(exchange=exchanges, event=events)
def test_no_event_makes_a_budget_grow(exchange: Exchange, event: Any) -> None:
    """What is left, and what is lent, is together never more than there was."""
    result = outcome(exchange, event)
    if result is None:
        return
    after, effect = result
    lent = effect.exchange.budget if isinstance(event, Told) and isinstance(effect, Lend) else 0
    assert 0 <= after.budget + lent <= exchange.budget
    if isinstance(event, Split) and isinstance(effect, Lend):  # its parts are in what is left
        assert effect.exchange.budget * event.parts <= after.budget
    free = isinstance(event, Passed) or (isinstance(event, Sent) and event.free)
    if (effect is REPLY or isinstance(effect, Lend)) and not free:  # a message was paid for
        assert after.budget + lent < exchange.budget


@given(exchange=exchanges, event=events)
def test_a_conversation_that_stopped_takes_no_event(exchange: Exchange, event: Any) -> None:
    """Whatever stopped it, once is enough."""
    result = outcome(exchange, event)
    if result is not None and isinstance(result[1], Stop):
        assert result[0].phase is STOPPED
        assert outcome(result[0], event) is None


def outcome(exchange: Exchange, event: Any) -> Any:
    """Give what `step` gives, and ``None`` where it raises."""
    try:
        return step(exchange, event)
    except (ProtocolError, BudgetSpentError):
        return None


# --- which of several reasons is named ---------------------------------------------------------


@given(
    terminal=st.sampled_from(TERMINALS),
    condition=st.booleans(),
    budget=st.integers(0, 2),
    limit=st.integers(-1, 2),
    mine=st.integers(0, 3),
    mode=st.sampled_from(HumanMode),
)
def test_of_the_reasons_that_hold_the_first_in_the_documented_order_is_named(
    terminal: StopKind | None, condition: bool, budget: int, limit: int, mine: int, mode: HumanMode
) -> None:
    """A human is asked only where neither a condition nor the budget stops it."""
    holds = {
        StopKind.TERMINATE: terminal is StopKind.TERMINATE,
        StopKind.TERMINATION_MESSAGE: terminal is StopKind.TERMINATION_MESSAGE,
        StopKind.CONDITION: condition,
        StopKind.MAX_TURNS: budget == 0,
        StopKind.MAX_AUTO_REPLY: limit != -1 and mine >= limit,
    }
    first = next((kind for kind, held in holds.items() if held), None)
    after, effect = step(Exchange(budget, mine), Received(limit, mode, terminal, condition))
    asks = mode is HumanMode.ALWAYS or (mode is HumanMode.TERMINATE and first is not None)
    if asks and not (condition or budget == 0):
        assert (after.phase, after.terminal) == (ASKING, first)
    elif first is None:
        assert effect is RUN_RULES
    else:
        assert effect == Stop(first)


# --- the fuel argument -------------------------------------------------------------------------


DEPTH = 4  # of the world's conversations, as `max_depth` is of the system's
WEIGHT = DEPTH + 2  # of a turn of the budget


@attrs.define(eq=False)
class Node:
    """A conversation in a world of them.

    Attributes:
        exchange: its state.
        parent: the conversation whose turn waits for it.
        depth: how many turns wait for it, one for the other.
        travelling: whether its message is on its way; a turn has it otherwise.
        to_initiator: whose message or turn it is.
        freed: whether the turn has begun a conversation for free.
        unused: turns that came back of those that it waits for, while it waits for others.
        marks: budget and direction of its messages so far.
    """

    exchange: Exchange
    parent: Node | None = None
    depth: int = 0
    travelling: bool = True
    to_initiator: bool = False
    freed: bool = False
    unused: int = 0
    marks: list[tuple[int, bool]] = attrs.field(factory=list)

    def fuel(self) -> int:
        """Give its weight: see the docstring of the machine.

        Of a turn that waits, what it lent is not its own meanwhile.
        """
        if self.exchange.phase is STOPPED:
            return 0
        budget = self.unused if self.exchange.phase is WAITING else self.exchange.budget
        free = 0 if self.freed else DEPTH - self.depth
        return WEIGHT * budget + free + self.to_initiator + self.travelling


class World:
    """Conversations that turns take, begin, split and pass on, at random."""

    def __init__(self, random: Random, budgets: list[int]) -> None:
        self.random = random
        self.nodes = [Node(begin(max_turns)) for max_turns in budgets]
        self.turns = 0  # messages taken
        self.said = len(budgets)  # messages that were paid for

    def fuel(self) -> int:
        """Give F."""
        return sum(node.fuel() for node in self.nodes)

    def go_on(self) -> None:
        """Let anything happen that can."""
        random = self.random
        if random.random() < 0.02:
            self.expire(random.choice(self.nodes))
            return
        node = random.choice([n for n in self.nodes if n.exchange.phase is not WAITING])
        if random.random() < 0.02:
            self.stopped(node, random.choice([Cancelled(), Failed()]))
        elif node.travelling:
            self.take(node)
        else:
            self.decide(node)

    def expire(self, node: Node) -> None:
        """The time of a conversation is up, and with it that of all that it waits for."""
        for child in [each for each in self.nodes if each.parent is node]:
            self.expire(child)
        if node in self.nodes:
            self.stopped(node, Expired())

    def take(self, node: Node) -> None:
        """A message arrives. A second copy of it would bear a mark that was there."""
        mark = (node.exchange.budget, node.to_initiator)
        assert all(mark < (budget, initiator) for budget, initiator in node.marks)
        node.marks.append(mark)
        self.turns += 1
        node.travelling = False
        random = self.random
        event = Received(
            random.choice([-1, -1, 5]),
            random.choice(list(HumanMode)),
            random.choice([None] * 20 + [StopKind.TERMINATE]),
            random.random() < 0.02,
        )
        node.exchange, effect = step(node.exchange, event)
        if isinstance(effect, Stop):
            self.end(node)

    def decide(self, node: Node) -> None:
        """A turn asks its human, begins conversations, spends, passes on, or answers."""
        random = self.random
        if node.exchange.phase is ASKING:
            self.stopped(node, Answered(random.choice(["", "a word", "a word", "exit"])))
            return
        kinds: list[Any] = [Sent(), Told(), Replied(), Replied(), Replied(speaks=False)]
        kinds += [Split(random.randint(1, 4)), Spent(random.randint(1, 3))]
        if not node.freed:
            kinds += [Sent(free=True)] * 2
            # Who began it can pass it on, instead.
            kinds += [Passed(random.randint(0, 2))] * 3 * node.to_initiator
        kind = random.choice(kinds)
        if isinstance(kind, Sent | Split) and node.depth == DEPTH:
            kind = Replied()  # it is too deep: a `DepthError`
        if not isinstance(kind, Sent | Told | Split | Spent):
            self.stopped(node, kind)
        elif node.exchange.budget < cost(kind):
            self.stopped(node, Replied())
        else:
            self.begin(node, kind)

    def begin(self, node: Node, kind: Any) -> None:
        """Take an event after which the turn goes on, or waits for what it began."""
        budget = node.exchange.budget
        node.exchange, effect = step(node.exchange, kind)
        free = isinstance(kind, Sent) and kind.free
        self.said += 0 if free else cost(kind)
        if not isinstance(effect, Lend):
            return
        node.freed = node.freed or free
        parts = getattr(kind, "parts", 1)
        assert free or parts * (effect.exchange.budget + 1) <= budget
        waits = not isinstance(kind, Told)
        for _ in range(parts):
            child = Node(effect.exchange, node, node.depth + 1) if waits else Node(effect.exchange)
            self.nodes.append(child)

    def stopped(self, node: Node, event: Any) -> None:
        """Take an event that may stop it, send a reply, or pass it on."""
        node.exchange, effect = step(node.exchange, event)
        if effect is REPLY:
            self.said += not isinstance(event, Passed)
            node.to_initiator = not node.to_initiator
            node.travelling, node.freed = True, False
        elif isinstance(effect, Stop):
            self.end(node)

    def end(self, node: Node) -> None:
        """It has stopped: what it did not use goes back to whoever waits for it.

        Of several that were asked at once, the last to stop gives back what all have left.
        """
        self.nodes.remove(node)
        parent = node.parent
        if parent is None or parent.exchange.phase is not WAITING:
            return
        parent.unused += node.exchange.budget
        if any(each.parent is parent for each in self.nodes):
            return
        unused, parent.unused = parent.unused, 0
        parent.exchange, _ = step(parent.exchange, Returned(unused))


@given(
    random=st.randoms(use_true_random=False),
    budgets=st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
def test_fuel_falls_at_every_turn_and_never_rises(random: Random, budgets: list[int]) -> None:
    """On any graph of conversations and any schedule: so all of them stop, within the budget.

    What is passed on takes turns, and says nothing new: the budget holds for what is said.
    """
    world = World(random, budgets)
    assert world.fuel() == sum(WEIGHT * (budget - 1) + DEPTH + 1 for budget in budgets)
    while world.nodes:
        fuel, turns = world.fuel(), world.turns
        world.go_on()
        assert 0 <= world.fuel() <= fuel - (world.turns - turns)
    assert world.said <= sum(budgets)


@given(max_turns=st.integers(1, 100))
def test_a_conversation_that_nothing_else_stops_uses_its_budget_to_the_last_turn(
    max_turns: int,
) -> None:
    """Exactly ``max_turns`` messages are taken, and the last is not answered."""
    exchange = begin(max_turns)
    for _ in range(max_turns - 1):
        exchange, effect = step(exchange, Received(-1))
        assert effect is RUN_RULES
        exchange, effect = step(exchange, Replied())
        assert effect is REPLY
    assert step(exchange, Received(-1))[1] == Stop(StopKind.MAX_TURNS)


@given(budget=st.integers(1, 100), used=st.integers(0, 100))
def test_what_a_nested_conversation_did_not_use_comes_back_and_no_more(
    budget: int, used: int
) -> None:
    """Its first message costs one turn; more than was lent is refused."""
    waiting, effect = step(Exchange(budget), Sent())
    assert isinstance(effect, Lend)
    assert effect.exchange == begin(budget)
    unused = budget - 1 - used
    if unused >= 0:
        after, _ = step(waiting, Returned(unused))
        assert after == Exchange(unused)
    with pytest.raises(ProtocolError):
        step(waiting, Returned(budget))


@given(budget=st.integers(1, 100))
def test_telling_splits_the_budget(budget: int) -> None:
    """Half of it, and one turn at the least, goes with what is told."""
    left, effect = step(Exchange(budget), Told())
    assert isinstance(effect, Lend)
    assert left.budget + effect.exchange.budget + 1 == budget
    assert effect.exchange.budget + 1 == max(1, budget // 2)


@given(replies=st.lists(st.booleans(), max_size=12))
def test_automatic_replies_are_counted_in_a_row_and_for_each_of_the_two(
    replies: list[bool],
) -> None:
    """A human's words set the count of their own side to zero."""
    exchange = begin(100)
    counts = [0, 0]
    for turn, automatic in enumerate(replies):
        me = turn % 2
        assert (exchange.mine, exchange.theirs) == (counts[me], counts[1 - me])
        exchange, _ = step(exchange, Replied(automatic=automatic))
        counts[me] = counts[me] + 1 if automatic else 0
