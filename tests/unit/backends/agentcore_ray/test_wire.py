"""What travels between processes: how each packet is written, read and refused."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import attrs
import pytest

pytest.importorskip("ray")

from agentcore import (
    AgentCoreError,
    AgentDiedError,
    AgentRef,
    MaxMessages,
    Message,
    MessagePickleError,
    ReplyError,
    StopKind,
    StopReason,
)
from agentcore.backend import (
    Answer,
    AskAllReply,
    Begin,
    Call,
    Cancel,
    Conversation,
    Envelope,
    Exchange,
    Outcome,
    Question,
    Shown,
    Stopped,
    WaitCycleFound,
    WaitProbe,
)
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.transcript import ChatResult, Entry, Transcript
from agentcore_ray import wire as wire
from agentcore_ray.wire import Parcel, decode, encode, pack, refusal, unpack

ALICE = AgentRef("alice", "system", "h0", ("m:Alice",))
BOB = AgentRef("bob", "system", "h1", ("m:Bob",))
INHERITED = CallContext(("user",), None, "h0", True, ("root", 9))
EXCHANGE = Exchange(7, 1, 2)
HELLO = Message("hello")
ENTRY = Entry("alice", "bob", HELLO, 1)


def conversation(id: str = "chat", **changes: Any) -> Conversation:
    """Make a conversation of alice with bob."""
    return attrs.evolve(Conversation(id, ALICE, BOB, INHERITED, fresh=True), **changes)


def envelope(message: Message = HELLO, **changes: Any) -> Envelope:
    """Make an envelope from alice to bob."""
    made = Envelope(conversation(), message, EXCHANGE, False)
    return attrs.evolve(made, **changes)


class Opaque:
    """An object that a message takes as it is."""

    def __init__(self, value: int) -> None:
        self.value = value


class Unreadable:
    """Can be pickled, and not be read again: as one whose module is not where it arrives."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> Any:
    raise ModuleNotFoundError("No module named 'mine'", name="mine")


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
    Cancel("1"),
    Shown(("root", 9), 8, "text"),
    Question("1", "human", ("prompt",), "h0"),
    WaitProbe(1, "h0", "alice", frozenset({"user"}), (BOB,), frozenset({"alice"})),
    WaitCycleFound(1, "alice"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def caches() -> None:
    """Each test begins with nothing remembered."""
    wire._heads.clear()
    wire._conversations.clear()


# --- round trips ---------------------------------------------------------------------------------


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: type(packet).__name__)
def test_a_packet_is_read_as_it_was_written(packet: Any) -> None:
    """Every kind of packet arrives equal to what was sent, in parcels as in a piece of them."""
    parcel = encode(packet, "h1")
    assert parcel.to == "h1"
    place, (arrived,) = unpack(pack("h0", [parcel]))
    assert (place, arrived) == ("h0", parcel)
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
    """What is no plain data takes the longer way, and its parcel says whom a failure concerns."""
    opaque = Message("hello", metadata={"object": Opaque(3)})
    assert opaque.opaque
    parcel = encode(envelope(opaque), "h1")
    assert (parcel.sender, parcel.id, parcel.name) == ("h0", "chat", "bob")
    assert decode(parcel).message.metadata["object"].value == 3


def test_parcels_keep_their_order_in_a_piece() -> None:
    """What is sent first arrives first."""
    parcels = [encode(envelope(Message(str(each))), "h1") for each in range(100)]
    _, arrived = unpack(pack("h0", parcels))
    assert [decode(each).message.content for each in arrived] == list(map(str, range(100)))


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (Begin("1", ALICE, BOB, None, {}, EXCHANGE, INHERITED, "h9"), ("h9", "1", "alice", True)),
        (Call("2", BOB, "m", (), {}, EXCHANGE, INHERITED, "h9"), ("h9", "2", "bob", True)),
        (Question("3", "human", (), "h9"), ("h9", "3", "", True)),
        (Cancel("4"), ("", "", "", False)),
    ],
)
def test_a_parcel_says_who_waits_for_what_comes_of_it(packet: Any, expected: Any) -> None:
    """So that they can be told when it cannot be read; where nobody waits it says nothing."""
    assert encode(packet, "h1")[2:] == expected


# --- what is remembered --------------------------------------------------------------------------


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
    monkeypatch.setattr(wire, "_REMEMBERED", 16)
    for number in range(100):
        packet = envelope(conversation=conversation(f"chat-{number}"))
        assert decode(encode(packet, "h1")) == packet
        assert len(wire._heads) <= 16
        assert len(wire._conversations) <= 16


def test_a_conversation_with_a_deadline_is_not_remembered() -> None:
    """Clocks differ between processes: the time that is left is written anew each time."""
    inherited = attrs.evolve(INHERITED, deadline=1e12)
    packet = envelope(conversation=conversation(inherited=inherited))
    read = decode(encode(packet, "h1"))
    assert read.conversation.inherited.deadline == pytest.approx(1e12)
    assert (wire._heads, wire._conversations) == ({}, {})


# --- what cannot be written or read --------------------------------------------------------------


def test_what_cannot_be_pickled_is_an_error_at_its_sender() -> None:
    """Nothing of it is sent."""
    packet = Call("1", ALICE, "m", (threading.Lock(),), {}, EXCHANGE, INHERITED, "h0")
    with pytest.raises(MessagePickleError, match="cannot be pickled"):
        encode(packet, "h1")


