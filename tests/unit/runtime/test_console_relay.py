"""Messages and questions reach the console of the process that began the conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import AgentSystem, Message
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.packets import Shown
from agentcore.runtime.ordered_console import Console

Pair = Callable[..., tuple[AgentSystem, AgentSystem]]


def with_consoles(pair: Pair) -> tuple[Any, Any]:
    """Give the runtimes of two places, ``a`` and ``b``, each with a console."""
    runtimes = [system._runtime for system in pair()]
    for runtime in runtimes:
        runtime.console = Console(runtime.backend.call_later)
    return runtimes[0], runtimes[1]


def say(runtime: Any, text: str, budget: int) -> None:
    """Show what alice said to bob, in a conversation that was begun at the place ``a``."""
    context = CallContext(console="a", root=("chat", 9))
    runtime.show_said(Message(text), "alice", "bob", context, budget)


def test_a_process_of_its_own_writes_at_once(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a console that orders, as on a backend of one process."""
    here = pair()[0]._runtime
    say(here, "hello", 9)
    assert capsys.readouterr().out.startswith("alice (to bob):\n\nhello\n")


def test_a_message_is_shown_where_its_conversation_began(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """It goes there as a packet, and the console there writes it."""
    here, there = with_consoles(pair)
    say(there, "hello", 9)
    (packet,) = there.backend.carried
    assert isinstance(packet, Shown)
    assert (packet.root, packet.budget) == (("chat", 9), 9)
    assert "alice (to bob):\n\nhello\n" in capsys.readouterr().out
    assert here.backend.carried == []


def test_messages_of_two_processes_are_shown_in_order(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that was received first is the first, whichever arrives first."""
    here, there = with_consoles(pair)
    say(here, "second", 8)
    assert capsys.readouterr().out == ""
    say(there, "first", 9)
    shown = capsys.readouterr().out
    assert shown.index("first") < shown.index("second")


def test_a_human_is_asked_at_the_console_of_the_other_process(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes back, and the thread that asked goes on."""
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "yes"

    monkeypatch.setattr("builtins.input", answer)
    _, there = with_consoles(pair)
    assert there.ask_human("a", "Go on? ") == "yes"
    assert asked == ["Go on? "]


def test_an_interrupt_at_the_other_console_reaches_whoever_asked(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is raised where the answer was waited for, and not lost in the other process."""

    def interrupt(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)
    _, there = with_consoles(pair)
    with pytest.raises(KeyboardInterrupt):
        there.ask_human("a", "Go on? ")
