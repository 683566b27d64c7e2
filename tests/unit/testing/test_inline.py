"""The inline backend: schedules, the clock, event loops, faults, and what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentSystem,
    ChatError,
    ChatTimeoutError,
    ConfigError,
    ConversableAgent,
    MessagePickleError,
    ReplyError,
    agent_reply,
    connect,
    tool,
)
from agentcore.backend import open_system
from agentcore.models import ToolCall
from agentcore.testing import Fault, InlineBackend, InlineSettings, ScriptedModel
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.failing import Never
from agentcore.testing.conformance.agents.model_users import Reads
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.sending import Sends
from agentcore.testing.conformance.dialogue import ask, said


class Sleeps(Player):
    """Answers after a while."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(name)
        self.seconds = seconds

    @agent_reply()
    async def sleep(self) -> tuple[bool, str]:
        await asyncio.sleep(self.seconds)
        return True, f"slept {self.seconds}"


class Does(Player):
    """Its rule does what it is given, which is no data, and need not be on this backend."""

    def __init__(self, name: str, what: Callable[[], Any]) -> None:
        super().__init__(name)
        self.register_reply(None, what)


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """A system on the inline backend."""
    with connect("inline") as system:
        yield system


def inline(**settings: Any) -> AgentSystem:
    """Open a system with settings."""
    return open_system(InlineBackend(InlineSettings(**settings)))


# --- schedules -----------------------------------------------------------------------------------


def order(seed: int, **settings: Any) -> list[str]:
    """Let ten users ask one agent at once; give the order in which it answered them."""
    with inline(seed=seed, **settings) as system:
        agent = system.spawn(Asks, "agent")
        users = system.spawn_many(Says, [f"user{i}" for i in range(10)], None)
        chats = [user.start_chat(agent, "who?", silent=True) for user in users]
        for chat in chats:
            with contextlib.suppress(ChatError):
                chat.result()
        answered: list[str] = agent.call("know", "order")
        return answered


def test_the_same_seed_repeats_a_schedule_and_another_does_not() -> None:
    """To the letter."""
    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(5)}) == 5


def test_the_same_seed_repeats_the_faults() -> None:
    """Which messages they befall is drawn from it too."""
    odds = {"drop": 0.2, "delay": 0.2, "duplicate": 0.2}
    assert order(1, **odds) == order(1, **odds)
    assert len({tuple(order(seed, **odds)) for seed in range(5)}) == 5


def test_a_schedule_can_be_chosen_by_the_caller() -> None:
    """``choose(n)`` is asked whenever there is a choice; always the first is first come first
    served.
    """
    asked = []

    def choose(n: int) -> int:
        asked.append(n)
        return 0

    with open_system(InlineBackend(choose=choose)) as system:
        agent = system.spawn(Asks, "agent")
        chats = [Says(f"user{i}", None).start_chat(agent, "who?", silent=True) for i in range(4)]
        assert [said(chat.result())[-1] for chat in chats] == ["agent()"] * 4
        assert agent.call("know", "order")[::2] == [f"user{i} asked" for i in range(4)]
    assert asked
    assert min(asked) > 1


def test_a_failure_says_how_to_repeat_it(system: AgentSystem) -> None:
    """The seed stands in a note of the error, and in what the backend itself has to say."""

    def fail() -> None:
        raise ValueError

    with pytest.raises(ReplyError) as caught:
        ask(system.spawn(Does, "agent", fail), "hello")
    assert caught.value.__notes__ == ["repeat it with <InlineBackend seed=0>"]
    assert repr(InlineBackend(InlineSettings(seed=7, drop=0.5))) == (
        "<InlineBackend seed=7, drop=0.5>"
    )
    assert repr(InlineBackend(choose=lambda n: 0)) == "<InlineBackend seed=chosen outside>"


def test_it_is_opened_by_its_name_with_its_settings() -> None:
    """``connect("inline", seed=3)``; a wrong one is a `ConfigError`."""
    with connect("inline", seed=3, drop=0.25, max_turns=2) as system:
        assert repr(system._runtime.backend) == "<InlineBackend seed=3, drop=0.25>"
        assert system._runtime.core.max_turns == 2
    for wrong in ({"drop": 2.0}, {"seed": "x"}, {"workers": 3}):
        with pytest.raises(ConfigError):
            connect("inline", **wrong)


def test_a_strict_system_refuses_what_could_not_leave_its_process() -> None:
    """As Ray does, so that tests without Ray find it."""
    with connect("inline", strict=True) as system:
        agent = system.spawn(Says, "agent")
        with pytest.raises(MessagePickleError, match=r"\$\.metadata\.x"):
            ask(agent, {"content": "x", "metadata": {"x": threading.Lock()}})


