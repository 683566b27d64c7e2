"""The budget and context of what is begun, within a turn and outside of any."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextvars import Context, ContextVar
from typing import Any

import pytest

from agentcore import BudgetSpentError, SystemClosedError, connect
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.state import Exchange, Phase
from agentcore.runtime.allowance import allowance_for
from agentcore.runtime.turns.turn import Turn
from agentcore.testing.conformance.agents.player import Player

PLAIN = ChatOptions()


@pytest.fixture
def runtime() -> Iterator[Any]:
    """The runtime of a system with a budget of 100 turns, and an agent alice."""
    with connect("inline", max_turns=100) as system:
        system.spawn(Player, "alice")
        yield system._runtime


def turn_of_alice(runtime: Any, budget: int) -> Turn:
    """Give a turn of alice, in a conversation that user began."""
    context = CallContext(("user",), None, runtime.place, False, ("outer", 100))
    return Turn(runtime.mailboxes["alice"], Exchange(budget), context)


def test_outside_of_a_turn_the_budget_is_new(runtime: Any) -> None:
    """It is the system's, or ``max_turns``; the first message is paid for."""
    exchange, context = allowance_for(runtime, None, True, PLAIN, "chat")
    assert (exchange.budget, context.chain, context.root) == (99, (), ("chat", 99))
    exchange, context = allowance_for(runtime, None, True, ChatOptions(max_turns=10), "chat")
    assert (exchange.budget, context.root) == (9, ("chat", 9))


def test_a_turn_that_waits_lends_all_that_is_left(runtime: Any) -> None:
    """And gets it back later; the messages belong to the outer conversation."""
    turn = turn_of_alice(runtime, 50)
    exchange, context = allowance_for(runtime, turn, True, PLAIN, "chat")
    assert (exchange.budget, turn.exchange.phase) == (49, Phase.WAITING)
    assert context.chain == ("user", "alice")
    assert context.root == ("outer", 100)


def test_a_turn_that_does_not_wait_gives_half_away(runtime: Any) -> None:
    """The rest is its own; what it began has messages in an order of their own."""
    turn = turn_of_alice(runtime, 50)
    exchange, context = allowance_for(runtime, turn, False, PLAIN, "chat")
    assert (exchange.budget, turn.exchange.budget) == (24, 25)
    assert context.root == ("chat", 24)


def test_max_turns_limits_what_a_turn_lends(runtime: Any) -> None:
    """The turn keeps the rest."""
    turn = turn_of_alice(runtime, 50)
    exchange, _ = allowance_for(runtime, turn, True, ChatOptions(max_turns=10), "chat")
    assert (exchange.budget, turn.kept) == (9, 40)


def test_a_turn_without_budget_begins_nothing(runtime: Any) -> None:
    """It stays as it was."""
    turn = turn_of_alice(runtime, 0)
    with pytest.raises(BudgetSpentError):
        allowance_for(runtime, turn, True, PLAIN, "chat")
    assert turn.exchange == Exchange(0)


def test_silence_and_time_are_narrowed(runtime: Any) -> None:
    """The deadline is on the backend's clock."""
    options = ChatOptions(silent=True, timeout=5.0)
    _, context = allowance_for(runtime, None, True, options, "chat")
    assert context.silent
    assert context.deadline == runtime.backend.now() + 5.0


def test_a_closed_system_begins_nothing(runtime: Any) -> None:
    """Whoever asks is told at once."""
    runtime.close()
    with pytest.raises(SystemClosedError):
        allowance_for(runtime, None, True, PLAIN, "chat")


REQUEST: ContextVar[str] = ContextVar("request")


def test_context_variables_are_kept_only_where_the_caller_has_set_one(runtime: Any) -> None:
    """Those of agentcore alone are no reason: a turn with none of others' costs nothing more."""

    def variables() -> Any:
        return allowance_for(runtime, None, True, PLAIN, "chat")[1].variables

    assert Context().run(variables) is None
    token = REQUEST.set("r1")
    kept = variables()
    REQUEST.reset(token)
    assert kept[REQUEST] == "r1"
    assert Context().run(variables) is None


def test_context_variables_stay_in_their_process(runtime: Any) -> None:
    """They may refer to anything, so nobody could pickle them."""
    token = REQUEST.set("r1")
    context = allowance_for(runtime, None, True, PLAIN, "chat")[1]
    REQUEST.reset(token)
    there = pickle.loads(pickle.dumps(context))
    assert (there, there.variables) == (context, None)
