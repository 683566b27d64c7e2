"""The thread backend: agents as Pykka actors, what they cost, and what they never block."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pykka
import pytest

from agentcore import (
    AgentNotFoundError,
    AgentSystem,
    ConversableAgent,
    Message,
    ReplyError,
    StopKind,
    agent_reply,
    connect,
)
from agentcore_thread.actor import AgentActor

ROOT = Path(__file__).parents[4]
PATIENCE = 30.0  # seconds; only a test that fails waits that long

# A deadline for 100,000 turns: they take a second or two, and longer on a busy machine.
LONG_CHAT_SECONDS = 20.0

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


class Echo(ConversableAgent):
    """Says what it heard."""

    @agent_reply()
    def echo(self, raw_message: Message) -> tuple[bool, Any]:
        return True, raw_message.content


class Says(ConversableAgent):
    """Says one thing, and then nothing more."""

    @agent_reply()
    def say(self, messages: Any) -> tuple[bool, Any]:
        return True, "yes" if len(messages) == 1 else None


class Asker(ConversableAgent):
    """Asks another before it answers."""

    def __init__(self, name: str, peer: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    def ask(self, raw_message: Message) -> tuple[bool, Any]:
        if raw_message.content != "ask":
            return True, None
        self.send("question", self.peer)
        answer = self._messages[self.peer][-1]["content"]
        return True, f"{answer}, says {self.peer}"


class Silent(ConversableAgent):
    """Never says anything."""

    @agent_reply()
    def say_nothing(self) -> tuple[bool, Any]:
        return True, None


class Blocks(ConversableAgent):
    """Its rule blocks until the test lets it go."""

    begun = threading.Event()
    free = threading.Event()

    @agent_reply()
    def block(self) -> tuple[bool, Any]:
        self.begun.set()
        self.free.wait(PATIENCE)
        return True, None


class Interrupts(ConversableAgent):
    """Its rule does what Ctrl-C does, and then waits for what does not come."""

    @agent_reply()
    async def interrupt(self) -> tuple[bool, Any]:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        await asyncio.Event().wait()
        return True, None


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """An open system on threads."""
    with connect("thread") as opened:
        yield opened


@pytest.fixture
def blocks() -> Iterator[type[Blocks]]:
    """The class of an agent that blocks until ``free`` is set, as it is after the test."""
    Blocks.begun.clear()
    Blocks.free.clear()
    yield Blocks
    Blocks.free.set()


def actors() -> dict[str, pykka.ActorRef[AgentActor]]:
    """Give the refs of the actors that Pykka knows, by the names of their agents."""
    refs = pykka.ActorRegistry.get_by_class(AgentActor)
    return {ref.proxy().agent.get(timeout=PATIENCE).name: ref for ref in refs}


# --- agents are Pykka actors ---------------------------------------------------------------------


def test_pykka_knows_the_agents_while_their_system_is_open() -> None:
    """Every agent is in Pykka's registry, until it or its system is closed."""
    with connect("thread") as system:
        alice = system.spawn(Echo, "alice")
        system.spawn_many(Echo, ["bob", "carol"])
        assert set(actors()) == {"alice", "bob", "carol"}
        alice.close()
        assert set(actors()) == {"bob", "carol"}
        refs = pykka.ActorRegistry.get_by_class(AgentActor)
    assert pykka.ActorRegistry.get_by_class(AgentActor) == []
    assert not any(ref.is_alive() for ref in refs)


def test_an_agent_object_is_an_actor_for_its_conversation(system: AgentSystem) -> None:
    """A plain local object that begins a conversation is hosted, and known, as long as it lasts."""
    bob = system.spawn(Says, "bob")
    seen: list[set[str]] = []

    class Looks(ConversableAgent):
        @agent_reply()
        def look(self) -> tuple[bool, Any]:
            refs = pykka.ActorRegistry.get_by_class(AgentActor)
            seen.append({ref._actor_weakref().agent.name for ref in refs})
            return True, None

    Looks("user").initiate_chat(bob, "hello", silent=True)
    assert seen == [{"bob", "user"}]
    assert set(actors()) == {"bob"}


def test_stopping_the_actor_closes_the_agent(system: AgentSystem) -> None:
    """Pykka's own ``stop()`` does what ``ref.close()`` does."""
    system.spawn(Echo, "alice")
    bob = system.spawn(Echo, "bob")
    actor = actors()["bob"]
    assert actor.stop(timeout=PATIENCE)
    assert not actor.is_alive()
    assert [ref.name for ref in system.agents()] == ["alice"]
    with pytest.raises(AgentNotFoundError):
        system.agent("alice").initiate_chat(bob, "hello", silent=True)
    assert not actor.stop(timeout=PATIENCE), "it was stopped already"
    with pytest.raises(pykka.ActorDeadError):
        actor.ask("anything", timeout=PATIENCE)


def test_stopping_all_actors_closes_all_agents(system: AgentSystem) -> None:
    """Pykka's registry ends them, as a program that uses Pykka does at its end."""
    system.spawn_many(Echo, [f"agent-{number}" for number in range(20)])
    assert pykka.ActorRegistry.stop_all(timeout=PATIENCE) == [True] * 20
    assert system.agents() == ()


def test_an_actor_that_stops_itself_closes_the_agent(system: AgentSystem) -> None:
    """``actor.stop()`` is a message to itself, which its next turn takes."""
    system.spawn(Echo, "alice")
    actor = actors()["alice"]
    actor.proxy().stop().get(timeout=PATIENCE)
    assert actor.actor_stopped.wait(PATIENCE)
    assert system.agents() == ()


