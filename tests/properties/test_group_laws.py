"""Groups on any schedule: what they come to is what a plain loop makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import AgentSystem, ChatError, GroupChat, StopKind
from agentcore.backend import open_system
from agentcore.testing import InlineBackend
from agentcore.testing.strategies import schedules
from tests.conformance.group_model import Ended, Scene, play, scenes
from tests.properties.players import Reciter, Talker

_count = itertools.count()
plain = settings(deadline=None)
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Choose = Callable[[int], int]


@attrs.frozen
class Cast:
    """The agents of a scene, under names that no other example has.

    Attributes:
        suffix: of every name.
        later: which of the members are ``async def``, again and again.
    """

    system: AgentSystem
    scene: Scene
    suffix: str
    later: Sequence[bool]

    def spawn_members(self) -> None:
        """Spawn them."""
        for index, member in enumerate(self.scene.members):
            later = self.later[index % len(self.later)]
            self.system.spawn(Reciter, member.name + self.suffix, member.says, later)

    def spawn_group(self, name: str = "team", **options: Any) -> Any:
        """Spawn the group."""
        scene, suffix = self.scene, self.suffix
        chooses: Any = scene.selection
        if callable(chooses):
            chooses = _Unsuffixed(chooses, suffix)
        graph = scene.graph and {
            speaker + suffix: [each + suffix for each in after]
            for speaker, after in scene.graph.items()
        }
        if scene.graph == {}:
            graph = {}
        return self.system.spawn(
            GroupChat, name + suffix, [member.name + suffix for member in scene.members],
            max_round=scene.max_round, speaker_selection=chooses, allowed_transitions=graph,
            seed=scene.seed, on_failure=scene.on_failure, **options,
        )  # fmt: skip

    def begin(self, group: str = "team", **options: Any) -> Any:
        """Begin the group's conversation, by whoever the scene says."""
        began = self.scene.began
        if began == "user":
            initiator: Any = Talker(f"user{next(_count)}", max_consecutive_auto_reply=0)
        else:
            initiator = self.system.agent(began + self.suffix)
        return initiator.start_chat(
            self.system.agent(group + self.suffix),
            self.scene.word,
            silent=True,
            timeout=60,
            **options,
        )

    def plain(self, name: str) -> str:
        """Give the name that the scene has for an agent."""
        name = name.removesuffix(self.suffix) if self.suffix else name
        return "user" if name.startswith("user") else name

    def close(self) -> None:
        """End the agents of the scene."""
        for ref in self.system.agents():
            if not self.suffix or ref.name.endswith(self.suffix):
                ref.close()


@attrs.frozen
class _Unsuffixed:
    """A function of speakers, which is told the plain names."""

    function: Any
    suffix: str

    def __call__(self, last_speaker: Any, messages: Any, candidates: Any) -> Any:
        cut = len(self.suffix)
        plain = [name[: len(name) - cut] for name in candidates]
        # Of names it looks only at those of the candidates.
        told = [
            {"name": str(m["name"]).removesuffix(self.suffix), "content": m["content"]}
            for m in messages
        ]
        chosen = self.function(last_speaker, told, plain)
        return None if chosen is None else chosen + self.suffix


def result_of(chat: Any) -> Any:
    """Give the result of a chat, also of one that failed."""
    try:
        result = chat.result()
    except ChatError as error:
        result = error.result
        if result is None or result.stop.kind is not StopKind.FAILED:
            raise
    return result


def check(cast: Cast, result: Any, ended: Ended, group: str = "team") -> None:
    """See that a chat went as the model has it, and that its members heard it so."""
    said = [(cast.plain(result.transcript[0].sender), result.transcript[0].content)]
    said += [(cast.plain(e.sender), e.content) for e in result.transcript if e.depth == 1]
    assert said == list(ended.said)
    assert ended.rounds <= cast.scene.max_round
    last = result.last_message
    if ended.stop == "FAILED":
        assert result.stop.kind is StopKind.FAILED
    elif cast.scene.began == "user" and ended.rounds:
        told = last.metadata["group"]
        assert (told["rounds"], told["stop"]) == (ended.rounds, ended.stop)
        assert cast.plain(told["speaker"]) == ended.said[-1][0]
    else:
        assert str(result.stop.kind) == ended.stop
    for member in cast.scene.members:
        if member.name in ended.failed:
            continue
        heard = cast.system.agent(member.name + cast.suffix).call("told", group + cast.suffix)
        heard = [(cast.plain(name), text) for name, text in heard]
        if ended.stop == "FAILED":  # what they had when it failed, in the one order
            assert heard == list(ended.said)[: len(heard)]
        else:
            assert heard == list(ended.said)


