"""What only the Ray backend has: processes that die, hosts of one's own, agents on them."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import ray
from ray.exceptions import RayError

from agentcore import (
    AgentDiedError,
    AgentNotFoundError,
    AgentSystem,
    ChatError,
    ChatTimeoutError,
    ConfigError,
    ConversableAgent,
    NameInUseError,
    SpawnError,
    StopKind,
    SystemClosedError,
    agent_reply,
    connect,
    tool,
)
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel
from agentcore.testing.conformance.dialogue import eventually
from agentcore_ray.directory import DIRECTORY
from tests.conformance.ray_agents import (
    Asker,
    Echo,
    Mortal,
    Router,
    Stranger,
    Unpicklable,
    fresh,
    user,
)

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def hosts(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts, for tests that end none of them."""
    with connect("ray", hosts=2) as system:
        yield system


@pytest.fixture
def mortal_hosts(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts, one of which the test ends."""
    with connect("ray", hosts=2) as system:
        yield system


def test_agents_live_in_the_host_processes_in_turn(hosts: AgentSystem) -> None:
    """Two agents spawned one after the other have two processes, neither of them this one."""
    first, second = hosts.spawn(Echo, fresh("a")), hosts.spawn(Echo, fresh("b"))
    pids = {first.call("pid"), second.call("pid")}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_an_agent_whose_class_comes_by_value_keeps_its_tools(hosts: AgentSystem) -> None:
    """As a script's does: the class is made there first, and filled after that."""

    class Shop(ConversableAgent):
        @tool
        def in_stock(self, fruit: str) -> int:
            """Say how many there are."""
            return len(fruit)

    call = ToolCall.of("1", "in_stock", fruit="plums")
    model = ScriptedModel(call, lambda messages, tools, output: messages[-1]["content"])
    shop = hosts.spawn(Shop, fresh("shop"), model)
    result = user().initiate_chat(shop, "how many plums?", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "5"


def test_many_agents_are_spawned_in_few_calls_and_all_answer(hosts: AgentSystem) -> None:
    """``spawn_many`` spreads over the hosts, in the order of the names."""
    names = [fresh("many") for _ in range(50)]
    refs = hosts.spawn_many(Echo, names)
    assert [ref.name for ref in refs] == names
    assert {ref.call("pid") for ref in refs} == {refs[0].call("pid"), refs[1].call("pid")}


def test_a_taken_name_among_many_spawns_none(hosts: AgentSystem) -> None:
    """All or none: the others of the call are undone, and the one there was stays."""
    there = hosts.spawn(Echo, fresh("there"))
    other = fresh("other")
    with pytest.raises(NameInUseError, match=there.name):
        hosts.spawn_many(Echo, [other, there.name])
    with pytest.raises(AgentNotFoundError):
        hosts.agent(other)
    assert user().initiate_chat(there, "still here", silent=True).turns == 2


def test_a_killed_process_ends_its_conversations_with_an_error(mortal_hosts: AgentSystem) -> None:
    """The peer of an agent whose process dies in its turn is told, with what was said before."""
    mortal = mortal_hosts.spawn(Mortal, "mortal")
    with pytest.raises(AgentDiedError, match="mortal") as caught:
        user().initiate_chat(mortal, "die", silent=True)
    assert caught.value.result is not None
    assert caught.value.result.stop.kind is StopKind.FAILED
    assert [entry.content for entry in caught.value.result.transcript] == ["die"]


def test_a_killed_process_harms_no_other_conversation(mortal_hosts: AgentSystem) -> None:
    """An agent of the other host goes on; the one who waited for the dead one is told."""
    mortal = mortal_hosts.spawn(Mortal, "mortal")
    asker = mortal_hosts.spawn(Asker, "asker", peer="mortal")
    echo = mortal_hosts.spawn(Echo, "spacer")
    other = mortal_hosts.spawn(Echo, "other", max_consecutive_auto_reply=-1)
    assert asker.place == other.place != mortal.place == echo.place
    talker = ConversableAgent("talker", max_consecutive_auto_reply=-1, default_auto_reply="go on")
    going_on = talker.start_chat(other, "hello", silent=True, max_turns=500)
    with pytest.raises(AgentDiedError, match="mortal"):
        user().initiate_chat(asker, "die", silent=True)
    assert going_on.result().turns == 500


def test_a_host_that_died_comes_back_empty_and_its_names_are_free(
    mortal_hosts: AgentSystem,
) -> None:
    """After a crash the agents are gone, and the same names can be spawned again."""
    mortal = mortal_hosts.spawn(Mortal, "mortal")
    with pytest.raises(AgentDiedError):
        user().initiate_chat(mortal, "die", silent=True)
    with pytest.raises((AgentDiedError, AgentNotFoundError)):
        user().initiate_chat(mortal, "are you there?", silent=True, timeout=30)
    again = mortal_hosts.spawn(Mortal, "mortal")
    result = user().initiate_chat(again, "and now?", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "and now?"


def test_a_name_is_free_as_soon_as_its_host_is_seen_to_have_died(mortal_hosts: AgentSystem) -> None:
    """Whoever saw it may be quicker than the host that is started in its place."""
    for _ in range(4):
        mortal = mortal_hosts.spawn(Mortal, "mortal")
        with pytest.raises(AgentDiedError):
            user().initiate_chat(mortal, "die", silent=True)
    again = mortal_hosts.spawn(Mortal, "mortal")
    with pytest.raises(NameInUseError):
        mortal_hosts.spawn(Mortal, "mortal")
    again.close()


def test_a_driver_is_reached_through_others_after_its_relay_died(ray_cluster: None) -> None:
    """By one who never talked to it, and so reaches it through the host that was killed.

    Until that host is up again what goes through it fails at once; nothing waits for ever.
    """
    with connect("ray", hosts=3) as system:
        mortal = system.spawn(Mortal, "mortal")  # on the first host, which drivers poll
        far = system.spawn(Asker, "far", peer="local")
        with pytest.raises(AgentDiedError):
            user().initiate_chat(mortal, "die", silent=True)
        near = system.spawn(Asker, "near", peer="far")
        assert len({mortal.place, far.place, near.place}) == 3
        local = Echo("local", max_consecutive_auto_reply=1)

        def reached() -> bool:
            try:
                result = local.initiate_chat(near, "hello", silent=True, max_turns=6, timeout=30)
            except ChatTimeoutError:
                raise
            except ChatError:
                return False
            return ("local", "far") in {(e.sender, e.recipient) for e in result.transcript}

        eventually(reached)


def test_a_system_whose_directory_was_killed_says_so(mortal_hosts: AgentSystem) -> None:
    """No error of Ray's reaches the user."""
    echo = mortal_hosts.spawn(Echo, "echo")
    directory: Any = ray.get_actor(DIRECTORY, namespace=echo.system.removeprefix("ray:"))
    ray.kill(directory)

    def gone() -> bool:  # the kill takes a moment
        try:
            ray.get(directory.handles.remote())
        except RayError:
            return True
        return False

    eventually(gone)
    for attempt in (
        mortal_hosts.agents,
        lambda: mortal_hosts.agent("echo"),
        lambda: mortal_hosts.spawn(Echo, "other"),
        lambda: mortal_hosts.spawn(Echo, "own", placement={"dedicated": True}),
        lambda: user().initiate_chat(echo, "hello", silent=True),
        echo.close,
    ):
        with pytest.raises(SystemClosedError, match="connect"):
            attempt()


def test_a_dedicated_agent_has_a_process_of_its_own(hosts: AgentSystem) -> None:
    """It is ended with its agent."""
    shared = hosts.spawn(Echo, fresh("shared"))
    own = hosts.spawn(Echo, fresh("own"), placement={"dedicated": True})
    assert own.call("pid") != shared.call("pid")
    assert user().initiate_chat(own, "hello", silent=True).turns == 2
    own.close()
    with pytest.raises(AgentNotFoundError):
        hosts.agent(own.name)


@pytest.mark.parametrize("placement", [{"dedicated": True}, {"num_cpus": 0.01}])
def test_an_agent_with_a_host_of_its_own_is_found_by_name(
    hosts: AgentSystem, placement: dict[str, Any]
) -> None:
    """Listed, found, addressed by name by others, and its name is taken."""
    own = hosts.spawn(Echo, fresh("own"), placement=placement)
    assert own in hosts.agents()
    assert hosts.agent(own.name) == own
    with pytest.raises(NameInUseError):
        hosts.spawn(Echo, own.name)
    asker = hosts.spawn(Asker, fresh("asker"), peer=own.name)
    assert user().initiate_chat(asker, "hello", silent=True).turns == 4
    own.close()
    assert own not in hosts.agents()


def test_a_placement_option_that_does_not_exist_is_named(hosts: AgentSystem) -> None:
    """The error lists those that exist."""
    with pytest.raises(ConfigError, match=r"num_gpu.*num_gpus"):
        hosts.spawn(Echo, fresh("x"), placement={"num_gpu": 1})


def test_ten_thousand_turns_between_two_hosts_finish_with_few_threads(
    hosts: AgentSystem,
) -> None:
    """Flat, at the default recursion limit; the lineage hangs at hop 19."""
    ping = hosts.spawn(Echo, fresh("ping"), max_consecutive_auto_reply=-1)
    pong = hosts.spawn(Echo, fresh("pong"), max_consecutive_auto_reply=-1)
    assert ping.place != pong.place
    before = ping.call("threads")
    result = ping.initiate_chat(pong, "x", silent=True, max_turns=10_000)
    assert (result.turns, result.stop.kind) == (10_000, StopKind.MAX_TURNS)
    # Ray serves the calls in turn on the 16 threads that exchanges have; each shows when used.
    assert ping.call("threads") <= before + 16 + 5


@pytest.mark.parametrize("seed", range(3))
def test_cycles_of_waits_across_hosts_are_served(hosts: AgentSystem, seed: int) -> None:
    """Many conversations at once, each consulting a random route of the same agents: all stop."""
    chance = random.Random(seed)
    names = [fresh("router") for _ in range(4)]
    for name in names:
        hosts.spawn(Router, name)
    chats = []
    for _ in range(20):
        route = [chance.choice(names)]
        for _ in range(chance.randint(1, 6)):
            route.append(chance.choice([name for name in names if name != route[-1]]))
        chats.append((route, user().start_chat(route[0], " ".join(route), silent=True, timeout=60)))
    for route, chat in chats:
        assert chat.result().turns == 2 * len(route)


def test_an_agent_that_cannot_be_pickled_is_refused(hosts: AgentSystem) -> None:
    """The error says what must pickle; the name stays free."""
    name = fresh("unpicklable")
    with pytest.raises(SpawnError, match="must pickle"):
        hosts.spawn(Unpicklable, name, threading.Lock())
    hosts.spawn(Echo, name)


def test_what_is_no_agent_is_refused_where_it_would_live(hosts: AgentSystem) -> None:
    """The error says what to derive from."""
    with pytest.raises(SpawnError, match="derive it from ConversableAgent"):
        hosts.spawn(Stranger, fresh("stranger"))


def test_a_class_that_hosts_cannot_import_comes_by_value(hosts: AgentSystem) -> None:
    """As classes of scripts and of tests do, whose modules no host has."""

    class Homemade(ConversableAgent):
        @agent_reply()
        def answer(self) -> tuple[bool, str]:
            return True, "homemade"

    result = user().initiate_chat(hosts.spawn(Homemade, fresh("homemade")), "x", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "homemade"
