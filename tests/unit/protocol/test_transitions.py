"""The state machine of a conversation: each transition, and each event that is illegal."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from agentcore import StopKind
from agentcore.errors import BudgetSpentError, ProtocolError
from agentcore.protocol.state import (
    ASK,
    REPLY,
    RUN_RULES,
    Answered,
    Cancelled,
    Do,
    Event,
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
from agentcore.protocol.transitions import on_received, on_replied, step

ANY = -1
ALWAYS, TERMINATE, NEVER = HumanMode.ALWAYS, HumanMode.TERMINATE, HumanMode.NEVER
GOING_ON = {Phase.OPEN, Phase.ASKING, Phase.WAITING}

# Written beside the code, not taken from it: in which phases an event is legal.
LEGAL: dict[Event, set[Phase]] = {
    Received(ANY): {Phase.OPEN},
    Answered("yes"): {Phase.ASKING},
    Replied(): {Phase.OPEN},
    Passed(): {Phase.OPEN},
    Sent(): {Phase.OPEN},
    Split(2): {Phase.OPEN},
    Spent(2): {Phase.OPEN},
    Told(): {Phase.OPEN},
    Returned(3): {Phase.WAITING},
    Expired(): GOING_ON,
    Cancelled(): GOING_ON,
    Failed(): GOING_ON,
}
PAIRS = [(phase, event) for phase in Phase for event in LEGAL]


def pair_id(value: Any) -> str:
    return value.name if isinstance(value, Phase) else type(value).__name__


def test_the_table_of_legal_events_knows_every_event() -> None:
    """A new event is to be put into it."""
    assert {type(event) for event in LEGAL} == set(Event.__args__)


@pytest.mark.parametrize(("phase", "event"), PAIRS, ids=pair_id)
def test_an_event_is_taken_where_it_is_legal_and_refused_elsewhere(
    phase: Phase, event: Event
) -> None:
    """Every pair of phase and event; a refused one changes nothing."""
    exchange = Exchange(5, mine=2, theirs=1, phase=phase)
    if phase in LEGAL[event]:
        step(exchange, event)
        return
    with pytest.raises(
        ProtocolError, match=f"{type(event).__name__} is illegal while {phase.value}"
    ):
        step(exchange, event)
    assert exchange == Exchange(5, mine=2, theirs=1, phase=phase)


@pytest.mark.parametrize("phase", [Phase.ASKING, Phase.WAITING, Phase.STOPPED])
def test_the_two_that_are_called_directly_refuse_too(phase: Phase) -> None:
    """They are called without `step` where speed counts."""
    with pytest.raises(ProtocolError):
        on_received(Exchange(5, phase=phase), Received(ANY))
    with pytest.raises(ProtocolError):
        on_replied(Exchange(5, phase=phase), Replied())


# --- received ----------------------------------------------------------------------------------


def test_a_message_that_stops_nothing_goes_to_the_rules() -> None:
    """The exchange stays as it is."""
    exchange = Exchange(5, mine=2, theirs=1)
    assert step(exchange, Received(limit=3)) == (exchange, RUN_RULES)


FLAGS = list(
    itertools.product(
        [None, StopKind.TERMINATE, StopKind.TERMINATION_MESSAGE], [True, False], [0, 1], [2, 3]
    )
)


@pytest.mark.parametrize(("terminal", "condition", "budget", "limit"), FLAGS)
def test_reasons_are_named_in_one_order(
    terminal: StopKind | None, condition: bool, budget: int, limit: int
) -> None:
    """Where several hold at once: what the message says, the condition, the budget, the limit."""
    holding = [
        terminal,
        StopKind.CONDITION if condition else None,
        StopKind.MAX_TURNS if not budget else None,
        StopKind.MAX_AUTO_REPLY if limit == 2 else None,
    ]
    first = next((kind for kind in holding if kind is not None), None)
    exchange = Exchange(budget, mine=2)
    after, effect = step(exchange, Received(limit, NEVER, terminal, condition))
    if first is None:
        assert (after, effect) == (exchange, RUN_RULES)
    else:
        assert effect == Stop(first)
        assert after == Exchange(budget, mine=2, phase=Phase.STOPPED, terminal=first)


@pytest.mark.parametrize(
    ("mine", "limit", "effect"),
    [
        (0, 0, Stop(StopKind.MAX_AUTO_REPLY)),
        (1, 2, RUN_RULES),
        (2, 2, Stop(StopKind.MAX_AUTO_REPLY)),
        (3, 2, Stop(StopKind.MAX_AUTO_REPLY)),
        (10_000, ANY, RUN_RULES),
    ],
)
def test_the_limit_counts_the_receivers_own_replies(mine: int, limit: int, effect: Any) -> None:
    """0 never answers, -1 always does, and the other agent's count is no matter."""
    assert step(Exchange(5, mine=mine, theirs=99), Received(limit))[1] == effect