def test_it_starts_no_thread_and_leaves_the_recursion_limit(system: AgentSystem) -> None:
    """However deep sends are nested; each rule has room on the stack."""
    threads, limit = threading.active_count(), sys.getrecursionlimit()
    for i in range(60):
        system.spawn(Asks, f"a{i}", {"*": [f"a{i + 1}"]})
    system.spawn(Asks, "a60")
    assert said(ask(system.agent("a0"), "who?"))[-1].startswith("a0(a1(")
    assert (threading.active_count(), sys.getrecursionlimit()) == (threads, limit)


def test_what_is_run_on_top_of_a_rule_that_waits_may_bury_its_answer() -> None:
    """Seeds that once found a rule with its answer below others who waited for its agent."""
    circle = {
        "a0": (Asks, ["a0", "a3"]),
        "a1": (Asks, ["a2"]),
        "a2": (AsksLater, ["a3", "a0"]),
        "a3": (Asks, ["a4", "a1"]),
        "a4": (AsksLater, ["a0"]),
    }
    for seed in range(100):
        with inline(seed=seed) as system:
            for name, (kind, peers) in circle.items():
                users = {f"u{i}": peers for i in range(5)}
                system.spawn(kind, name, users | {"*": []} | {"a1": peers[:1]})
            chats = [
                system.spawn(Says, f"u{i}", None).start_chat(f"a{i}", "who?", silent=True)
                for i in range(5)
            ]
            assert all(chat.result().stop.kind == "NO_REPLY" for chat in chats)


# --- the clock -----------------------------------------------------------------------------------


def test_time_is_virtual_and_passes_only_when_nothing_can_run(system: AgentSystem) -> None:
    """A day takes no time; who sleeps less is done first."""
    long = system.spawn(Sleeps, "long", 86_400.0)
    short = system.spawn(Sleeps, "short", 3_600.0)
    began, clock = time.monotonic(), system._runtime.backend.now
    chats = [Says(f"u{ref.name}", None).start_chat(ref, "x", silent=True) for ref in (long, short)]
    assert chats[1].result().turns == 2
    assert clock() == 3_600.0
    assert not chats[0].done()
    assert chats[0].result().turns == 2
    assert clock() == 86_400.0
    assert time.monotonic() - began < 10


def test_a_deadline_is_met_to_the_second(system: AgentSystem) -> None:
    """Of two who sleep, the one who wakes in time answers."""
    for seconds, answers in ((9.0, True), (11.0, False)):
        agent = system.spawn(Sleeps, f"agent{seconds}", seconds)
        if answers:
            assert said(ask(agent, "x", timeout=10))[-1] == "slept 9.0"
        else:
            with pytest.raises(ChatTimeoutError):
                ask(agent, "x", timeout=10)
            assert system._runtime.backend.now() == 9.0 + 10.0


def test_what_runs_out_of_time_within_a_turn_is_the_deadline_if_that_is_over_too(
    system: AgentSystem,
) -> None:
    """Whichever of two timers for the same moment comes first, the reason is the same."""
    clock: Any = system._runtime.backend

    def late() -> None:
        clock._clock.now += 20.0  # and no timer has been looked at yet
        raise ChatTimeoutError("what was sent ran out of time")

    agent = system.spawn(Does, "agent", late)
    with pytest.raises(ChatTimeoutError) as caught:
        ask(agent, "x", timeout=10)
    assert caught.value.result is not None
    assert caught.value.result.stop.kind == "DEADLINE"
    with pytest.raises(ReplyError, match="raised ChatTimeoutError"):
        ask(agent, "x", timeout=30)


def test_a_timeout_of_zero_is_over_at_once(system: AgentSystem) -> None:
    """Also at time zero."""
    with pytest.raises(ChatTimeoutError):
        ask(system.spawn(Sleeps, "agent", 1.0), "x", timeout=0)


def test_asking_for_a_result_gives_up_in_virtual_time(system: AgentSystem) -> None:
    """And goes on where it was."""
    chat = Says("user", None).start_chat(system.spawn(Sleeps, "agent", 10.0), "x", silent=True)
    with pytest.raises(ChatTimeoutError):
        chat.result(4)
    assert system._runtime.backend.now() == 4
    assert chat.result(7).turns == 2


def test_a_timer_that_was_cancelled_does_not_move_the_clock(system: AgentSystem) -> None:
    """Neither those of conversations that stopped in time."""
    agent = system.spawn(Says, "agent")
    ask(agent, "x", timeout=1_000)
    ask(system.spawn(Sleeps, "sleeper", 5.0), "x")
    assert system._runtime.backend.now() == 5.0


