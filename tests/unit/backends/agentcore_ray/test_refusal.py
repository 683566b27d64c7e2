"""Refusals: what tells whoever waits that a packet could not be read."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

pytest.importorskip("ray")

from agentcore import (
    AgentCoreError,
    AgentDiedError,
    Message,
    StopKind,
    StopReason,
)
from agentcore.backend import (
    Answer,
    AskAllReply,
    Begin,
    Call,
    Outcome,
    Stopped,
)
from agentcore.protocol.transcript import Entry
from agentcore_ray.codec import decode, encode
from agentcore_ray.frame import Frame
from agentcore_ray.refusal import refusal
from tests.unit.backends.agentcore_ray.packets import (
    ALICE,
    BOB,
    EXCHANGE,
    INHERITED,
    Unreadable,
    conversation,
    envelope,
)


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
    frame = encode(packet, "h1")
    answer = refused(frame)
    assert isinstance(answer, Answer)
    assert (frame.sender, answer.id, answer.outcome.unused) == ("h9", "1", 0)
    check_failure(answer.outcome.error)


def test_an_envelope_that_cannot_be_read_stops_its_conversation() -> None:
    """The refusal goes to the initiator: its message did not arrive."""
    frame = encode(envelope(Message("hello", metadata={"object": Unreadable()})), "h1")
    stopped = refused(frame)
    assert isinstance(stopped, Stopped)
    assert (frame.sender, stopped.id, stopped.undelivered) == ("h0", "chat", True)
    assert (stopped.reason.kind, stopped.reason.agent) == (StopKind.FAILED, "bob")
    check_failure(stopped.error)
    assert decode(encode(stopped, "h0")).id == "chat"


def test_a_reply_that_cannot_be_read_stops_its_conversation_at_its_initiator() -> None:
    """The conversation waits where the reply arrives, so that is where it is refused."""
    reply = envelope(Message("hello", metadata={"object": Unreadable()}), to_initiator=True)
    frame = encode(reply, "h0")
    stopped = refused(frame)
    assert isinstance(stopped, Stopped)
    assert (frame.sender, stopped.id) == ("h0", "chat")
    assert not stopped.undelivered, "what the initiator had said before did arrive"
    assert "what came back" in str(stopped.error)


@pytest.mark.parametrize("kind", [Answer, Stopped])
def test_what_comes_back_and_cannot_be_read_fails_where_it_is_waited_for(kind: type) -> None:
    """An answer, or the end of a conversation, that is lost on its last step hangs nobody."""
    said = Entry("bob", "carol", Message("hello", metadata={"object": Unreadable()}))
    packet: Any = Answer("1", Outcome(Unreadable()))
    if kind is Stopped:
        packet = Stopped("1", StopReason(StopKind.NO_REPLY, "bob"), 5, (said,))
    frame = encode(packet, "h0")
    refusal_here = refused(frame)
    assert type(refusal_here) is kind
    assert (frame.sender, refusal_here.id) == ("h0", "1")
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


def refused(frame: Frame) -> Any:
    """Fail to read a frame, and give what its sender is told."""
    with pytest.raises(ModuleNotFoundError) as caught:
        decode(frame)
    packet = refusal(frame, caught.value)
    assert pickle.loads(pickle.dumps(packet)).id == packet.id
    return packet


def check_failure(error: Any) -> None:
    """Hold that a failure names the agent, what was missing and what to do."""
    assert isinstance(error, AgentDiedError)
    assert isinstance(error, AgentCoreError)
    assert error.agent == "bob"
    for part in ("'bob'", "No module named 'mine'", "runtime_env"):
        assert part in str(error)