@pytest.mark.parametrize("mode", HumanMode)
def test_nobody_is_asked_when_there_is_no_turn_for_an_answer(mode: HumanMode) -> None:
    """A spent budget stops, and so does a condition, whatever the mode."""
    assert step(Exchange(0), Received(ANY, mode))[1] == Stop(StopKind.MAX_TURNS)
    held = Received(ANY, mode, condition=True)
    assert step(Exchange(5), held)[1] == Stop(StopKind.CONDITION)


@pytest.mark.parametrize("mode", HumanMode)
def test_a_message_that_wants_no_answer_gets_none(mode: HumanMode) -> None:
    """Nobody is asked either; what the message itself says is named first."""
    unwanted = Received(0, mode, wanted=False)
    assert step(Exchange(5), unwanted)[1] == Stop(StopKind.NO_REPLY)
    terminal = Received(0, mode, StopKind.TERMINATE, wanted=False)
    assert step(Exchange(5), terminal)[1] == Stop(StopKind.TERMINATE)


# --- human input -------------------------------------------------------------------------------

MAX_AUTO_REPLY, TERMINATION = StopKind.MAX_AUTO_REPLY, StopKind.TERMINATION_MESSAGE
# Mode, whether the limit is reached, whether the message is terminal: what happens first.
MATRIX: dict[tuple[HumanMode, bool, bool], Do | StopKind] = {
    (NEVER, False, False): RUN_RULES,
    (NEVER, False, True): TERMINATION,
    (NEVER, True, False): MAX_AUTO_REPLY,
    (NEVER, True, True): TERMINATION,
    (TERMINATE, False, False): RUN_RULES,
    (TERMINATE, False, True): ASK,
    (TERMINATE, True, False): ASK,
    (TERMINATE, True, True): ASK,
    (ALWAYS, False, False): ASK,
    (ALWAYS, False, True): ASK,
    (ALWAYS, True, False): ASK,
    (ALWAYS, True, True): ASK,
}
ASKED = [case for case, first in MATRIX.items() if first is ASK]


def receive(mode: HumanMode, at_limit: bool, terminal: bool) -> tuple[Exchange, Any]:
    limit = 2 if at_limit else 3
    event = Received(limit, mode, TERMINATION if terminal else None)
    return step(Exchange(5, mine=2, theirs=1), event)


@pytest.mark.parametrize(("mode", "at_limit", "terminal"), MATRIX)
def test_the_mode_says_when_a_human_is_asked(
    mode: HumanMode, at_limit: bool, terminal: bool
) -> None:
    """ALWAYS at every message, TERMINATE where it would stop, NEVER not at all."""
    after, effect = receive(mode, at_limit, terminal)
    expected = MATRIX[mode, at_limit, terminal]
    assert effect == (Stop(expected) if isinstance(expected, StopKind) else expected)
    if effect is ASK:
        assert after.phase is Phase.ASKING
        assert (after.budget, after.mine, after.theirs) == (5, 2, 1)


@pytest.mark.parametrize(("mode", "at_limit", "terminal"), ASKED)
@pytest.mark.parametrize("answer", ["exit", None])
def test_exit_and_a_closed_console_stop(
    mode: HumanMode, at_limit: bool, terminal: bool, answer: str | None
) -> None:
    """The human's word is the reason, even where the message would have stopped it."""
    asking, _ = receive(mode, at_limit, terminal)
    after, effect = step(asking, Answered(answer))
    assert effect == Stop(StopKind.HUMAN_EXIT)
    assert after.phase is Phase.STOPPED


@pytest.mark.parametrize(("mode", "at_limit", "terminal"), ASKED)
def test_an_empty_answer_leaves_it_to_the_message(
    mode: HumanMode, at_limit: bool, terminal: bool
) -> None:
    """A terminal message stops; else the automatic reply goes on, beyond the limit too."""
    asking, _ = receive(mode, at_limit, terminal)
    after, effect = step(asking, Answered(""))
    if terminal:
        assert effect == Stop(TERMINATION)
    else:
        assert (after, effect) == (Exchange(5, mine=2, theirs=1), RUN_RULES)


@pytest.mark.parametrize(("mode", "at_limit", "terminal"), ASKED)
@pytest.mark.parametrize("answer", ["yes", " ", "exit now", "EXIT"])
def test_a_humans_words_are_sent_and_reset_the_count(
    mode: HumanMode, at_limit: bool, terminal: bool, answer: str
) -> None:
    """A terminal message is answered then; the count that becomes 0 is the human's agent's."""
    asking, _ = receive(mode, at_limit, terminal)
    assert step(asking, Answered(answer)) == (Exchange(4, mine=1, theirs=0), REPLY)


