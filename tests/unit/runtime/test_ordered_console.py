"""The console of several processes: messages in the order in which they were received."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from agentcore.runtime.ordered_console import PARTING, PATIENCE, Console

ROOT = ("chat", 10)  # the budget of the first message; each one after it has one less


class Timers:
    """Timers that run out when the test says so."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._waiting: list[Callable[[], None]] = []

    def call_later(self, delay: float, function: Callable[[], None]) -> None:
        self.delays.append(delay)
        self._waiting.append(function)

    def run_out(self) -> None:
        waiting, self._waiting = self._waiting, []
        for function in waiting:
            function()


@pytest.fixture
def timers() -> Timers:
    """The timers of the test's console."""
    return Timers()


@pytest.fixture
def console(timers: Timers) -> Console:
    """A console whose timers the test has in its hands."""
    return Console(timers.call_later)


def test_messages_in_order_are_written_at_once(
    console: Console, timers: Timers, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is held back, and nothing timed, where nothing is missing."""
    for budget, text in ((10, "one"), (9, "two"), (8, "three")):
        console.show(ROOT, budget, text)
        assert capsys.readouterr().out == f"{text}\n"
    assert timers.delays == []


def test_messages_out_of_order_are_written_in_order(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came too early is held back until what belongs before it is there."""
    for budget, text in ((8, "three"), (7, "four"), (9, "two")):
        console.show(ROOT, budget, text)
    assert capsys.readouterr().out == ""
    console.show(ROOT, 10, "one")
    assert capsys.readouterr().out == "one\ntwo\nthree\nfour\n"


def test_conversations_do_not_wait_for_each_other(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message that is missing in one holds up no other."""
    console.show(ROOT, 9, "two")
    console.show(("another", 3), 3, "first of another")
    assert capsys.readouterr().out == "first of another\n"
    console.show(ROOT, 10, "one")
    assert capsys.readouterr().out == "one\ntwo\n"


def test_a_missing_message_is_not_waited_for_for_ever(
    console: Console, timers: Timers, capsys: pytest.CaptureFixture[str]
) -> None:
    """When patience is over what there is is written in order, and the rest follows on."""
    console.show(ROOT, 7, "four")
    console.show(ROOT, 9, "two")
    assert set(timers.delays) == {PATIENCE}
    timers.run_out()
    assert capsys.readouterr().out == "two\nfour\n"
    console.show(ROOT, 6, "five")
    assert capsys.readouterr().out == "five\n"


def test_a_message_that_comes_too_late_is_written_all_the_same(
    console: Console, timers: Timers, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands in the wrong place, and is not lost; those after it go on undisturbed."""
    console.show(ROOT, 9, "two")
    timers.run_out()
    console.show(ROOT, 10, "one")
    console.show(ROOT, 8, "three")
    assert capsys.readouterr().out == "two\none\nthree\n"


def test_a_timer_that_is_over_writes_nothing_twice(
    console: Console, timers: Timers, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was missing came in time: there is nothing left to give up on."""
    console.show(ROOT, 9, "two")
    console.show(ROOT, 10, "one")
    timers.run_out()
    console.show(ROOT, 8, "three")
    assert capsys.readouterr().out == "one\ntwo\nthree\n"


def test_finishing_returns_at_once_when_all_is_written(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result waits for nothing when every message of its conversation was shown."""
    console.show(ROOT, 10, "one")
    console.show(ROOT, 9, "two")
    begun = time.monotonic()
    console.finish("chat", 2, 10)
    assert time.monotonic() - begun < PARTING / 2
    assert capsys.readouterr().out == "one\ntwo\n"


def test_finishing_a_conversation_without_messages_returns_at_once(console: Console) -> None:
    """There is nothing that could still be on its way."""
    begun = time.monotonic()
    console.finish("chat", 0, 10)
    assert time.monotonic() - begun < PARTING / 2


def test_finishing_waits_for_messages_on_their_way(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that overtook the messages is held back until they are written."""

    def arrive() -> None:
        console.show(ROOT, 9, "two")
        console.show(ROOT, 10, "one")

    on_its_way = threading.Thread(target=arrive)
    on_its_way.start()
    begun = time.monotonic()
    console.finish("chat", 2, 10)
    took = time.monotonic() - begun
    assert capsys.readouterr().out == "one\ntwo\n"
    assert took < PARTING
    on_its_way.join()


def test_finishing_waits_only_for_a_moment(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message that was lost keeps no result from whoever waits for it."""
    console.show(ROOT, 9, "two")
    begun = time.monotonic()
    console.finish("chat", 2, 10)
    took = time.monotonic() - begun
    assert PARTING * 0.9 < took < PARTING * 10
    assert capsys.readouterr().out == "two\n"


def test_a_finished_conversation_is_forgotten(console: Console) -> None:
    """What is remembered of conversations is that of those still going on."""
    for number in range(100):
        console.show((f"chat-{number}", 10), 10, "one")
        console.finish(f"chat-{number}", 1, 10)
    assert console._strands == {}


def test_messages_from_many_threads_are_written_in_order(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """However the threads that bring them are scheduled."""
    count = 200
    root = ("chat", count)
    ready = threading.Barrier(4)

    def bring(who: int) -> None:
        ready.wait()
        for budget in range(count - who, 0, -4):
            console.show(root, budget, str(budget))

    bringers = [threading.Thread(target=bring, args=(who,)) for who in range(4)]
    for each in bringers:
        each.start()
    for each in bringers:
        each.join()
    assert capsys.readouterr().out.split() == [str(budget) for budget in range(count, 0, -1)]
