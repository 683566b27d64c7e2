"""Messages that are lost, doubled, late, and agents that die: every conversation still ends."""

from __future__ import annotations

import contextlib
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore import AgentDiedError, AgentNotFoundError, ChatError, GroupChat, StopKind
from agentcore.backend import open_system
from agentcore.testing import InlineBackend, InlineSettings
from agentcore.testing.conformance.agents.asking_all import AsksAll
from agentcore.testing.conformance.agents.failing import Never
from agentcore.testing.conformance.agents.group_members import Link
from agentcore.testing.inline.faults import Fault
from agentcore.testing.scripted_agents import Consults
from agentcore.testing.strategies import consultations, faults, schedules
from tests.conformance.group_model import Scene, play, scenes
from tests.properties.players import Reciter, Talker


@given(faults(), schedules(), st.integers(1, 12))
def test_every_conversation_ends_with_a_typed_reason_whatever_befalls_its_messages(
    planned: Any, choose: Any, limit: int
) -> None:
    """A loss or a death is an error with the partial result; what is late or double is harmless."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        first = system.spawn(Talker, "first", max_consecutive_auto_reply=limit)
        second = system.spawn(Talker, "second", max_consecutive_auto_reply=limit)
        chat = first.start_chat(second, "begin", silent=True)
        try:
            result = chat.result()
        except ChatError as error:
            result = error.result  # type: ignore[assignment]
            assert result.stop.kind is StopKind.FAILED
        else:
            assert result.stop.kind is StopKind.MAX_AUTO_REPLY
            assert result.turns == 1 + 2 * limit
        senders = [entry.sender for entry in result.transcript]
        assert senders == ["first", "second"] * (len(senders) // 2) + ["first"] * (len(senders) % 2)


@given(faults(Fault.DUPLICATE, Fault.DELAY, most=6), schedules(), st.integers(1, 12))
def test_what_comes_twice_or_late_changes_nothing(planned: Any, choose: Any, limit: int) -> None:
    """The transcript, and what each agent recorded, are as if nothing had befallen."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        first = system.spawn(Talker, "first", max_consecutive_auto_reply=limit)
        second = system.spawn(Talker, "second", max_consecutive_auto_reply=limit)
        result = first.initiate_chat(second, "begin", silent=True)
        assert result.turns == 1 + 2 * limit
        said = [entry.content for entry in result.transcript]
        for agent, peer in ((first, "second"), (second, "first")):
            assert [m.content for m in agent.call("get_chat_messages", peer)] == said


@given(consultations(), faults(Fault.DROP, Fault.CRASH, most=2), schedules())
def test_agents_that_wait_for_each_other_are_told_of_a_loss(
    peers: dict[str, tuple[tuple[str, ...], bool]], planned: Any, choose: Any
) -> None:
    """Nested or not, in a circle or not: nobody waits for ever."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        for name, (asked, later) in peers.items():
            system.spawn(Consults, name, asked, later)
        users = [Talker(f"user{i}", max_consecutive_auto_reply=0) for i in range(3)]
        chats = [user.start_chat("a0", "2?", silent=True) for user in users if system.agents()]
        for chat in chats:
            try:
                assert chat.result().stop.kind in StopKind
            except ChatError as error:
                stop = error.result and error.result.stop.kind
                assert stop in (None, StopKind.FAILED)
            except AgentNotFoundError:
                assert "a0" not in [ref.name for ref in system.agents()]


def outcomes(
    peers: dict[str, tuple[tuple[str, ...], bool]], settings: InlineSettings
) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Let three users ask one agent at once; give kind, error and transcript of each."""
    with open_system(InlineBackend(settings)) as system:
        for name, (asked, later) in peers.items():
            system.spawn(Consults, name, asked, later)
        users = system.spawn_many(Consults, [f"user{i}" for i in range(3)])
        chats = [user.start_chat("a0", "2?", silent=True) for user in users]
        found = []
        for chat in chats:
            error, result = None, None
            try:
                result = chat.result()
            except (ChatError, AgentNotFoundError) as raised:
                error = type(raised)
                result = getattr(raised, "result", None)
            lines = (
                [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript or ()]
                if result
                else []
            )
            found.append((str(result.stop) if result else "", error, tuple(lines)))
        if not settings.crash:  # the turn of an agent that died may still wait for another
            assert not system._runtime.chats
        assert not system._runtime.tickets._open
        return found


odds = st.sampled_from([0.0, 0.0, 0.1, 0.4])


@given(
    consultations(),
    st.builds(
        InlineSettings, seed=st.integers(0, 1000), drop=odds, duplicate=odds, delay=odds, crash=odds
    ),
)
def test_the_same_seed_gives_the_same_failures(
    peers: dict[str, tuple[tuple[str, ...], bool]], settings: InlineSettings
) -> None:
    """To the letter, whatever befalls; and nothing is left that anyone would wait for."""
    assert outcomes(peers, settings) == outcomes(peers, settings)