def test_nothing_that_could_still_happen_is_a_failure_not_a_hang(system: AgentSystem) -> None:
    """Whoever is waited for innermost is given up, with a typed error."""
    system.spawn(Never, "never")
    agent = system.spawn(Sends, "agent", "never", catches=True)
    assert said(ask(agent, "go"))[-1] == "caught AgentDiedError"
    with pytest.raises(AgentDiedError, match="nothing is left that could run"):
        ask(system.agent("never"), "hello")
    with pytest.raises(AgentDiedError, match="nothing is left that could run"):
        system.spawn(Never, "other").call("hang")


# --- event loops, threads, sockets ---------------------------------------------------------------


def test_async_rules_may_wait_for_threads_and_sockets(system: AgentSystem) -> None:
    """Those take real time, and the clock goes with them."""

    async def talk() -> tuple[bool, str]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1")
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"echo\n")
        line = await reader.readline()
        writer.close()
        server.close()
        here = await asyncio.to_thread(threading.get_ident)
        return True, f"{line.decode().strip()} {here != threading.get_ident()}"

    agent = system.spawn(Does, "agent", talk)
    assert said(ask(agent, "x", timeout=60))[-1] == "echo True"
    assert said(ask(agent, "x"))[-1] == "echo True"


def test_a_thread_that_takes_too_long_is_given_up_at_the_deadline(system: AgentSystem) -> None:
    """While something real is expected, the clock goes as the real one does."""
    release = threading.Event()

    async def wait() -> tuple[bool, str]:
        await asyncio.to_thread(release.wait, 30)
        return True, "late"

    agent = system.spawn(Does, "agent", wait)
    began = time.monotonic()
    try:
        with pytest.raises(ChatTimeoutError):
            ask(agent, "x", timeout=0.05)
        assert 0.04 < time.monotonic() - began < 20
    finally:
        release.set()


def test_a_callers_own_event_loop_may_be_running(system: AgentSystem) -> None:
    """Blocking in it, or awaiting, which lets the caller's other tasks go on."""
    agent = system.spawn(Sleeps, "agent", 5.0)
    asks = system.spawn(AsksLater, "asks", {"*": ["agent"]})

    async def main() -> list[Any]:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, done.set)
        blocked = ask(asks, "who?")
        assert asyncio.current_task() is not None
        awaited = await Says("user", None).a_initiate_chat(asks, "who?", silent=True)
        both = await asyncio.gather(
            Says("u1", None).start_chat(agent, "x", silent=True),
            Says("u2", None).start_chat(agent, "x", silent=True),
        )
        await done.wait()
        return [blocked, awaited, *both]

    results = asyncio.run(main())
    assert [result.stop.kind for result in results] == ["NO_REPLY"] * 4
    asyncio.run(asyncio.sleep(0))  # and there is none left running


def test_a_plain_rule_may_run_an_event_loop_of_its_own(system: AgentSystem) -> None:
    """Also while the caller has one."""

    def run() -> tuple[bool, str]:
        async def answer() -> str:
            return "ran"

        return True, asyncio.run(answer())

    agent = system.spawn(Does, "agent", run)

    async def main() -> Any:
        return await Says("user", None).a_initiate_chat(agent, "x", silent=True)

    assert said(asyncio.run(main()))[-1] == said(ask(agent, "x"))[-1] == "ran"


def test_an_interrupt_in_a_rule_is_raised_where_its_conversation_is_waited_for(
    system: AgentSystem,
) -> None:
    """Rules run on the thread that Ctrl-C interrupts; the conversation fails all the same."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    agent = system.spawn(Does, "agent", interrupt)
    system.spawn(Sends, "asker", "agent")
    for ref in (agent, system.agent("asker")):
        with pytest.raises(KeyboardInterrupt):
            ask(ref, "x")
    assert said(ask(system.spawn(Says, "well"), "x"))[-1] == "well heard x"


def test_no_turn_is_current_outside_of_one(system: AgentSystem) -> None:
    """What is begun after a conversation inherits nothing of it."""
    agent = system.spawn(Counts, "agent")
    user = Counts("user")
    for _ in range(2):
        assert user.initiate_chat(agent, "0", silent=True, max_turns=1).turns == 1
    never = system.spawn(Never, "never")
    chat = user.start_chat(never, "0", silent=True)
    with contextlib.suppress(ChatTimeoutError):
        chat.result(0.1)
    system.close()  # which cancels the rule that still waits
    with connect("inline") as other:
        assert Counts("user").initiate_chat(other.spawn(Counts, "a"), "0", max_turns=3).turns == 3


def test_a_stream_can_be_read_by_a_plain_loop(system: AgentSystem) -> None:
    """Chunks of an async source come from the backend's own loop, in virtual time."""

    class StreamRegistry(ConversableAgent):
        @agent_reply()
        def stream(self) -> Any:
            async def chunks() -> Any:
                for word in ("a", "b", "c"):
                    await asyncio.sleep(60)
                    yield word

            return self.stream_reply(chunks())

    result = ask(system.spawn(StreamRegistry, "streams"), "x")
    message = result.last_message
    assert message is not None
    chunks = system.get_agent_stream_messages("streams", message.metadata["stream_id"])
    assert [text for text, _ in chunks] == ["a", "b", "c"]
    assert system._runtime.backend.now() == 180.0


