"""Why and when conversations stop, on every backend."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import AgentRef, AgentSystem, MaxMessages, StopKind
from tests.properties.players import Counter, Digger, LaterTalker, Talker

few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
limits = st.sampled_from([0, 1, 2, 3, 7, -1])
kinds = st.sampled_from([Talker, LaterTalker])
_count = itertools.count()


@contextmanager
def pair(system: AgentSystem, kind: type, first: dict, second: dict) -> Iterator[list[AgentRef]]:  # type: ignore[type-arg]
    """Two fresh agents, closed afterwards."""
    number = next(_count)
    refs = [
        system.spawn(kind, f"first{number}", **first),
        system.spawn(kind, f"second{number}", **second),
    ]
    yield refs
    for ref in refs:
        ref.close()


def replies(mine: int) -> float:
    """How many automatic replies a limit allows."""
    return math.inf if mine == -1 else mine


@few
@given(kinds, limits, limits, st.integers(1, 30))
def test_the_limit_of_automatic_replies_is_never_exceeded_and_exactly_reached(
    system: AgentSystem, kind: type, mine: int, theirs: int, max_turns: int
) -> None:
    """With nothing else to stop them, the two say just as much as limits and budget allow."""
    with pair(
        system,
        kind,
        {"max_consecutive_auto_reply": mine},
        {"max_consecutive_auto_reply": theirs},
    ) as (first, second):
        result = first.initiate_chat(second, "begin", silent=True, max_turns=max_turns)
    # The first message is no reply; then the second agent replies, the first, and so on.
    allowed = 1 + min(2 * replies(theirs), 2 * replies(mine) + 1)
    assert result.turns == min(allowed, max_turns)
    sent = [entry.sender for entry in result.transcript]
    assert sent.count(first.name) - 1 <= replies(mine)
    assert sent.count(second.name) <= replies(theirs)
    expected = StopKind.MAX_TURNS if max_turns <= allowed else StopKind.MAX_AUTO_REPLY
    assert result.stop.kind is expected
    last = result.transcript[-1]
    assert result.stop.agent == last.recipient
    assert result.stop.message == last.message


@few
@given(kinds, st.sampled_from(["none", "metadata", "text"]), st.integers(0, 8))
def test_each_way_to_end_a_conversation_ends_it_there(
    system: AgentSystem, kind: type, ending: str, after: int
) -> None:
    """A ``None`` reply, ``TERMINATE`` in the metadata, and a terminal content, after any number."""
    with pair(system, kind, {}, {"ending": ending, "after": after}) as (first, second):
        result = first.initiate_chat(second, "begin", silent=True)
    spoken = sum(entry.sender == second.name for entry in result.transcript)
    kind_of_stop, by, extra = {
        "none": (StopKind.NO_REPLY, second.name, 0),
        "metadata": (StopKind.TERMINATE, first.name, 1),
        "text": (StopKind.TERMINATION_MESSAGE, first.name, 1),
    }[ending]
    assert (result.stop.kind, result.stop.agent) == (kind_of_stop, by)
    assert spoken == after + extra


@few
@given(st.integers(1, 12), st.integers(1, 12))
def test_a_condition_holds_at_its_message_and_goes_before_the_budget(
    system: AgentSystem, most: int, max_turns: int
) -> None:
    """Where both hold at one message, the condition is the reason."""
    with pair(system, Talker, {}, {}) as (first, second):
        result = first.initiate_chat(
            second, "begin", silent=True, until=MaxMessages(most), max_turns=max_turns
        )
    assert result.turns == min(most, max_turns)
    assert result.stop.kind is (StopKind.CONDITION if most <= max_turns else StopKind.MAX_TURNS)


@few
@given(st.integers(1, 4), st.integers(0, 2), st.integers(1, 40))
def test_a_transcript_with_nested_conversations_never_has_more_than_max_turns_messages(
    system: AgentSystem, depth: int, times: int, max_turns: int
) -> None:
    """However deep, all draw on one budget; it is used up to the last turn if it is needed."""
    number = next(_count)
    names = [f"digger{number}-{i}" for i in range(depth)]
    refs = [
        system.spawn(Digger, name, below, times)
        for name, below in zip(names, [*names[1:], None], strict=True)
    ]
    user = system.spawn(Digger, f"user{number}", names[0], 0)
    result = user.initiate_chat(refs[0], "dig", silent=True, max_turns=max_turns)
    needed = 2 * sum(times**level for level in range(depth))
    assert result.turns == min(needed, max_turns)
    expected = StopKind.NO_REPLY if needed < max_turns else StopKind.MAX_TURNS
    assert result.stop.kind is expected
    for ref in [*refs, user]:
        ref.close()


@few
@given(st.lists(st.integers(0, 4), min_size=2, max_size=5))
def test_the_limit_counts_for_each_peer_and_each_conversation_anew(
    system: AgentSystem, turns: list[int]
) -> None:
    """One agent, several peers, several conversations: each has the whole limit."""
    number = next(_count)
    host = system.spawn(Talker, f"host{number}", max_consecutive_auto_reply=2)
    peers = [
        system.spawn(Talker, f"peer{number}-{i}", max_consecutive_auto_reply=limit)
        for i, limit in enumerate(turns)
    ]
    for _ in range(2):
        for peer, limit in zip(peers, turns, strict=True):
            result = peer.initiate_chat(host, "begin", silent=True)
            assert result.turns == 1 + min(4, 2 * limit + 1)
    for ref in [host, *peers]:
        ref.close()


@attrs.frozen
class Ends:
    """All that may end a count: after how many messages, for each of the ways there are."""

    limits: tuple[int, int]
    max_turns: int
    until: int
    terminate: int
    over: int
    silent: int

    def expected(self) -> tuple[StopKind, int]:
        """Say why it stops, and after how many messages; message ``turns`` is number ``turns``."""
        replies = [0, 0]
        for turns in itertools.count(1):
            me = turns % 2  # the first message is received by 1, the recipient
            if turns == self.terminate:
                return StopKind.TERMINATE, turns
            if turns == self.over:
                return StopKind.TERMINATION_MESSAGE, turns
            if turns >= self.until:
                return StopKind.CONDITION, turns
            if turns >= self.max_turns:
                return StopKind.MAX_TURNS, turns
            if self.limits[me] != -1 and replies[me] >= self.limits[me]:
                return StopKind.MAX_AUTO_REPLY, turns
            if turns == self.silent:
                return StopKind.NO_REPLY, turns
            replies[me] += 1
        raise AssertionError


numbers = st.integers(1, 12) | st.just(99)


@few
@given(
    st.builds(
        Ends,
        limits=st.tuples(limits, limits),
        max_turns=st.integers(1, 12) | st.just(40),
        until=numbers,
        terminate=numbers,
        over=numbers,
        silent=numbers,
    )
)
def test_whichever_comes_first_ends_it_and_is_named(system: AgentSystem, ends: Ends) -> None:
    """All ways to end a conversation against each other, also where several hold at once."""
    number = next(_count)
    pair = [
        system.spawn(
            Counter, f"counter{number}-{me}", ends.terminate, ends.over, ends.silent,
            max_consecutive_auto_reply=ends.limits[me],
        )
        for me in (0, 1)
    ]  # fmt: skip
    first = {"content": "1", "metadata": {"TERMINATE": ends.terminate == 1}}
    result = pair[0].initiate_chat(
        pair[1], first, silent=True, max_turns=ends.max_turns, until=MaxMessages(ends.until)
    )
    assert (result.stop.kind, result.turns) == ends.expected()
    assert [entry.content for entry in result.transcript] == [
        str(n) for n in range(1, result.turns + 1)
    ]
    for ref in pair:
        ref.close()