# --- replied -----------------------------------------------------------------------------------


def test_a_reply_costs_a_turn_and_the_other_agent_is_next() -> None:
    """What was mine is theirs now, one more; what was theirs is mine."""
    assert step(Exchange(5, mine=2, theirs=7), Replied()) == (Exchange(4, mine=7, theirs=3), REPLY)


def test_two_who_answer_each_other_count_their_own_replies() -> None:
    """Over a whole conversation, until its budget is spent."""
    exchange = begin(6)
    seen = []
    while exchange.budget:
        exchange, _ = step(exchange, Received(ANY))
        exchange, _ = step(exchange, Replied())
        seen.append((exchange.budget, exchange.mine, exchange.theirs))
    assert seen == [(4, 0, 1), (3, 1, 1), (2, 1, 2), (1, 2, 2), (0, 2, 3)]
    assert step(exchange, Received(ANY))[1] == Stop(StopKind.MAX_TURNS)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Replied(speaks=False), StopKind.NO_REPLY),
        (Replied(final=False, speaks=False), StopKind.NO_RULE),
    ],
)
@pytest.mark.parametrize("budget", [0, 5])
def test_silence_says_whether_a_rule_chose_it(reply: Replied, kind: StopKind, budget: int) -> None:
    """It needs no budget, so a spent one is not the reason."""
    after, effect = step(Exchange(budget), reply)
    assert effect == Stop(kind)
    assert after == Exchange(budget, phase=Phase.STOPPED, terminal=kind)


def test_a_reply_without_budget_is_not_sent() -> None:
    """A rule can have spent all of it on sends of its own."""
    assert step(Exchange(0), Replied())[1] == Stop(StopKind.MAX_TURNS)


# --- sent, returned, told ----------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 2, 9])
@pytest.mark.parametrize("used", [0, 1])
def test_a_send_lends_what_is_left_and_takes_back_what_was_not_used(budget: int, used: int) -> None:
    """Its first message costs one turn; the counts of the turn itself stay."""
    waiting, effect = step(Exchange(budget, mine=2, theirs=1), Sent())
    assert effect == Lend(Exchange(budget - 1))
    assert waiting == Exchange(budget - 1, mine=2, theirs=1, phase=Phase.WAITING)
    unused = max(0, budget - 1 - used)
    after, effect = step(waiting, Returned(unused))
    assert (after, effect) == (Exchange(unused, mine=2, theirs=1), Do.CONTINUE)


@pytest.mark.parametrize("unused", [-1, 5])
def test_no_more_comes_back_than_was_lent(unused: int) -> None:
    """Else a conversation could make turns out of nothing; and it changes nothing."""
    waiting, _ = step(Exchange(5), Sent())
    with pytest.raises(ProtocolError, match=f"{unused} turns came back of 4 that were lent"):
        step(waiting, Returned(unused))
    assert step(waiting, Returned(4))[0] == Exchange(4)


@pytest.mark.parametrize(
    ("budget", "kept", "given"), [(1, 0, 0), (2, 1, 0), (3, 2, 0), (4, 2, 1), (9, 5, 3)]
)
def test_a_tell_gives_away_half(budget: int, kept: int, given: int) -> None:
    """The first message costs one of that half; the turn goes on at once with the rest."""
    exchange = Exchange(budget, mine=2, theirs=1)
    after, effect = step(exchange, Told())
    assert effect == Lend(Exchange(given))
    assert after == Exchange(kept, mine=2, theirs=1)
    assert kept + given + 1 == budget


@pytest.mark.parametrize("event", [Sent(), Told()], ids=pair_id)
def test_nothing_begins_without_budget(event: Event) -> None:
    """An error that says so; the turn itself goes on as it was."""
    exchange = Exchange(0)
    with pytest.raises(BudgetSpentError, match="nothing was delivered"):
        step(exchange, event)
    assert step(exchange, Replied(speaks=False))[1] == Stop(StopKind.NO_REPLY)


# --- what ends it from outside -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Expired(), StopKind.DEADLINE),
        (Cancelled(), StopKind.CANCELLED),
        (Failed(), StopKind.FAILED),
    ],
    ids=pair_id,
)
@pytest.mark.parametrize("phase", sorted(GOING_ON, key=lambda phase: phase.name))
def test_time_a_cancel_or_a_failure_stops_it_anywhere(
    event: Event, kind: StopKind, phase: Phase
) -> None:
    """The budget stays known: it goes back to whoever lent it."""
    after, effect = step(Exchange(5, phase=phase), event)
    assert effect == Stop(kind)
    assert after == Exchange(5, phase=Phase.STOPPED, terminal=kind)