# --- threads of tools, and what is outside -------------------------------------------------------


class Busy(Player):
    """Has tools that block."""

    def __init__(self, name: str, *calls: str, peer: str = "peer") -> None:
        called = [ToolCall(str(index), call, "{}") for index, call in enumerate(calls)]
        super().__init__(name, ScriptedModel(called, "done"))
        self.barrier = threading.Barrier(2)
        self.peer = peer

    @tool
    def doze(self) -> str:
        """Take real time."""
        time.sleep(0.05)
        return "dozed"

    @tool
    def meet(self) -> str:
        """Wait for another thread."""
        self.barrier.wait(30)
        return "met"

    @tool
    def ask(self) -> str:
        """Wait for another agent."""
        return str(self.ask_all("x", [self.peer]).texts[0])


def traced(kind: type, *args: Any) -> tuple[list[str], float]:
    """Ask an agent, whose peer sleeps for a second; give what was decided, and the time then."""
    backend = InlineBackend()
    with open_system(backend) as system:
        system.spawn(Sleeps, "peer", 1.0)
        result = ask(system.spawn(kind, "agent", *args), "x")
        assert said(result)[-1] == "done"
        return backend.trace, backend.now()


def test_the_trace_has_all_decisions_in_order() -> None:
    """Of how many things the first was run, and where the clock jumped."""
    trace, now = traced(Busy, "ask", "doze")
    assert trace[:2] == ["1 of 1: agent user", "1 of 1: agent agent"]
    assert {each.partition(": ")[2] for each in trace} == {
        "agent user", "agent agent", "agent peer", "event loop", "thread 1", "thread 2", "",
    }  # fmt: skip
    assert sum("thread 1" in each for each in trace) == 2  # begun, and let go on with the answer
    assert [each for each in trace if " of " not in each] == ["the clock is at 1"]
    assert now == 1.0


def test_a_thread_that_takes_real_time_takes_no_virtual_time() -> None:
    """The scheduler waits for it, and decides nothing meanwhile."""
    trace, now = traced(Busy, "doze", "doze")
    assert [each for each in trace if "astray" in each] == []
    assert now == 0.0


def test_a_thread_that_waits_for_another_is_left_alone_and_the_trace_says_so() -> None:
    """The scheduler does not know what it waits for; others must be able to bring it about."""
    trace, _ = traced(Busy, "meet", "meet")
    assert [each for each in trace if "astray" in each] == ["thread 2 is astray"]


def test_what_comes_from_outside_comes_when_nothing_else_can_run(system: AgentSystem) -> None:
    """However early it came: so it finds the schedule at the same point each time."""
    heard: list[str] = []

    async def listen() -> tuple[bool, str]:
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(came.set,))
        thread.start()
        thread.join()
        heard.append("posted")
        await came.wait()
        heard.append("came")
        return True, "heard"

    async def count() -> tuple[bool, str]:
        for _ in range(20):
            await asyncio.sleep(0)
        heard.append("counted")
        return True, "counted"

    chats = [
        Says(f"user{index}", None).start_chat(
            system.spawn(Does, f"agent{index}", does), "x", silent=True
        )
        for index, does in enumerate((listen, count))
    ]
    for chat in chats:
        assert chat.result().turns == 2
    assert heard in (["posted", "counted", "came"], ["counted", "posted", "came"])


def test_closing_warns_of_nothing_that_was_never_begun() -> None:
    """Neither of a rule that was to be awaited, nor of what was to be awaited in its time."""

    async def answer() -> tuple[bool, str]:
        return True, "answered"

    for timeout in (None, 60):
        backend = InlineBackend()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with open_system(backend) as system:
                agent = system.spawn(Does, "agent", answer)
                Says("user", None).start_chat(agent, "x", silent=True, timeout=timeout)
                with backend._on_our_own():
                    for _ in range(2):  # the user's turn, and the agent's: its rule is begun next
                        assert backend.scheduler.step()
            gc.collect()
        assert [str(each.message) for each in caught] == []


