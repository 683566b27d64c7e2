"""What an agent remembers, and what it tells the state machine of a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore import AgentRef, Message, StopKind
from agentcore.agents.history_limit import HistoryLimit
from agentcore.agents.memory import DEFAULT_LIMIT, AgentMemory, checked_limit
from agentcore.protocol.envelope import CallContext, Conversation, Envelope, Route
from agentcore.protocol.state import Exchange, HumanMode, Received

ALICE, BOB = AgentRef("alice", "s"), AgentRef("bob", "s")


def memory(is_termination: Callable[[Message], Any] | None = None) -> AgentMemory:
    """Give the memory of an agent that answers twice in a row, and asks nobody."""
    return AgentMemory(2, HumanMode.NEVER, is_termination)


def mail(
    content: str = "hello", *, fresh: bool = False, wanted: bool = True,
    route: Route | None = None, **metadata: Any,
) -> Envelope:  # fmt: skip
    """Give the first envelope of a conversation that bob begins with alice."""
    conversation = Conversation("chat", BOB, ALICE, CallContext(), fresh, wanted)
    message = Message(content, metadata=metadata)
    return Envelope(conversation, message, Exchange(9), False, opening=True, route=route)


def receive(memory: AgentMemory, envelope: Envelope, condition: str = "") -> Received:
    return memory.receive(envelope, memory.history_with("bob"), condition)


def contents(memory: AgentMemory) -> list[Any]:
    return [message.content for message in memory.history_with("bob")]


def test_what_most_messages_are_is_one_object() -> None:
    """It costs nothing to say that nothing is special."""
    mind = memory()
    assert receive(mind, mail()) is receive(mind, mail()) is mind.plain
    assert mind.plain == Received(2, HumanMode.NEVER)


@pytest.mark.parametrize(
    ("envelope", "terminal"),
    [
        (mail(TERMINATE=True), StopKind.TERMINATE),
        (mail("goodbye TERMINATE \n"), StopKind.TERMINATION_MESSAGE),
        (mail("TERMINATE it"), None),
        (mail(TERMINATE=False), None),
    ],
    ids=["metadata", "content", "not at its end", "false"],
)
def test_a_message_may_ask_to_stop(envelope: Envelope, terminal: StopKind | None) -> None:
    """By its metadata, or by the end of its content."""
    assert receive(memory(), envelope).terminal is terminal


def test_a_predicate_of_the_users_replaces_the_default() -> None:
    """The metadata still comes first."""
    mind = memory(lambda message: message.content == "bye")
    assert receive(mind, mail("bye")).terminal is StopKind.TERMINATION_MESSAGE
    assert receive(mind, mail("TERMINATE")).terminal is None
    assert receive(mind, mail("bye", TERMINATE=True)).terminal is StopKind.TERMINATE


def test_a_condition_and_an_unwanted_answer_are_told() -> None:
    """As the envelope has them."""
    assert receive(memory(), mail(), "MaxMessages(1)").condition
    assert not receive(memory(), mail(wanted=False)).wanted


def test_a_fresh_conversation_clears_the_history_and_unmutes() -> None:
    """Another one does neither."""
    mind = memory()
    receive(mind, mail("one"))
    mind.mute("bob")
    assert not receive(mind, mail("two")).wanted
    assert contents(mind) == ["one", "two"]
    assert receive(mind, mail("three", fresh=True)).wanted
    assert contents(mind) == ["three"]


def test_everyone_can_be_muted_but_those_who_begin_anew() -> None:
    """One who was unmuted may be muted again."""
    mind = memory()
    mind.mute(None)
    assert not receive(mind, mail()).wanted
    assert receive(mind, mail(fresh=True)).wanted
    mind.mute("bob")
    assert not receive(mind, mail()).wanted


def test_limits_of_single_peers_come_before_the_general_one() -> None:
    """Setting the general one removes them."""
    mind = memory()
    mind.set_limit(7, "bob")
    assert (mind.limit_for("bob"), mind.limit_for("carol"), mind.limit_for(None)) == (7, 2, 2)
    assert receive(mind, mail()).limit == 7
    mind.set_limit(3, None)
    assert receive(mind, mail()).limit == 3


def test_a_forwarded_message_brings_what_was_said_before_it() -> None:
    """One that its recipient said itself is not recorded again."""
    mind = memory()
    earlier = (Message("earlier"),)
    receive(mind, mail("now", route=Route(True, earlier)))
    receive(mind, mail("own", route=Route(True, (), None, True)))
    assert contents(mind) == ["earlier", "now"]


def test_what_could_not_be_sent_is_recorded_nowhere() -> None:
    """Also the clearing is undone, and a history that was new is gone."""
    mind = memory()
    receive(mind, mail("before"))
    for peer in ("bob", "carol"):
        with pytest.raises(OSError, match="no way"), mind.recording(peer, Message("x"), True):
            raise OSError("no way")
    assert contents(mind) == ["before"]
    assert "carol" not in mind.histories


def test_what_was_sent_is_recorded_as_the_agents_own() -> None:
    """After what was said before, unless the conversation is fresh."""
    mind = memory()
    receive(mind, mail("before"))
    with mind.recording("bob", Message("one"), False):
        pass
    assert [(m.role, m.content) for m in mind.history_with("bob")] == [
        ("user", "before"),
        ("assistant", "one"),
    ]
    with mind.recording("bob", Message("two"), True):
        pass
    assert contents(mind) == ["two"]


def test_clearing_leaves_a_turn_its_history() -> None:
    """A turn under way goes on to add to the same object."""
    mind = memory()
    history = mind.history_with("bob")
    receive(mind, mail("one"))
    mind.clear(None)
    assert mind.history_with("bob") is history
    assert contents(mind) == []


@pytest.mark.parametrize(("value", "limit"), [(None, DEFAULT_LIMIT), (0, 0), (-1, -1), (5, 5)])
def test_a_limit_is_a_whole_number(value: int | None, limit: int) -> None:
    """``None`` means the default, and -1 any number."""
    assert checked_limit(value) == limit


@pytest.mark.parametrize("value", [-2, 1.5, "3", True])
def test_any_other_limit_is_refused(value: Any) -> None:
    """With what it may be."""
    with pytest.raises(ValueError, match="max_consecutive_auto_reply is 0 or more"):
        checked_limit(value)


def test_the_history_that_was_used_least_recently_is_forgotten() -> None:
    """Being read does not count as use, and hearing from the peer does."""
    mind = AgentMemory(2, HumanMode.NEVER, None, HistoryLimit(messages=2, peers=2))
    receive(mind, mail())
    mind.history_with("carol")
    receive(mind, mail("again"))
    mind.history_with("dave")
    assert list(mind.histories) == ["bob", "dave"]
    receive(mind, mail("and again"))
    assert contents(mind) == ["again", "and again"]


def test_a_message_that_was_not_sent_takes_nothing_away() -> None:
    """What was forgotten for it is remembered."""
    mind = AgentMemory(2, HumanMode.NEVER, None, HistoryLimit(messages=1))
    receive(mind, mail("before"))
    seen: list[Any] = []

    def fail() -> None:
        with mind.recording("bob", Message("lost"), False):
            seen.extend(contents(mind))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (seen, contents(mind)) == (["lost"], ["before"])


def test_what_is_forgotten_of_a_peer_is_all() -> None:
    """Its history, its own limit, and that it is muted."""
    mind = memory()
    receive(mind, mail())
    mind.set_limit(7, "bob")
    mind.mute("bob")
    mind.forget("bob")
    assert receive(mind, mail()) == mind.plain
    assert contents(mind) == ["hello"]
    mind.forget("stranger")


@given(
    st.lists(st.text(min_size=1), max_size=3), st.lists(st.text(min_size=1), max_size=3),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_message_that_is_taken_back_leaves_everything_else_in_the_history(
    before: list[str], after: list[str], fresh: bool, cleared: bool
) -> None:
    """What was there before comes back, what came meanwhile stays; what was cleared stays so."""
    mind = memory()
    for text in before:
        mind.history_with("bob").record(Message(text), mine=False)
    with mind.recording("bob", Message("lost"), fresh) as undo:
        pass
    if cleared:
        mind.clear("bob")
    for text in after:
        mind.history_with("bob").record(Message(text), mine=False)
    undo()
    expected = [*([] if cleared else before), *after]
    assert [m.content for m in mind.histories.get("bob", ())] == expected
    assert cleared or expected or "bob" not in mind.histories
