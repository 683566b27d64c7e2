"""Nothing of the thread backend blocks an interrupt, a close or the exit of the interpreter."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    ReplyError,
    StopKind,
    agent_reply,
    connect,
)
from tests.unit.backends.agentcore_thread.thread_agents import (
    PATIENCE,
    Blocks,
    Says,
    Silent,
)

ROOT = Path(__file__).parents[4]

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

STAYS_OPEN = """
import threading
from agentcore import ConversableAgent, agent_reply, connect

begun = threading.Event()

class Blocks(ConversableAgent):
    @agent_reply()
    def block(self):
        begun.set()
        threading.Event().wait()

class Waits(ConversableAgent):
    @agent_reply()
    async def wait(self):
        import asyncio
        await asyncio.Event().wait()

system = connect("thread")
alice, bob = system.spawn_many(Blocks, ["alice", "bob"])
waits = system.spawn(Waits, "waits")
alice.start_chat(bob, "hello", silent=True)
alice.start_chat(waits, "hello", silent=True, timeout=3600)
assert begun.wait(30)
print("over")
"""

INTERRUPTED = """
import signal, threading
from agentcore import ConversableAgent, agent_reply, connect

class Blocks(ConversableAgent):
    @agent_reply()
    def block(self):
        print("begun", flush=True)
        threading.Event().wait(60)

class Says(ConversableAgent):
    @agent_reply()
    def say(self):
        return True, None

with connect("thread") as system:
    alice, bob = system.spawn_many(Blocks, ["alice", "bob"])
    try:
        alice.initiate_chat(bob, "hello", silent=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    carol, dave = system.spawn_many(Says, ["carol", "dave"])
    print(carol.initiate_chat(dave, "hello", silent=True).stop.kind, flush=True)
"""


class Interrupts(ConversableAgent):
    """Its rule does what Ctrl-C does, and then waits for what does not come."""

    @agent_reply()
    async def interrupt(self) -> tuple[bool, Any]:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        await asyncio.Event().wait()
        return True, None


def python(program: str) -> subprocess.Popen[str]:
    """Begin a program in a process of its own, which finds agentcore and its backends."""
    paths = [str(ROOT), str(ROOT / "backends")]
    first = f"import sys; sys.path[:0] = {paths!r}\n"
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", first + program], stdout=pipe, stderr=pipe, text=True
    )


def test_a_system_left_open_does_not_block_the_exit_of_the_interpreter() -> None:
    """A rule that blocks for ever, one that awaits for ever and a timer: the program just ends."""
    process = python(STAYS_OPEN)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "over\n", "")


@posix
@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_reaches_whoever_waits_for_a_conversation() -> None:
    """Ctrl-C while a rule blocks: it is raised at once, and the system goes on."""
    process = python(INTERRUPTED)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "interrupted\nNO_REPLY\n", "")


@posix
@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_cancels_the_conversation(system: AgentSystem) -> None:
    """What nobody waits for any more does not go on: it stopped with ``CANCELLED``."""
    alice, bob = system.spawn(Silent, "alice"), system.spawn(Interrupts, "bob")
    with pytest.raises(KeyboardInterrupt):
        alice.initiate_chat(bob, "hello", silent=True)
    assert system._runtime.chats == {}
    carol, dave = system.spawn_many(Says, ["carol", "dave"])
    assert carol.initiate_chat(dave, "hello", silent=True).stop.kind is StopKind.NO_REPLY


def test_an_interrupt_raised_in_a_rule_is_a_failure_of_that_rule(system: AgentSystem) -> None:
    """A worker that a rule raises ``KeyboardInterrupt`` in goes on; the conversation says so."""

    class Raises(ConversableAgent):
        @agent_reply()
        def interrupt(self) -> tuple[bool, Any]:
            raise KeyboardInterrupt

    bob = system.spawn(Raises, "bob")
    alice = system.spawn(Silent, "alice")
    with pytest.raises(ReplyError, match="KeyboardInterrupt") as caught:
        alice.initiate_chat(bob, "hello", silent=True)
    assert caught.value.rule == "interrupt"


def test_closing_a_system_does_not_wait_for_a_rule_that_blocks(blocks: type[Blocks]) -> None:
    """Whoever waits is told at once, and ``close()`` is back after a moment."""
    system = connect("thread")
    alice, bob = system.spawn(Silent, "alice"), system.spawn(blocks, "bob")
    chat = alice.start_chat(bob, "hello", silent=True)
    assert blocks.begun.wait(PATIENCE)
    begun = time.monotonic()
    system.close()
    assert time.monotonic() - begun < PATIENCE / 2
    assert chat.done()
