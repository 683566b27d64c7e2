"""Conformance: what messages are made of, and messages that want no answer."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.message import ChatResponse, Message
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Returns, Says
from agentcore.testing.conformance.agents.isolation import Box, Boxes, Meddles
from agentcore.testing.conformance.agents.sending import Sends, Tells
from agentcore.testing.conformance.dialogue import ask, eventually, said

__all__ = ["Messages"]


class Messages:
    """What is sent arrives, unchanged; and what is sent without asking for an answer."""

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            ("text", "text"),
            ({"content": "dict", "unknown": 1}, "dict"),
            (Message("message", metadata={"a": 1}), "message"),
            (ChatResponse(status=1, output="response"), "response"),
        ],
        ids=["str", "dict", "Message", "ChatResponse"],
    )
    def test_a_reply_is_a_text_a_dict_a_message_or_a_response(
        self, system: AgentSystem, reply: Any, expected: str
    ) -> None:
        """The reply arrives as a message, which is a mapping, too."""
        agent = system.spawn(Says, "agent", reply)
        message = ask(agent, "hello").last_message
        assert message is not None
        assert (message.content, message["content"]) == (expected, expected)
        assert "unknown" not in message

    def test_what_goes_along_with_a_message_arrives_with_it(self, system: AgentSystem) -> None:
        """All known keys of a message arrive, and no other."""
        sent = {
            "content": None,
            "role": "tool",
            "name": "n",
            "metadata": {"deep": [1, {"a": (2, 3)}]},
            "context": {"x": 1},
            "tool_calls": [{"id": "7"}],
            "tool_call_id": "7",
        }
        agent = system.spawn(Returns, "agent", (True, {**sent, "other": 1}))
        message = ask(agent, "hello").last_message
        assert message is not None
        assert {key: message.get(key) for key in sent} == sent
        assert message.metadata["deep"][1]["a"] == (2, 3)

    def test_what_an_agent_does_to_a_message_no_other_sees(self, system: AgentSystem) -> None:
        """Messages cannot be changed; a mutable object in one is copied for each agent."""
        giver = system.spawn(Boxes, "giver")
        meddler = system.spawn(Meddles, "meddler")
        message = {"content": "take", "metadata": {"tags": ["a"], "box": Box(1)}}
        result = giver.initiate_chat(meddler, message, silent=True, max_turns=2)
        assert said(result) == ["take", "refused 6"]
        assert meddler.call("seen", "giver") == [99]
        assert giver.call("seen", "meddler") == [1]
        assert result.transcript[0].metadata["box"].value == 1
        assert message["metadata"]["box"].value == 1  # type: ignore[index]

    def test_what_a_sender_does_to_its_message_afterwards_nobody_sees(
        self, system: AgentSystem
    ) -> None:
        """Neither the receiver's history nor the transcript changes."""
        giver = system.spawn(Boxes, "giver")
        taker = system.spawn(Meddles, "taker", max_consecutive_auto_reply=0)
        result = taker.initiate_chat(giver, "give", silent=True)
        giver.call("change", 5)
        assert taker.call("seen", "giver") == [1]
        assert giver.call("seen", "taker") == [1]
        assert result.transcript[-1].metadata["box"].value == 1

    def test_what_is_told_is_answered_in_a_later_turn(self, system: AgentSystem) -> None:
        """``tell`` does not wait; the answer comes as an ordinary message."""
        bob = system.spawn(Says, "bob")
        alice = system.spawn(Tells, "alice", "bob")
        assert said(ask(alice, "hello")) == ["hello", "told"]
        eventually(lambda: alice.call("know", "order") == ["user", "bob"])
        assert bob.call("heard", "alice") == [("user", "hello"), ("assistant", "bob heard hello")]
        assert alice.call("heard", "bob") == [("assistant", "hello"), ("user", "bob heard hello")]

    def test_a_message_can_be_delivered_without_asking_for_an_answer(
        self, system: AgentSystem
    ) -> None:
        """With ``request_reply=False`` the message is recorded, and no rule is asked."""
        bob = system.spawn(Says, "bob")
        alice = system.spawn(Sends, "alice", "bob", sending={"request_reply": False})
        assert said(ask(alice, "hello")) == ["hello", "hello", "sent: NO_REPLY"]
        assert bob.call("heard", "alice") == [("user", "hello")]

    def test_an_agent_told_not_to_reply_to_someone_is_silent_to_them_only(
        self, system: AgentSystem
    ) -> None:
        """``stop_reply_at_receive`` holds until that agent begins a new conversation."""
        bob = system.spawn(Says, "bob")
        alice = system.spawn(Sends, "alice", "bob")
        bob.call("stop_reply_at_receive", "alice")
        assert said(ask(alice, "hello"))[-1] == "sent: NO_REPLY"
        assert bob.call("heard", "alice") == [("user", "hello")]
        assert said(ask(bob, "hello"))[-1] == "bob heard hello"
        assert said(alice.initiate_chat(bob, "again", silent=True))[-1] == "bob heard again"

    def test_an_agent_told_not_to_reply_at_all_is_silent_to_everyone(
        self, system: AgentSystem
    ) -> None:
        """``stop_reply_at_receive`` without a name means everyone."""
        bob = system.spawn(Says, "bob")
        alice = system.spawn(Sends, "alice", "bob")
        bob.call("stop_reply_at_receive")
        assert said(ask(alice, "hello"))[-1] == "sent: NO_REPLY"
