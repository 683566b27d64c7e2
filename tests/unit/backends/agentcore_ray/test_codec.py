"""The codec: how each packet is written and read, and what is remembered."""

from __future__ import annotations

import threading
from typing import Any

import attrs
import pytest

pytest.importorskip("ray")

from agentcore import (
    MaxMessages,
    Message,
    MessagePickleError,
    ReplyError,
    StopKind,
    StopReason,
)
from agentcore.backend import (
    Answer,
    Begin,
    Call,
    Cancel,
    Outcome,
    Question,
    Shown,
    Stopped,
    WaitCycleFound,
    WaitProbe,
)
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.transcript import ChatResult, Entry, Transcript
from agentcore_ray import codec
from agentcore_ray.codec import decode, encode
from agentcore_ray.frame import pack, unpack
from tests.unit.backends.agentcore_ray.packets import (
    ALICE,
    BOB,
    ENTRY,
    EXCHANGE,
    HELLO,
    INHERITED,
    Opaque,
    conversation,
    envelope,
)

PACKETS = [
    envelope(),
    envelope(to_initiator=True),
    envelope(Message("hello", metadata={"n": [1, {"deep": None}]})),
    envelope(Message("hello", role="tool", name="n", tool_call_id="1")),
    envelope(Message([{"type": "text", "text": "hello"}], context={"a": 1})),
    envelope(Message(None, tool_calls=[{"id": "1"}])),
    envelope(nested=(ENTRY,), condition="MaxMessages(2)", opening=True),
    envelope(conversation=conversation(wanted=False)),
    Begin(
        "1", ALICE, BOB, HELLO, {"task": "x"}, EXCHANGE, INHERITED, "h0",
        ChatOptions(clear_history=False, until=MaxMessages(2), wanted=False),
    ),
    Begin("1", ALICE, "bob", None, {}, EXCHANGE, INHERITED, "h0"),
    Call("1", ALICE, "method", (1, "a"), {"b": 2}, EXCHANGE, INHERITED, "h0"),
    Stopped("1", StopReason(StopKind.NO_REPLY, "bob", "rule", HELLO), 5, (ENTRY,)),
    Answer("1", Outcome({"any": "value"}, 3)),
    Answer("1", Outcome(ChatResult(
        Transcript("alice", "bob", (HELLO, ENTRY, HELLO)), StopReason(StopKind.NO_RULE, "bob"),
    ))),
    Cancel("1", "alice"),
    Shown(("root", 9), 8, "text"),
    Question("1", "human", ("prompt",), "h0"),
    WaitProbe(1, "h0", "alice", frozenset({"user"}), (BOB,), frozenset({"alice"})),
    WaitCycleFound(1, "alice"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def caches() -> None:
    """Each test begins with nothing remembered."""
    codec._heads.clear()
    codec._conversations.clear()


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: type(packet).__name__)
def test_a_packet_is_read_as_it_was_written(packet: Any) -> None:
    """Every kind of packet arrives equal to what was sent, in frames as in a piece of them."""
    frame = encode(packet, "h1")
    assert frame.to == "h1"
    place, (arrived,) = unpack(pack("h0", [frame]))
    assert (place, arrived) == ("h0", frame)
    read = decode(arrived)
    assert type(read) is type(packet)
    assert read == packet


def test_errors_cross_with_what_they_say() -> None:
    """An error in a packet keeps its type, its text and what it names."""
    error = ReplyError("broken", agent="bob", rule="reply", traceback="line 1")
    reason = StopReason(StopKind.FAILED, "bob")
    for packet in (Stopped("1", reason, 5, error=error), Answer("1", Outcome(None, 0, error))):
        read = decode(encode(packet, "h1"))
        arrived = read.error if isinstance(read, Stopped) else read.outcome.error
        assert type(arrived) is ReplyError
        found = (str(arrived), arrived.agent, arrived.rule, arrived.traceback)
        assert found == ("broken", "bob", "reply", "line 1")


def test_a_message_with_an_object_in_it_crosses_too() -> None:
    """What is no plain data takes the longer way, and its frame says whom a failure concerns."""
    opaque = Message("hello", metadata={"object": Opaque(3)})
    assert opaque.opaque
    frame = encode(envelope(opaque), "h1")
    assert (frame.sender, frame.id, frame.name) == ("h0", "chat", "bob")
    assert decode(frame).message.metadata["object"].value == 3


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (Begin("1", ALICE, BOB, None, {}, EXCHANGE, INHERITED, "h9"), ("h9", "1", "alice", True)),
        (Call("2", BOB, "m", (), {}, EXCHANGE, INHERITED, "h9"), ("h9", "2", "bob", True)),
        (Question("3", "human", (), "h9"), ("h9", "3", "", True)),
        (Cancel("4", "alice"), ("", "", "", False)),
    ],
)
def test_a_frame_says_who_waits_for_what_comes_of_it(packet: Any, expected: Any) -> None:
    """So that they can be told when it cannot be read; where nobody waits it says nothing."""
    assert encode(packet, "h1")[2:] == expected