@plain
@given(scene=scenes(), choose=schedules(), later=st.lists(st.booleans(), min_size=1, max_size=3))
def test_a_group_on_any_schedule_is_that_of_the_model(
    scene: Scene, choose: Choose, later: list[bool]
) -> None:
    """Order, content, rounds and end; and all members have it all, once, in that order."""
    with open_system(InlineBackend(choose=choose)) as system:
        cast = Cast(system, scene, "", later)
        cast.spawn_members()
        cast.spawn_group()
        check(cast, result_of(cast.begin()), play(scene))


@few
@given(scene=scenes(), later=st.lists(st.booleans(), min_size=1, max_size=3))
def test_on_every_backend_a_group_is_that_of_the_model(
    system: AgentSystem, scene: Scene, later: list[bool]
) -> None:
    """On real threads, and between real hosts."""
    cast = Cast(system, scene, f"-{next(_count)}", later)
    cast.spawn_members()
    cast.spawn_group()
    check(cast, result_of(cast.begin()), play(scene))
    cast.close()


@plain
@given(scene=scenes(failures=False), number=st.integers(2, 4), choose=schedules())
def test_groups_that_share_members_are_each_that_of_the_model(
    scene: Scene, number: int, choose: Choose
) -> None:
    """At the same time, on any schedule: nothing of one is in another."""
    with open_system(InlineBackend(choose=choose)) as system:
        cast = Cast(system, scene, "", [False, True])
        cast.spawn_members()
        names = [f"team{index}" for index in range(number)]
        for name in names:
            cast.spawn_group(name)
        chats = [cast.begin(name) for name in names]
        for name, chat in zip(names, chats, strict=True):
            check(cast, result_of(chat), play(scene), name)


@few
@given(scene=scenes(failures=False), number=st.integers(2, 6))
def test_on_every_backend_groups_that_share_members_are_each_that_of_the_model(
    system: AgentSystem, scene: Scene, number: int
) -> None:
    """With real concurrency."""
    cast = Cast(system, scene, f"-{next(_count)}", [False, True])
    cast.spawn_members()
    names = [f"team{index}" for index in range(number)]
    for name in names:
        cast.spawn_group(name)
    chats = [cast.begin(name) for name in names]
    for name, chat in zip(names, chats, strict=True):
        check(cast, result_of(chat), play(scene), name)
    cast.close()


@plain
@given(scene=scenes(failures=False), max_turns=st.integers(1, 16), choose=schedules())
def test_a_budget_cuts_a_group_off_and_changes_nothing_before(
    scene: Scene, max_turns: int, choose: Choose
) -> None:
    """The messages are the first ones of the whole chat, and no more than ``max_turns``."""
    with open_system(InlineBackend(choose=choose)) as system:
        cast = Cast(system, scene, "", [False, True])
        cast.spawn_members()
        cast.spawn_group("whole")
        cast.spawn_group("cut")
        whole = result_of(cast.begin("whole")).transcript
        result = result_of(cast.begin("cut", max_turns=max_turns))
        cut = result.transcript
        assert [e.content for e in cut] == [e.content for e in whole][:max_turns]
        # The one that reaches the limit is recorded, and not answered.
        if len(whole) > max_turns:
            assert result.stop.kind is StopKind.MAX_TURNS


@plain
@given(scene=scenes(), choose=schedules())
def test_speakers_never_leave_the_graph(scene: Scene, choose: Choose) -> None:
    """Whatever the strategy, and whoever failed; of those from outside anyone may follow."""
    with open_system(InlineBackend(choose=choose)) as system:
        cast = Cast(system, scene, "", [False])
        cast.spawn_members()
        cast.spawn_group()
        result = result_of(cast.begin())
        speakers = [e.sender for e in result.transcript if e.depth == 1]
        assert len(speakers) <= scene.max_round
        if scene.graph is None:
            return
        begun = [] if scene.began == "user" else [scene.began]
        for before, after in pairwise([*begun, *speakers]):
            assert after in scene.graph.get(before, ())
