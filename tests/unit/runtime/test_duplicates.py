"""Envelopes that come twice are found by the budget of their conversation."""

from __future__ import annotations

from agentcore import AgentRef, Message
from agentcore.protocol.envelope import CallContext, Conversation, Envelope
from agentcore.protocol.state import Exchange
from agentcore.runtime.duplicates import REMEMBERED, DuplicateFilter

ALICE, BOB = AgentRef("alice", "system"), AgentRef("bob", "system")


def mail(budget: int, to_initiator: bool = False, id: str = "chat", part: int = -1) -> Envelope:
    """Give an envelope of a conversation with so many turns left."""
    conversation = Conversation(id, ALICE, BOB, CallContext(), part=part)
    return Envelope(conversation, Message("hello"), Exchange(budget), to_initiator)


def test_a_message_that_comes_again_is_known() -> None:
    """Also when later ones came in between."""
    filter = DuplicateFilter()
    first, answer = mail(9), mail(8, to_initiator=True)
    assert not filter.came_before(first)
    assert filter.came_before(first)
    assert not filter.came_before(answer)
    assert filter.came_before(first)
    assert filter.came_before(answer)


def test_a_forwarded_message_is_another_one() -> None:
    """The initiator forwards what it received without spending a turn."""
    filter = DuplicateFilter()
    answer, forwarded = mail(8, to_initiator=True), mail(8)
    assert not filter.came_before(answer)
    assert not filter.came_before(forwarded)
    assert filter.came_before(forwarded)
    assert filter.came_before(answer)


def test_conversations_and_parts_of_questions_are_told_apart() -> None:
    """Parts of one question have one id, and the same budget."""
    filter = DuplicateFilter()
    assert not filter.came_before(mail(9, id="one"))
    assert not filter.came_before(mail(9, id="two"))
    assert not filter.came_before(mail(9, id="many", part=0))
    assert not filter.came_before(mail(9, id="many", part=1))
    assert filter.came_before(mail(9, id="many", part=1))


def test_the_oldest_conversations_are_forgotten() -> None:
    """A process that runs for months does not remember each of them."""
    filter = DuplicateFilter()
    for number in range(REMEMBERED + 1):
        assert not filter.came_before(mail(9, id=str(number)))
    assert filter.came_before(mail(9, id="1"))
    assert not filter.came_before(mail(9, id="0"))