def test_an_answer_that_cannot_be_pickled_becomes_an_error() -> None:
    """Whoever waits for it is told, and keeps the turns that were not used."""
    parcel = encode(Answer("1", Outcome(threading.Lock(), 5)), "h1")
    read = decode(parcel)
    assert read.id == "1"
    assert (read.outcome.value, read.outcome.unused) == (None, 5)
    assert isinstance(read.outcome.error, ReplyError)
    assert "cannot be pickled" in str(read.outcome.error)


@pytest.mark.parametrize(
    "packet",
    [
        Begin("1", BOB, ALICE, Unreadable(), {}, EXCHANGE, INHERITED, "h9"),
        Call("1", BOB, "m", (Unreadable(),), {}, EXCHANGE, INHERITED, "h9"),
    ],
    ids=["Begin", "Call"],
)
def test_a_request_that_cannot_be_read_is_answered_with_an_error(packet: Any) -> None:
    """The refusal settles what its asker waits for; it names the agent and what to do."""
    parcel = encode(packet, "h1")
    answer = refused(parcel)
    assert isinstance(answer, Answer)
    assert (parcel.sender, answer.id, answer.outcome.unused) == ("h9", "1", 0)
    check_failure(answer.outcome.error)


def test_an_envelope_that_cannot_be_read_stops_its_conversation() -> None:
    """The refusal goes to the initiator: its message did not arrive."""
    parcel = encode(envelope(Message("hello", metadata={"object": Unreadable()})), "h1")
    stopped = refused(parcel)
    assert isinstance(stopped, Stopped)
    assert (parcel.sender, stopped.id, stopped.undelivered) == ("h0", "chat", True)
    assert (stopped.reason.kind, stopped.reason.agent) == (StopKind.FAILED, "bob")
    check_failure(stopped.error)
    assert decode(encode(stopped, "h0")).id == "chat"


def test_a_parcel_that_cannot_be_read_harms_no_other() -> None:
    """Each is pickled on its own."""
    bad = encode(Call("1", BOB, "m", (Unreadable(),), {}, EXCHANGE, INHERITED, "h9"), "h1")
    _, (first, broken, last) = unpack(pack("h0", [encode(Cancel("1"), "h1"), bad,
                                                  encode(Cancel("2"), "h1")]))  # fmt: skip
    assert (decode(first), decode(last)) == (Cancel("1"), Cancel("2"))
    with pytest.raises(ModuleNotFoundError):
        decode(broken)


def test_a_reply_that_cannot_be_read_stops_its_conversation_at_its_initiator() -> None:
    """The conversation waits where the reply arrives, so that is where it is refused."""
    reply = envelope(Message("hello", metadata={"object": Unreadable()}), to_initiator=True)
    parcel = encode(reply, "h0")
    stopped = refused(parcel)
    assert isinstance(stopped, Stopped)
    assert (parcel.sender, stopped.id) == ("h0", "chat")
    assert not stopped.undelivered, "what the initiator had said before did arrive"
    assert "what came back" in str(stopped.error)


@pytest.mark.parametrize("kind", [Answer, Stopped])
def test_what_comes_back_and_cannot_be_read_fails_where_it_is_waited_for(kind: type) -> None:
    """An answer, or the end of a conversation, that is lost on its last step hangs nobody."""
    said = Entry("bob", "carol", Message("hello", metadata={"object": Unreadable()}))
    packet: Any = Answer("1", Outcome(Unreadable()))
    if kind is Stopped:
        packet = Stopped("1", StopReason(StopKind.NO_REPLY, "bob"), 5, (said,))
    parcel = encode(packet, "h0")
    refusal_here = refused(parcel)
    assert type(refusal_here) is kind
    assert (parcel.sender, refusal_here.id) == ("h0", "1")
    if kind is Stopped:
        assert not refusal_here.undelivered


@pytest.mark.parametrize("returns", [False, True])
def test_a_part_of_a_question_to_many_that_cannot_be_read_fails(returns: bool) -> None:
    """The question, or its answer: whoever asked learns which part it was, and waits no more."""
    said = Message("hello", metadata={"object": Unreadable()})
    packet: Any = AskAllReply("ask", 3, said, None, 5)
    if not returns:
        packet = envelope(said, conversation=conversation("ask", part=3))
    refused_part = refused(encode(packet, "h0" if returns else "h1"))
    assert isinstance(refused_part, AskAllReply)
    assert (refused_part.id, refused_part.part, refused_part.message) == ("ask", 3, None)
    assert refused_part.undelivered is not returns
    assert isinstance(refused_part.error, AgentDiedError)


def test_an_object_in_what_was_said_in_between_crosses_too() -> None:
    """A plain message may carry the story of messages that are not plain: they go by value."""

    class Local:
        value = 3

    said = Entry("bob", "carol", Message("hello", metadata={"object": Local()}), 1)
    read = decode(encode(envelope(to_initiator=True, nested=(said,)), "h0"))
    assert read.nested[0].message.metadata["object"].value == 3


def refused(parcel: Parcel) -> Any:
    """Fail to read a parcel, and give what its sender is told."""
    with pytest.raises(ModuleNotFoundError) as caught:
        decode(parcel)
    packet = refusal(parcel, caught.value)
    assert pickle.loads(pickle.dumps(packet)).id == packet.id
    return packet


def check_failure(error: Any) -> None:
    """Hold that a failure names the agent, what was missing and what to do."""
    assert isinstance(error, AgentDiedError)
    assert isinstance(error, AgentCoreError)
    assert error.agent == "bob"
    for part in ("'bob'", "No module named 'mine'", "runtime_env"):
        assert part in str(error)