@given(consultations(), st.integers(0, 1000))
def test_in_circles_of_waits_too_what_comes_twice_or_late_changes_no_answer(
    peers: dict[str, tuple[tuple[str, ...], bool]], seed: int
) -> None:
    """Every agent takes each turn once, also where conversations of the same two are nested."""
    plain = outcomes(peers, InlineSettings(seed=seed))
    doubled = outcomes(peers, InlineSettings(seed=seed, duplicate=0.5, delay=0.2))
    assert [each[2] for each in doubled] == [each[2] for each in plain]
    assert all(error is None for _, error, _ in doubled)


# --- groups, and questions to many ---------------------------------------------------------------


def gather(system: Any, scene: Scene) -> Any:
    """Spawn a group, and let a user begin."""
    names = [member.name for member in scene.members]
    for index, member in enumerate(scene.members):
        system.spawn(Reciter, member.name, member.says, bool(index % 2))
    system.spawn(
        GroupChat, "team", names, max_round=scene.max_round, on_failure=scene.on_failure,
        speaker_selection=scene.selection, allowed_transitions=scene.graph, seed=scene.seed,
    )  # fmt: skip
    user = Talker("user", max_consecutive_auto_reply=0)
    return user.start_chat(system.agent("team"), scene.word, silent=True)


def told(system: Any, name: str) -> list[tuple[str, str]]:
    """Give what a member has of the group's conversation."""
    heard: list[tuple[str, str]] = system.agent(name).call("told", "team")
    return heard


@settings(deadline=None)
@given(scenes(failures=False), faults(Fault.DUPLICATE, Fault.DELAY, most=6), schedules())
def test_what_comes_twice_or_late_changes_nothing_in_a_group(
    scene: Scene, planned: Any, choose: Any
) -> None:
    """Neither what is said, nor what any member has of it, nor how often."""
    scene = attrs.evolve(scene, began="user")
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        result = gather(system, scene).result()
        ended = play(scene)
        assert [e.content for e in result.transcript if e.depth] == [w for _, w in ended.said[1:]]
        for member in scene.members:
            assert told(system, member.name) == list(ended.said)


@settings(deadline=None)
@given(scenes(), faults(most=3), schedules())
def test_in_a_group_no_loss_hangs_anyone_or_doubles_a_message(
    scene: Scene, planned: Any, choose: Any
) -> None:
    """Whoever is left has heard a part of what was said, each message once, in the one order."""
    scene = attrs.evolve(scene, began="user")
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        chat = gather(system, scene)
        try:
            result = chat.result()
        except ChatError as error:
            result = error.result  # type: ignore[assignment]
        said = [(e.sender, e.content) for e in result.transcript if e.depth] if result else []
        assert len(said) <= scene.max_round
        # What was said goes to the user with the answer, and may be lost with it.
        for member in scene.members if said else ():
            with contextlib.suppress(AgentNotFoundError, AgentDiedError):  # it died, or dies now
                # Of its own words the last may have been lost on their way.
                heard = [line for line in told(system, member.name) if line[0] != member.name]
                rest = iter([("user", scene.word), *said])
                assert all(each in rest for each in heard)


@settings(deadline=None)
@given(faults(most=4), schedules(), st.booleans())
def test_a_question_to_many_is_answered_whatever_befalls_its_messages(
    planned: Any, choose: Any, later: bool
) -> None:
    """Of each there is an answer or a failure; nobody answers twice."""
    names = [f"a{index}" for index in range(4)]
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        system.spawn_many(Link, names)
        asker = system.spawn(AsksAll, "asker", names, later)
        try:
            result = Talker("user", max_consecutive_auto_reply=0).initiate_chat(
                asker, "go", silent=True
            )
        except ChatError:
            return  # the asker itself is gone, or was not reached
        answers = [e for e in result.transcript if e.depth == 1 and e.sender != "asker"]
        assert [e.sender for e in answers] == [n for n in names if n in {e.sender for e in answers}]
        assert {e.content for e in answers} <= {f"go {name}" for name in names}
        assert not system._runtime.ask_alls


def test_a_question_to_many_that_nothing_can_answer_any_more_is_given_up() -> None:
    """The innermost wait ends, with an error that says so; the asker goes on."""
    with open_system(InlineBackend()) as system:
        system.spawn(Never, "never")
        system.spawn(Link, "link")
        asker = system.spawn(AsksAll, "asker", ["never", "link"])
        user = Talker("user", max_consecutive_auto_reply=0)
        result = user.initiate_chat(asker, "go", silent=True)
        assert result.transcript[-1].content == "asker(FAILED, go link)"
        assert asker.call("failure") == "AgentDiedError"
