"""What type checkers know of ``connect`` and ``spawn``. It is checked, and never run."""

from __future__ import annotations

from typing import Any, Unpack, assert_type

from agentcore import AgentRef, AgentSystem, ConversableAgent, GroupChat, connect
from agentcore.agents.agent_options import AgentOptions
from agentcore.models import OpenAIModel


class Clerk(ConversableAgent):
    """An agent with a constructor of its own."""

    def __init__(self, name: str, desk: int, *, closed: bool = False) -> None:
        super().__init__(name)


class Open(ConversableAgent):
    """An agent that passes on what it does not know."""

    def __init__(self, name: str, desk: int, **options: Any) -> None:
        super().__init__(name, **options)


class Typed(ConversableAgent):
    """The same, with types."""

    def __init__(self, name: str, desk: int, **options: Unpack[AgentOptions]) -> None:
        super().__init__(name, **options)


def each_backend_has_its_options() -> None:
    """Beside those that all of them have."""
    assert_type(connect("thread", workers=4, max_turns=10), AgentSystem)
    assert_type(connect("ray", hosts=4, address=None, max_depth=2), AgentSystem)
    assert_type(connect("inline", seed=3, crash=0.5, stream_keep_seconds=1), AgentSystem)
    assert_type(connect(backend="ray", detached=True, namespace="x"), AgentSystem)


def without_a_backend_the_options_are_those_of_any(name: str | None) -> None:
    """Configuration decides which."""
    assert_type(connect(), AgentSystem)
    assert_type(connect(workers=2, max_turns=10), AgentSystem)
    assert_type(connect(models={"fast": OpenAIModel("m"), "slow": {"model": "s"}}), AgentSystem)
    assert_type(connect(name), AgentSystem)
    connect(max_turn=10)  # type: ignore[call-overload]
    connect(max_turns="10")  # type: ignore[call-overload]
    connect(4)  # type: ignore[call-overload]


def anybodys_backend_has_any_options(name: str, options: dict[str, Any]) -> None:
    """The checker does not know it."""
    assert_type(connect("mine", colour="red"), AgentSystem)
    assert_type(connect(name, colour="red"), AgentSystem)
    assert_type(connect(name, **options), AgentSystem)


def a_wrong_option_is_found_where_the_system_is_used() -> None:
    """A misspelt one, one of another backend, and one of another type."""
    with connect("thread", wokers=4) as system:  # type: ignore[attr-defined]
        print(system)
    connect("thread", hosts=4).agents()  # type: ignore[attr-defined]
    connect("inline", seed="x").close()  # type: ignore[attr-defined]
    connect("ray", max_turn=1).spawn(Clerk, "clerk", 3)  # type: ignore[attr-defined]


def a_spawn_has_the_arguments_of_the_constructor(system: AgentSystem) -> None:
    """Of the class's own, or of the one it inherits."""
    assert_type(system.spawn(Clerk, "clerk", 3, closed=True), AgentRef)
    assert_type(system.spawn(Clerk, name="clerk", desk=3), AgentRef)
    assert_type(system.spawn(ConversableAgent, "bob", system_message="hi"), AgentRef)
    assert_type(system.spawn(Open, "open", 3, description="any"), AgentRef)
    assert_type(system.spawn(Typed, "typed", 3, max_consecutive_auto_reply=3), AgentRef)
    assert_type(system.spawn(Clerk, "clerk", 3, history={"bob": [{"content": "hi"}]}), AgentRef)
    system.spawn(Clerk, "clerk")  # type: ignore[call-overload]
    system.spawn(Clerk, "clerk", "3")  # type: ignore[call-overload]
    system.spawn(Clerk, "clerk", 3, close=True)  # type: ignore[call-arg]
    system.spawn(ConversableAgent, "bob", system_mesage="hi")  # type: ignore[call-arg]
    system.spawn(Typed, "typed", 3, max_turn=3)  # type: ignore[call-arg]
    system.spawn(Open, "open", desk="3")  # type: ignore[arg-type]
    system.spawn(ConversableAgent("bob"), "bob")  # type: ignore[call-overload]


def many_are_spawned_likewise(system: AgentSystem) -> None:
    """With names in place of the name."""
    assert_type(system.spawn_many(Clerk, ["a", "b"], 3), tuple[AgentRef, ...])
    assert_type(system.spawn_many(Open, ("a", "b"), 3, description="any"), tuple[AgentRef, ...])
    system.spawn_many(Clerk, ["a", "b"])  # type: ignore[call-overload]
    system.spawn_many(Clerk, ["a", "b"], 3, close=True)  # type: ignore[call-arg]
    system.spawn_many(Typed, ["a", "b"], 3, max_turn=3)  # type: ignore[call-arg]
    system.spawn_many(Clerk, 3, 3)  # type: ignore[call-overload]


def a_placement_goes_with_any_arguments(system: AgentSystem) -> None:
    """Since no signature can have both."""
    place = {"num_cpus": 1}
    assert_type(system.spawn(Clerk, "clerk", 3, placement=place), AgentRef)
    assert_type(system.spawn(Open, "open", 3, placement=place), AgentRef)
    assert_type(system.spawn_many(Clerk, ["a"], 3, placement=place), tuple[AgentRef, ...])
    system.spawn(Clerk, "clerk", 3, placement="there")  # type: ignore[call-arg]


def a_group_has_its_members_and_options(system: AgentSystem, bob: AgentRef) -> None:
    """And those of any agent."""
    team = system.spawn(GroupChat, "team", [bob, "carol", ConversableAgent("dave")], llm="fast")
    assert_type(team, AgentRef)
    GroupChat([bob, "carol"], speaker_selection=lambda candidates: candidates[0])
    GroupChat("team", [bob], allowed_transitions={"bob": ["carol", bob]}, until=lambda said: False)
    GroupChat("team", [3])  # type: ignore[list-item]
    GroupChat("team", [bob], max_rounds=3)  # type: ignore[call-arg]
    GroupChat("team", [bob], speaker_selection="robin")  # type: ignore[arg-type]
    GroupChat("team", [bob], on_failure="go on")  # type: ignore[arg-type]
