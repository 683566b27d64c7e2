"""What type checkers know of the public API. It is checked, and never run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

from agentcore import (
    AgentRef,
    AgentSystem,
    Chat,
    ChatResult,
    ConversableAgent,
    Entry,
    Message,
    StopKind,
    StopReason,
    Transcript,
    UserProxyAgent,
    agent_reply,
    connect,
    get_agent_name,
)


class Bob(ConversableAgent):
    """An agent with rules of every shape."""

    @agent_reply()
    def anyone(self, raw_message: Message) -> tuple[bool, str]:
        """Answer anyone."""
        return True, f"heard {raw_message.content}"

    @agent_reply(["alice", ConversableAgent, lambda sender: sender.name == "carol"])
    def some(self, messages: list[Message], sender: AgentRef) -> tuple[bool, Message | None]:
        """Answer some."""
        return False, None

    @agent_reply("dave")
    async def later(self, config: int) -> tuple[bool, dict[str, int]]:
        """Ask others first."""
        result = await self.a_send("question", "carol", timeout=1)
        assert_type(result, ChatResult)
        assert_type(await self.a_initiate_chat("carol", "question"), ChatResult)
        return True, {"turns": result.turns}

    def asks(self) -> None:
        """Send, tell and remember."""
        assert_type(self.send("question", "carol", request_reply=False), ChatResult)
        self.tell("news", "carol")
        assert_type(self.last_message(), Message | None)
        assert_type(self.get_chat_messages("carol")[-1], Message)
        assert_type(self.name, str)


def a_rule_keeps_the_type_of_its_method(bob: Bob) -> None:
    """A decorated method can be called and overridden as what it is."""
    assert_type(bob.anyone(Message("hello")), tuple[bool, str])
    assert_type(bob.some([], AgentRef("alice", "system")), tuple[bool, Message | None])
    bob.anyone("no message")  # type: ignore[arg-type]
    bob.anyone()  # type: ignore[call-arg]


async def a_rule_that_is_async_stays_so(bob: Bob) -> None:
    """It gives a coroutine of its own type."""
    assert_type(await bob.later(1), tuple[bool, dict[str, int]])


class OtherBob(Bob):
    """An override is checked against the rule it overrides."""

    def anyone(self, raw_message: Message) -> tuple[bool, int]:  # type: ignore[override]
        """Break the promise of the base."""
        return True, 1


def a_system_spawns_and_finds() -> None:
    """``connect`` is a context manager that gives the system."""
    with connect() as system:
        assert_type(system, AgentSystem)
        bob = system.spawn(Bob, "bob", None, placement={"num_cpus": 1}, description="b")
        assert_type(bob, AgentRef)
        assert_type(system.spawn_many(Bob, ["a", "b"]), tuple[AgentRef, ...])
        assert_type(system.agent("bob"), AgentRef)
        assert_type(system.agents(), tuple[AgentRef, ...])
        assert_type(get_agent_name(bob), str)
        for text, metadata in system.get_agent_stream_messages(bob, "id"):
            assert_type(text, str)
            assert_type(metadata, Any)
    connect("ray", hosts=4)
    connect(backend="ray")
    system.spawn("bob", Bob)  # type: ignore[call-overload]


def a_conversation_gives_its_result(system: AgentSystem, bob: AgentRef) -> None:
    """From a ref and from an object alike."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    for result in (user.initiate_chat(bob, "hello"), bob.initiate_chat("carol", {"content": "x"})):
        assert_type(result, ChatResult)
    options = user.initiate_chat(
        bob, max_turns=3, timeout=1.5, until=lambda transcript: False, silent=True, topic="any"
    )
    assert_type(options, ChatResult)
    chat = user.start_chat(bob, "hello")
    assert_type(chat, Chat)
    assert_type(bob.start_chat(user, "hello"), Chat)
    assert_type(chat.result(1), ChatResult)
    assert_type(chat.cancel(), bool)
    assert_type(chat.done(), bool)


async def a_conversation_can_be_awaited(chat: Chat) -> None:
    """What comes of it is the result."""
    assert_type(await chat, ChatResult)


def a_result_is_read(result: ChatResult) -> None:
    """Transcript, reason and the last word have types of their own."""
    assert_type(result.transcript, Transcript)
    assert_type(result.transcript[0], Entry)
    assert_type(result.transcript[1:], tuple[Entry, ...])
    assert_type(result.last_message, Message | None)
    assert_type(result.turns, int)
    assert_type(result.stop, StopReason)
    assert_type(result.stop.kind, StopKind)
    for entry in result.transcript:
        assert_type(entry.message, Message)
        assert_type(entry.sender, str)
        assert_type(entry.depth, int)
        assert_type(entry["content"], Any)
    result.turns = 3  # type: ignore[misc]
    result.stop = result.stop  # type: ignore[misc]


def a_message_is_a_mapping(message: Message) -> None:
    """It is read like a dict, and cannot be written."""
    mapping: Mapping[str, Any] = message
    assert_type(message["content"], Any)
    assert_type(message.get("metadata"), Any | None)
    assert_type(dict(message), dict[str, Any])
    assert_type(message.role, str)
    assert_type(list(mapping), list[str])
    message["content"] = "x"  # type: ignore[index]
    message.role = "x"  # type: ignore[misc]
    Message("x", speaker="bob")  # type: ignore[call-arg]
