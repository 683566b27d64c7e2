"""Conformance: agents and systems that are closed, and interrupts."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest

from agentcore.base.errors import (
    AgentCoreError,
    AgentNotFoundError,
    SystemClosedError,
    SystemMismatchError,
)
from agentcore.protocol.chat_errors import AgentDiedError, ChatError, ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.failing import (
    AsksAndCloses,
    Closes,
    ClosesItself,
    Interrupts,
    Never,
    TidiesUp,
)
from agentcore.testing.conformance.agents.sending import Begins, Sends
from agentcore.testing.conformance.dialogue import OVER, ask, said
from agentcore.testing.conformance.interrupts import interruptible

__all__ = ["Closing"]


class Closing:
    """Whoever waits for what is closed is told, at once."""

    def test_what_was_said_in_a_turn_that_fails_is_in_the_transcript_once(
        self, system: AgentSystem
    ) -> None:
        """Also where the reply was on its way to an agent that is gone."""
        bob, carol = system.spawn_many(Says, ("bob", "carol"), "fine")
        alice = system.spawn(AsksAndCloses, "alice", bob, carol)
        with pytest.raises(AgentDiedError) as caught:
            alice.initiate_chat(bob, "how are you?", silent=True)
        assert caught.value.result is not None
        assert said(caught.value.result) == ["how are you?", "fine", "and you?", "fine"]

    def test_an_agent_that_closes_its_peer_fails_their_conversation(
        self, system: AgentSystem
    ) -> None:
        """Whoever waits for the conversation gets an ``AgentDiedError``."""
        closer = system.spawn(Closes, "closer")
        user = system.spawn(Says, "user", "go on")
        with pytest.raises(AgentDiedError, match="user") as caught:
            user.initiate_chat(closer, "close me", silent=True, timeout=20)
        assert caught.value.result is not None
        assert said(caught.value.result) == ["close me"]
        assert caught.value.result.stop.kind == "FAILED"
        assert said(ask(system.spawn(Says, "well"), "hello"))[-1] == "well heard hello"

    def test_an_agent_that_is_closed_while_it_is_waited_for_fails_what_waits(
        self, system: AgentSystem
    ) -> None:
        """Three agents wait for bob when he is closed; two of their messages are in his mailbox."""
        system.spawn(Closes, "closer")
        bob = system.spawn(Asks, "bob", {"*": ["closer"]})
        askers = [system.spawn(Sends, f"asker{i}", bob, catches=True) for i in range(3)]
        users = system.spawn_many(Says, [f"user{i}" for i in range(3)], None)
        chats = [
            user.start_chat(asker, "who?", silent=True, timeout=20)
            for user, asker in zip(users, askers, strict=True)
        ]
        answers = {said(chat.result())[-1] for chat in chats}
        assert "caught AgentDiedError" in answers
        assert answers <= {"caught AgentDiedError", "caught AgentNotFoundError"}

    def test_an_agent_can_close_itself(self, system: AgentSystem) -> None:
        """Its turn goes on to the end, but it can send nothing any more."""
        seppuku = system.spawn(ClosesItself, "seppuku", "bob")
        bob = system.spawn(Says, "bob")
        assert said(ask(seppuku, "go")) == ["go", "AgentDiedError"]
        assert bob.call("heard", "seppuku") == []
        with pytest.raises(AgentNotFoundError):
            system.agent("seppuku")

    def test_closing_the_local_object_that_converses_fails_its_conversation(
        self, system: AgentSystem
    ) -> None:
        """The object can converse again; to close an object of another process is refused."""
        closer = system.spawn(Closes, "closer")
        user = Says("user", None)
        for _ in range(2):
            with contextlib.suppress(ChatError):
                assert said(ask(closer, "close me", user, timeout=20)) == ["close me", "closed"]

    def test_an_agent_is_told_once_that_it_is_closed(
        self, system: AgentSystem, tmp_path: Path
    ) -> None:
        """Its ``on_close`` has run when ``close`` returns, and what it raises troubles nobody."""
        files = {name: tmp_path / name for name in ("closed", "open")}
        closed, still_open = (system.spawn(TidiesUp, name, path) for name, path in files.items())
        closed.close()
        assert files["closed"].read_text() == "closed\n"
        assert not files["open"].exists()
        assert said(ask(still_open, "hello"))[-1] == "open heard hello"

    def test_a_closed_agent_cannot_be_closed_or_called_again(self, system: AgentSystem) -> None:
        """Both raise that the agent is not found."""
        agent = system.spawn(Says, "agent")
        agent.close()
        for attempt in (agent.close, lambda: agent.call("know", "name")):
            with pytest.raises(AgentNotFoundError):
                attempt()

    @pytest.mark.parametrize("by_name", [False, True], ids=["ref", "name"])
    def test_a_closed_agent_is_not_found_and_changes_no_history(
        self, system: AgentSystem, by_name: bool
    ) -> None:
        """What was said before stays, and a stranger's history is not begun, by ref and by name."""
        bob, stranger = system.spawn_many(Says, ("bob", "stranger"), "fine")
        user = Says("user", None)
        ask(bob, "one", user)
        bob.close()
        stranger.close()
        for agent in (bob, stranger):
            with pytest.raises(AgentNotFoundError):
                ask(agent.name if by_name else agent, "two", user)
        assert [message.content for message in user.get_chat_messages("bob")] == ["one", "fine"]
        assert "stranger" not in user.chat_messages

    @pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
    @pytest.mark.parametrize("by_name", [False, True], ids=["ref", "name"])
    def test_a_nested_send_to_a_closed_agent_changes_no_history(
        self, system: AgentSystem, by_name: bool, later: bool
    ) -> None:
        """The rule catches an ``AgentNotFoundError``, and still knows what was said before."""
        bob = system.spawn(Says, "bob", OVER)
        agent = system.spawn(Sends, "agent", "bob" if by_name else bob, catches=True, later=later)
        ask(agent, "one")
        before = agent.call("heard", "bob")
        bob.close()
        assert len(before) == 2
        assert said(ask(agent, "two")) == ["two", "caught AgentNotFoundError"]
        assert agent.call("heard", "bob") == before

    @pytest.mark.parametrize("how", ["initiate", "initiate_later"])
    def test_a_nested_chat_with_a_closed_agent_changes_no_history(
        self, system: AgentSystem, how: str
    ) -> None:
        """Also where the history would have been cleared for it; not caught, it fails the rule."""
        bob = system.spawn(Says, "bob", OVER)
        agent = system.spawn(Begins, "agent", how, bob)
        ask(agent, "one")
        before = agent.call("heard", "bob")
        bob.close()
        assert len(before) == 2
        with pytest.raises(ReplyError, match="AgentNotFoundError"):
            ask(agent, "two")
        assert agent.call("heard", "bob") == before

    def test_a_closed_system_refuses_everything(self, second_system: AgentSystem) -> None:
        """It spawns, finds and begins nothing; closing it again does no harm."""
        agent = second_system.spawn(Says, "agent")
        user = Says("user", None)
        ask(agent, "hello", user)
        second_system.close()
        second_system.close()
        attempts: list[Any] = [
            lambda: second_system.spawn(Says, "other"),
            lambda: second_system.agent("agent"),
            second_system.agents,
            lambda: user.initiate_chat(agent, "hello"),
            lambda: agent.start_chat(agent, "hello"),
            lambda: agent.call("know", "name"),
        ]
        for attempt in attempts:
            with pytest.raises(SystemClosedError):
                attempt()

    def test_closing_a_system_ends_what_is_waited_for(self, second_system: AgentSystem) -> None:
        """Whoever waits gets a ``SystemClosedError`` at once."""
        never = second_system.spawn(Never, "never")
        chat = second_system.spawn(Says, "user", None).start_chat(never, "hello", silent=True)
        with contextlib.suppress(AgentCoreError):
            chat.result(0.05)
        second_system.close()
        with pytest.raises(SystemClosedError):
            chat.result()

    def test_agents_of_two_systems_cannot_converse(
        self, system: AgentSystem, second_system: AgentSystem
    ) -> None:
        """A ``SystemMismatchError`` is raised before anything is recorded."""
        here = system.spawn(Says, "here")
        there = second_system.spawn(Says, "there")
        with pytest.raises(SystemMismatchError):
            here.initiate_chat(there, "hello", silent=True)
        assert here.call("heard", "there") == there.call("heard", "here") == []
        agent = system.spawn(Sends, "agent", there, catches=True)
        assert said(ask(agent, "go")) == ["go", "caught SystemMismatchError"]

    def test_refs_of_two_systems_differ(
        self, system: AgentSystem, second_system: AgentSystem
    ) -> None:
        """Each system has names of its own, and equal names make no equal refs."""
        refs = [each.spawn(Says, "alice") for each in (system, second_system)]
        assert refs[0] != refs[1]
        assert [said(ask(ref, "hello"))[-1] for ref in refs] == ["alice heard hello"] * 2

    def test_an_interrupt_ends_the_conversation_and_leaves_the_system_whole(
        self, system: AgentSystem
    ) -> None:
        """Ctrl-C is raised where ``initiate_chat`` waits, and cancels the conversation."""
        agent = system.spawn(Interrupts, "agent")
        user = Says("user", None)
        with interruptible(), pytest.raises(KeyboardInterrupt):
            ask(agent, str(os.getpid()), user)
        assert said(ask(system.spawn(Says, "well"), "hello", user))[-1] == "well heard hello"