# --- faults --------------------------------------------------------------------------------------


def befall(fault: Fault | str | None, content: str, seed: int = 0) -> AgentSystem:
    """Open a system where a fault befalls the first message with this content."""
    left = [fault]

    def faults(envelope: Any) -> Fault | str | None:
        return left.pop() if left and envelope.message.content == content else None

    return open_system(InlineBackend(InlineSettings(seed=seed), faults=faults))


@pytest.mark.parametrize("lost", ["1", "2", "3"])
def test_a_message_that_is_lost_fails_its_conversation(lost: str) -> None:
    """It is no part of the transcript; other conversations are unharmed."""
    with befall("drop", lost) as system:
        agent = system.spawn(Counts, "agent")
        other = system.spawn(Says, "other", None).start_chat(
            system.spawn(Sleeps, "sleeper", 60.0), "x", silent=True
        )
        with pytest.raises(AgentDiedError, match="was lost on its way") as caught:
            Counts("user").initiate_chat(agent, "1", silent=True, max_turns=5)
        assert caught.value.result is not None
        assert said(caught.value.result) == [str(n) for n in range(1, int(lost))]
        assert other.result().stop.kind == "NO_REPLY"
        assert Counts("user").initiate_chat(agent, "1", silent=True, max_turns=5).turns == 5


def test_a_message_that_is_lost_ends_at_the_deadline_if_there_is_one() -> None:
    """That comes first: nobody knows yet that it was lost."""
    with befall(Fault.DROP, "2") as system:
        agent = system.spawn(Counts, "agent")
        with pytest.raises(ChatTimeoutError):
            Counts("user").initiate_chat(agent, "1", silent=True, max_turns=5, timeout=30)
        assert system._runtime.backend.now() == 30


@pytest.mark.parametrize("fault", [Fault.DUPLICATE, Fault.DELAY])
@pytest.mark.parametrize("content", ["0", "1", "2"])
def test_a_message_that_comes_twice_or_late_changes_nothing(fault: Fault, content: str) -> None:
    """Neither the transcript nor what the two recorded."""
    with befall(fault, content) as system:
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=2)
        user = Counts("user")
        result = user.initiate_chat(agent, "0", silent=True)
        assert said(result) == ["0", "1", "2", "3", "4"]
        assert [word for _, word in user.heard("agent")] == said(result)
        assert [word for _, word in agent.call("heard", "user")] == said(result)


def test_an_agent_that_crashes_fails_its_conversation_or_has_answered_before() -> None:
    """Whichever came first, the agent is gone afterwards."""
    outcomes = set()
    for seed in range(10):
        with befall("crash", "x", seed=seed) as system:
            agent = system.spawn(Says, "agent")
            chat = system.spawn(Says, "asker", None).start_chat(agent, "x", silent=True)
            try:
                outcomes.add(str(chat.result().stop.kind))
            except AgentDiedError:
                outcomes.add("died")
            ask(system.spawn(Sleeps, "sleeper", 1.0), "let everything happen")
            assert agent not in system.agents()
    assert outcomes == {"died", "NO_REPLY"}


def test_faults_befall_messages_only(system: AgentSystem) -> None:
    """Not calls, nor what the caller begins."""
    with inline(drop=1.0) as lossy:
        agent = lossy.spawn(Says, "agent", "hi")
        assert agent.call("know", "reply") == "hi"
        with pytest.raises(AgentDiedError, match="seed=0, drop=1"):
            ask(agent, "x")


def test_a_closed_system_that_is_kept_alive_is_not_asked_for_the_stream_of_the_next() -> None:
    """Inline systems that follow each other give their streams the same ids."""

    class Streams(ConversableAgent):
        @agent_reply()
        def stream(self) -> Any:
            return self.stream_reply(map(str, range(100)))

    kept: list[Any] = []
    read = []
    for _ in range(2):
        with inline() as system:
            message = ask(system.spawn(Streams, "streams"), "go").last_message
            assert message is not None
            where = message.metadata["stream_id"]
            reader = system.spawn(Reads, "reader")
            read += reader.call("read", "streams", where)
            begun = system.get_agent_stream_messages("streams", where)
            next(begun)
            kept += [system, begun]  # as the traceback of an error does
    assert [text for text, _ in read] == [*map(str, range(100))] * 2
