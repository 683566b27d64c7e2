"""The same agents give the same transcripts on every backend, and those of the reference model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import AgentRef, AgentSystem, MaxMessages, ReplyError, TextMention, connect
from agentcore.backend import open_system
from agentcore.testing import InlineBackend
from agentcore.testing.scripted_agents import WORDS, Part, ScriptedAgent
from agentcore.testing.strategies import casts, schedules
from tests.conformance.reference_model import Ended, Line, Stage, history


@attrs.frozen
class Scene:
    """What is played: who begins with whom, and with what."""

    cast: tuple[Part, ...]
    recipient: str
    word: str
    max_turns: int
    until: tuple[Any, Callable[[Sequence[Line]], bool] | None]


def stops() -> st.SearchStrategy[tuple[Any, Callable[[Sequence[Line]], bool] | None]]:
    """Give conditions, and the same in plain words."""
    number = st.integers(1, 12).map(lambda n: (MaxMessages(n), lambda lines: len(lines) >= n))
    mention = st.sampled_from(WORDS).map(
        lambda word: (TextMention(word), lambda lines: any(line[2] == word for line in lines))
    )
    return st.sampled_from([(None, None)] * 3) | number | mention


@st.composite
def scenes(draw: st.DrawFn, humans: bool = True) -> Scene:
    """Give scenes; the first of the cast begins."""
    cast = draw(casts(humans=humans, fails=True))
    recipient = draw(st.sampled_from([part.name for part in cast[1:]]))
    turns = st.sampled_from([30, 12]) | st.integers(1, 40)
    return Scene(cast, recipient, draw(st.sampled_from(WORDS)), draw(turns), draw(stops()))


def lines(result: Any) -> tuple[Line, ...]:
    """Give a transcript as the model has it."""
    return tuple((e.sender, e.recipient, e.content, e.depth) for e in result.transcript)


def outcome(ask: Callable[[], Any]) -> tuple[tuple[Line, ...], str, str, str]:
    """Give what came of a conversation: transcript, reason, where, and who failed."""
    try:
        result = ask()
    except ReplyError as error:
        result = error.result
        assert result is not None
        return lines(result), str(result.stop.kind), result.stop.agent, error.agent
    return lines(result), str(result.stop.kind), result.stop.agent, ""


def expected(ended: Ended) -> tuple[tuple[Line, ...], str, str, str]:
    """Give the same of the model's."""
    return ended.lines, ended.kind, ended.agent, ended.failed


def spawn(system: AgentSystem, cast: Sequence[Part]) -> dict[str, AgentRef]:
    """Put the cast on stage."""
    return {part.name: system.spawn(ScriptedAgent, part.name, part) for part in cast}


def check(system: AgentSystem, scene: Scene) -> None:
    """Play a scene twice, the second time with what is left of the first."""
    stage = Stage(scene.cast)
    refs = spawn(system, scene.cast)
    condition, in_words = scene.until
    first = scene.cast[0].name
    try:
        for _ in range(2):
            ended = stage.play(first, scene.recipient, scene.word, scene.max_turns, in_words)
            assert outcome(
                lambda: refs[first].initiate_chat(
                    scene.recipient,
                    scene.word,
                    silent=True,
                    max_turns=scene.max_turns,
                    until=condition,
                )
            ) == expected(ended)
            assert len(ended.lines) <= scene.max_turns
            for me, peer in ((first, scene.recipient), (scene.recipient, first)):
                assert refs[me].call("heard", peer) == history(ended, me, peer)
    finally:
        for ref in refs.values():
            ref.close()


def check_many(system: AgentSystem, scene: Scene, number: int) -> None:
    """Play a scene with several who begin at once, each as if it were alone."""
    users = [Part(f"user{i}", default=WORDS[i % len(WORDS)], limit=i % 4) for i in range(number)]
    cast = (*scene.cast, *users)
    refs = spawn(system, cast)
    try:
        chats = [
            refs[user.name].start_chat(
                scene.recipient, scene.word, silent=True, max_turns=scene.max_turns
            )
            for user in users
        ]
        for user, chat in zip(users, chats, strict=True):
            ended = Stage(cast).play(user.name, scene.recipient, scene.word, scene.max_turns, None)
            assert outcome(chat.result) == expected(ended)
    finally:
        for ref in refs.values():
            ref.close()


PLAIN = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def threads() -> Iterator[AgentSystem]:
    """A system on threads, for all examples."""
    with connect("thread") as system:
        yield system


@settings(PLAIN, max_examples=200)
@given(scene=scenes(), choose=schedules())
def test_a_conversation_inline_is_that_of_the_model(
    scene: Scene, choose: Callable[[int], int]
) -> None:
    """Transcript, stop reason, failure and histories, on any schedule."""
    with open_system(InlineBackend(choose=choose)) as system:
        check(system, scene)


@settings(PLAIN, max_examples=60)
@given(scene=scenes())
def test_a_conversation_on_threads_is_that_of_the_model(threads: AgentSystem, scene: Scene) -> None:
    """Transcript, stop reason, failure and histories."""
    check(threads, scene)


@pytest.mark.ray
@settings(PLAIN, max_examples=20)
@given(scene=scenes())
def test_a_conversation_on_ray_is_that_of_the_model(ray_system: AgentSystem, scene: Scene) -> None:
    """Transcript, stop reason, failure and histories; the agents are spread over two hosts."""
    check(ray_system, scene)


@settings(PLAIN, max_examples=60)
@given(scene=scenes(humans=False), number=st.integers(2, 5), choose=schedules())
def test_conversations_at_once_inline_are_each_that_of_the_model(
    scene: Scene, number: int, choose: Callable[[int], int]
) -> None:
    """Nothing of one is in another, on any schedule."""
    with open_system(InlineBackend(choose=choose)) as system:
        check_many(system, scene, number)


@settings(PLAIN, max_examples=30)
@given(scene=scenes(humans=False), number=st.integers(2, 20))
def test_conversations_at_once_on_threads_are_each_that_of_the_model(
    threads: AgentSystem, scene: Scene, number: int
) -> None:
    """Nothing of one is in another, with real concurrency."""
    check_many(threads, scene, number)


@pytest.mark.ray
@settings(PLAIN, max_examples=15)
@given(scene=scenes(humans=False), number=st.integers(2, 8))
def test_conversations_at_once_on_ray_are_each_that_of_the_model(
    ray_system: AgentSystem, scene: Scene, number: int
) -> None:
    """Nothing of one is in another, over two hosts."""
    check_many(ray_system, scene, number)
