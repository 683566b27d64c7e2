"""What is done with what cannot be delivered."""

from __future__ import annotations

import threading
from typing import Any

from agentcore import ConversableAgent, agent_reply, connect

PATIENCE = 30.0  # seconds; only a test that fails waits that long


def test_a_message_that_was_not_delivered_is_recorded_nowhere() -> None:
    """The history loses that message, and not one that came after it."""
    busy, told, heard, over = (threading.Event() for _ in range(4))

    class Bob(ConversableAgent):
        @agent_reply("user")
        def work(self) -> tuple[bool, Any]:
            busy.set()
            assert told.wait(PATIENCE)
            self.tell("from bob", "alice")
            over.wait(PATIENCE)
            return True, None

    class Alice(ConversableAgent):
        @agent_reply("user")
        def tell_bob(self) -> tuple[bool, Any]:
            self.tell("from alice", "bob")
            return True, None

        @agent_reply("bob")
        def hear(self) -> tuple[bool, Any]:
            heard.set()
            return True, None

        def said_with_bob(self) -> list[Any]:
            return [message.content for message in self.get_chat_messages("bob")]

    with connect("thread") as system:
        bob, alice = system.spawn(Bob, "bob"), system.spawn(Alice, "alice")
        user = system.spawn(ConversableAgent, "user")
        user.start_chat(bob, "work", silent=True)
        assert busy.wait(PATIENCE)
        user.initiate_chat(alice, "tell bob", silent=True)  # it stays in his mailbox
        told.set()
        assert heard.wait(PATIENCE)
        bob.close()
        over.set()
        assert alice.call("said_with_bob") == ["from bob"]