def test_the_envelopes_of_a_conversation_share_its_object() -> None:
    """What stays the same in a conversation is read once, and is the same object ever after."""
    first = decode(encode(envelope(Message("one")), "h1"))
    answer = attrs.evolve(first, to_initiator=True)
    assert decode(encode(answer, "h0")).conversation is first.conversation
    second = decode(encode(envelope(Message("two")), "h1"))
    assert second.conversation is first.conversation


def test_two_conversations_of_one_id_are_not_confused() -> None:
    """What is remembered is the conversation itself, and not its id alone."""
    one, other = conversation(), conversation(fresh=False)
    for each in (one, other, one):
        assert decode(encode(envelope(conversation=each), "h1")).conversation == each


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many conversations a process sees, the caches stay small."""
    monkeypatch.setattr(codec, "_REMEMBERED", 16)
    for number in range(100):
        packet = envelope(conversation=conversation(f"chat-{number}"))
        assert decode(encode(packet, "h1")) == packet
        assert len(codec._heads) <= 16
        assert len(codec._conversations) <= 16


def test_a_conversation_with_a_deadline_is_not_remembered() -> None:
    """Clocks differ between processes: the time that is left is written anew each time."""
    inherited = attrs.evolve(INHERITED, deadline=1e12)
    packet = envelope(conversation=conversation(inherited=inherited))
    read = decode(encode(packet, "h1"))
    assert read.conversation.inherited.deadline == pytest.approx(1e12)
    assert (codec._heads, codec._conversations) == ({}, {})


def test_what_cannot_be_pickled_is_an_error_at_its_sender() -> None:
    """Nothing of it is sent."""
    packet = Call("1", ALICE, "m", (threading.Lock(),), {}, EXCHANGE, INHERITED, "h0")
    with pytest.raises(MessagePickleError, match="cannot be pickled"):
        encode(packet, "h1")


def test_an_answer_that_cannot_be_pickled_becomes_an_error() -> None:
    """Whoever waits for it is told, and keeps the turns that were not used."""
    frame = encode(Answer("1", Outcome(threading.Lock(), 5)), "h1")
    read = decode(frame)
    assert read.id == "1"
    assert (read.outcome.value, read.outcome.unused) == (None, 5)
    assert isinstance(read.outcome.error, ReplyError)
    assert "cannot be pickled" in str(read.outcome.error)


def test_an_object_in_what_was_said_in_between_crosses_too() -> None:
    """A plain message may carry the story of messages that are not plain: they go by value."""

    class Local:
        value = 3

    said = Entry("bob", "carol", Message("hello", metadata={"object": Local()}), 1)
    read = decode(encode(envelope(to_initiator=True, nested=(said,)), "h0"))
    assert read.nested[0].message.metadata["object"].value == 3
