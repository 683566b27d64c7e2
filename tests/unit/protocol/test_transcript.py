"""Transcripts, and what a conversation that has stopped says about itself."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping, Sequence

import attrs
import pytest

from agentcore import ChatResult, Entry, Message, StopKind, StopReason, Transcript

ONE, TWO, THREE = Message("one"), Message("two"), Message("three")
INNER = Entry("bob", "carol", Message("inner"), 1)
STOP = StopReason(StopKind.NO_REPLY, "bob")


def transcript() -> Transcript:
    """Alice and bob say three things, and bob asks carol one in between."""
    return Transcript("alice", "bob", (ONE, INNER, TWO, THREE))


# --- transcripts ---------------------------------------------------------------------------------


def test_two_converse_in_turn() -> None:
    """Who spoke follows from the order; what is nested does not count in it."""
    assert [(each.sender, each.recipient, each.depth) for each in transcript()] == [
        ("alice", "bob", 0),
        ("bob", "carol", 1),
        ("bob", "alice", 0),
        ("alice", "bob", 0),
    ]


def test_an_entry_of_the_conversation_itself_counts_in_the_order() -> None:
    """Some entries are made already, as under a condition: they take their turn all the same."""
    said = Transcript("alice", "bob", (Entry("alice", "bob", ONE), TWO))
    assert [each.sender for each in said] == ["alice", "bob"]


def test_entries_are_made_when_they_are_looked_at() -> None:
    """A long conversation costs its messages only, until somebody reads its transcript."""
    said = transcript()
    assert len(said) == 4
    assert said._entries is None
    first = said[0]
    assert said[0] is first, "and they are made once"


def test_a_transcript_follows_a_conversation_that_goes_on() -> None:
    """While it goes on, as conditions see it, it grows; a closed one is what it was."""
    log: list[Message | Entry] = [ONE]
    going_on = Transcript("alice", "bob", log)
    assert [each.content for each in going_on] == ["one"]
    closed = going_on.closed()
    log.append(TWO)
    assert [each.content for each in going_on] == ["one", "two"]
    assert [each.content for each in closed] == ["one"]


def test_a_transcript_is_a_sequence() -> None:
    """Indices, slices, reversal and membership do what they do on a tuple."""
    said = transcript()
    assert isinstance(said, Sequence)
    assert said[-1].content == "three"
    assert [each.content for each in said[1:3]] == ["inner", "two"]
    assert type(said[1:3]) is tuple
    assert [each.content for each in reversed(said)] == ["three", "two", "inner", "one"]
    assert INNER in said
    assert said.index(INNER) == 1
    assert said.count(INNER) == 1
    with pytest.raises(IndexError):
        said[4]


def test_transcripts_are_equal_by_their_entries() -> None:
    """However they were made: of messages, of entries, or as a plain list."""
    said = transcript()
    made = Transcript("alice", "bob", tuple(said))
    assert said == made
    assert hash(said) == hash(made)
    assert said == list(said)
    assert said == tuple(said)
    assert said != Transcript("alice", "carol", (ONE, INNER, TWO, THREE))
    assert said != Transcript("alice", "bob", (ONE, INNER, TWO))
    assert said != "alice"
    assert said != 4


def test_a_transcript_crosses_to_another_process() -> None:
    """Pickled and copied it is equal, and still costs its messages only."""
    said = transcript()
    read = pickle.loads(pickle.dumps(said))
    assert read._entries is None
    assert read == said
    assert copy.deepcopy(said) == said
    assert repr(said) == repr(read)


# --- entries -------------------------------------------------------------------------------------


def test_an_entry_is_a_mapping_like_its_message() -> None:
    """What was said, by whom and to whom, ready for JSON."""
    entry = Entry("alice", "bob", Message("hello", metadata={"n": 1}, name="al"), 2)
    assert isinstance(entry, Mapping)
    assert entry["content"] == entry.content == "hello"
    assert entry["sender"] == "alice"
    assert entry.metadata == {"n": 1}
    assert len(entry) == len(dict(entry))
    assert json.loads(json.dumps(dict(entry))) == {
        "sender": "alice",
        "recipient": "bob",
        "depth": 2,
        "content": "hello",
        "role": "user",
        "metadata": {"n": 1},
        "name": "al",
    }
    with pytest.raises(KeyError):
        entry["tool_calls"]


def test_an_entry_shows_its_depth() -> None:
    """What is nested is indented."""
    assert str(Entry("alice", "bob", ONE)) == "alice > bob: one"
    assert str(INNER) == "    bob > carol: inner"


def test_what_a_conversation_left_behind_cannot_be_changed() -> None:
    """Entries, reasons and results are frozen."""
    result = ChatResult(transcript(), STOP)
    for value, name in ((INNER, "depth"), (STOP, "kind"), (result, "stop")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)


# --- results -------------------------------------------------------------------------------------


def test_the_last_message_is_that_of_the_two_who_conversed() -> None:
    """What was said in nested conversations is no last word."""
    result = ChatResult(Transcript("alice", "bob", (ONE, TWO, INNER)), STOP)
    assert result.last_message == TWO
    assert result.turns == 3


def test_a_conversation_without_messages_has_no_last_one() -> None:
    """Nothing was delivered, or only to others."""
    assert ChatResult(Transcript("alice", "bob", ()), STOP).last_message is None
    assert ChatResult(Transcript("alice", "bob", (INNER,)), STOP).last_message is None


@pytest.mark.parametrize("kind", StopKind)
def test_a_stop_kind_equals_its_name(kind: StopKind) -> None:
    """So that it can be compared with a text, be a key of JSON and be printed."""
    assert kind == kind.name
    assert str(kind) == kind.name
    assert f"{kind}" == kind.name
    assert {kind.name: 1}[kind] == 1
    assert pickle.loads(pickle.dumps(kind)) is kind


def test_a_stop_reason_says_what_where_and_why() -> None:
    """In words, as far as it is known."""
    assert str(StopReason(StopKind.CANCELLED)) == "CANCELLED"
    assert str(STOP) == "NO_REPLY at bob"
    full = StopReason(StopKind.FAILED, "bob", "reply", ONE, "it broke")
    assert str(full) == "FAILED at bob, rule reply: it broke"
    assert pickle.loads(pickle.dumps(full)) == full