def test_a_proxy_reaches_the_agent(system: AgentSystem) -> None:
    """``proxy().agent`` is the agent, and what else Pykka's proxies do is done in its turns."""
    ref = system.spawn(Echo, "alice", description="an echo")
    proxy = actors()["alice"].proxy()
    agent = proxy.agent.get(timeout=PATIENCE)
    assert isinstance(agent, Echo)
    assert agent.description == "an echo"
    assert agent.name == ref.name
    assert proxy.actor_urn.get(timeout=PATIENCE) == actors()["alice"].actor_urn


def test_what_pykka_sends_waits_for_the_turn_being_taken(
    system: AgentSystem, blocks: type[Blocks]
) -> None:
    """Turns are exclusive, whoever causes them."""
    bob = system.spawn(blocks, "bob")
    alice = system.spawn(Echo, "alice")
    actor = actors()["bob"]
    chat = alice.start_chat(bob, "hello", silent=True)
    assert blocks.begun.wait(PATIENCE)
    future = actor.proxy().agent
    with pytest.raises(pykka.Timeout):
        future.get(timeout=0)
    blocks.free.set()
    assert future.get(timeout=PATIENCE).name == "bob"
    assert chat.result(PATIENCE).stop.kind is StopKind.NO_REPLY


def test_what_pykka_sent_to_an_agent_that_was_closed_is_answered(
    system: AgentSystem, blocks: type[Blocks]
) -> None:
    """A message that waits in the mailbox when its agent is closed fails, and hangs nobody."""
    bob = system.spawn(blocks, "bob")
    actor = actors()["bob"]
    system.spawn(Echo, "alice").start_chat(bob, "hello", silent=True)
    assert blocks.begun.wait(PATIENCE)
    future = actor.ask("anything", block=False)
    bob.close()
    with pytest.raises(pykka.ActorDeadError):
        future.get(timeout=PATIENCE)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_a_proxied_call_raises_is_raised_at_its_caller(
    system: AgentSystem, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is, whoever asked gets it, and the agent lives on."""

    def fail(self: AgentActor) -> None:
        raise error("broken")

    monkeypatch.setattr(AgentActor, "fail", fail, raising=False)
    ref = system.spawn(Says, "alice")
    actor = actors()["alice"]
    with pytest.raises(error, match="broken"):
        actor.proxy().fail().get(timeout=PATIENCE)
    assert system.spawn(Silent, "bob").initiate_chat(ref, "hello", silent=True).turns == 2


# --- what agents cost ----------------------------------------------------------------------------


def test_idle_agents_cost_no_thread() -> None:
    """Five hundred agents, of which two converse, need no more threads than two do."""

    def of_system() -> int:
        return sum(each.name.startswith("agentcore") for each in threading.enumerate())

    def threads_with(number: int) -> int:
        before = of_system()
        with connect("thread") as system:
            refs = system.spawn_many(Says, [f"agent-{each}" for each in range(number)])
            result = refs[0].initiate_chat(refs[1], "hello", silent=True)
            assert result.stop.kind is StopKind.NO_REPLY
            return of_system() - before

    assert threads_with(500) <= 3, "two workers and the monitor"


def test_closing_a_system_leaves_no_thread() -> None:
    """Workers, monitor and event loop are gone when ``close()`` is back."""
    before = set(threading.enumerate())
    with connect("thread") as system:
        alice, bob = system.spawn_many(Says, ["alice", "bob"])
        alice.initiate_chat(bob, "hello", silent=True, timeout=PATIENCE)
        assert set(threading.enumerate()) > before
    assert not {each for each in set(threading.enumerate()) - before if each.is_alive()}


def test_a_hundred_thousand_turns_need_no_recursion() -> None:
    """A conversation is flat: it takes as little stack as one of two turns, and little time."""
    limit = 100_000
    assert sys.getrecursionlimit() <= 3000, "the default is what is to be shown"
    with connect("thread", max_turns=limit) as system:
        options: dict[str, Any] = {"max_consecutive_auto_reply": -1}
        alice, bob = system.spawn_many(Echo, ["alice", "bob"], **options)
        begun = time.monotonic()
        result = alice.initiate_chat(bob, "hello", silent=True)
        took = time.monotonic() - begun
    assert result.stop.kind is StopKind.MAX_TURNS
    assert result.turns == limit
    assert took < LONG_CHAT_SECONDS


def test_a_thousand_nested_sends_at_once_finish(system: AgentSystem) -> None:
    """A thousand agents that each wait for another, all at once, starve nobody."""
    number = 1_000
    oracles = system.spawn_many(Says, [f"oracle-{each}" for each in range(4)])
    users = [system.spawn(Asker, f"asker-{each}", oracles[each % 4].name) for each in range(number)]
    starter = system.spawn(Silent, "starter")
    chats = [starter.start_chat(user, "ask", silent=True) for user in users]
    results = [chat.result(PATIENCE) for chat in chats]
    assert {result.stop.kind for result in results} == {StopKind.NO_REPLY}
    assert all(result.last_message is not None for result in results)


def test_a_thousand_users_at_one_asker_finish(system: AgentSystem) -> None:
    """One agent, which asks another at each message, answers a thousand, one after the other."""
    number = 1_000
    system.spawn(Says, "oracle")
    asker = system.spawn(Asker, "asker", "oracle")
    users = system.spawn_many(Silent, [f"user-{each}" for each in range(number)])
    chats = [user.start_chat(asker, "ask", silent=True) for user in users]
    results = [chat.result(PATIENCE) for chat in chats]
    assert {result.stop.kind for result in results} == {StopKind.NO_REPLY}
    assert {result.stop.agent for result in results} == {user.name for user in users}


# --- nothing blocks ------------------------------------------------------------------------------

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
