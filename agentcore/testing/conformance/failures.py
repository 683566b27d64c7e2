"""Conformance: bad input, failures, and what they leave alone."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

import pytest

from agentcore.base.errors import (
    AgentCoreError,
    AgentNotFoundError,
    EmptyMessageError,
    MessageError,
    MessagePickleError,
    NameInUseError,
    SpawnError,
    SystemClosedError,
    SystemMismatchError,
)
from agentcore.protocol.chat_errors import AgentDiedError, ChatError, ReplyError, ReplyTypeError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance.suite import ask, interruptible, said

__all__ = ["Failures"]


class Failures:
    """Each failure is one clear typed error, on any backend; other conversations go on."""

    # --- rules that fail ------------------------------------------------------------------------

    @pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
    @pytest.mark.parametrize("how", ["value", "unpicklable", "exit"])
    def test_a_rule_that_raises_fails_its_conversation_and_no_other(
        self, system: AgentSystem, how: str, later: bool
    ) -> None:
        """The error names agent and rule, has the traceback as text, and what was said."""
        agent = system.spawn(cast.Raises, "agent", how, later)
        user = cast.Says("user", None)
        other = cast.Says("other", None).start_chat(
            system.spawn(cast.Says, "well"), "hello", silent=True
        )
        for _ in range(2):  # the agent is as good as new
            with pytest.raises(ReplyError, match="broken") as caught:
                ask(agent, "hello", user)
        error = caught.value
        assert (error.agent, error.rule) == ("agent", "break_later" if later else "break_down")
        assert "in break_down" in error.traceback
        assert error.result is not None
        assert (error.result.stop.kind, error.result.stop.agent) == ("FAILED", "agent")
        assert said(error.result) == ["hello"]
        assert user.heard("agent") == [("assistant", "hello")]
        assert other.result().stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("asker", [cast.Asks, cast.AsksLater], ids=["def", "async def"])
    def test_a_failure_deep_down_names_its_root_and_has_the_whole_transcript(
        self, system: AgentSystem, asker: type[cast.Asks]
    ) -> None:
        """Each conversation on the way has what was said in it."""
        system.spawn(cast.Raises, "carol")
        system.spawn(asker, "bob", {"alice": ["carol"]})
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        with pytest.raises(ReplyError) as caught:
            ask(alice, "who?")
        assert (caught.value.agent, caught.value.rule) == ("carol", "break_down")
        result = caught.value.result
        assert result is not None
        assert [(e.sender, e.recipient, e.depth) for e in result.transcript] == [
            ("user", "alice", 0), ("alice", "bob", 1), ("bob", "carol", 2),
        ]  # fmt: skip
        assert result.stop.agent == "alice"

    def test_a_rule_can_catch_the_failure_of_what_it_sent(self, system: AgentSystem) -> None:
        """And go on, in good order."""
        system.spawn(cast.Raises, "carol")
        for later in (False, True):
            agent = system.spawn(cast.Sends, f"agent-{later}", "carol", catches=True, later=later)
            assert said(ask(agent, "go")) == ["go", "go", "caught ReplyError"]

    @pytest.mark.parametrize(
        "value",
        [
            (True, 42),
            (True, object),
            (True, {"content": 5}),
            None,
            "text",
            (True,),
            ("yes", "text"),
            (True, {"content": "x", "metadata": "no dict"}),
        ],
        ids=str,
    )
    def test_a_rule_that_returns_what_is_no_reply_is_named(
        self, system: AgentSystem, value: Any
    ) -> None:
        """``ReplyTypeError``, at once, and not wherever the value might have ended up."""
        agent = system.spawn(cast.Returns, "agent", value)
        with pytest.raises(ReplyTypeError, match="rule give of agent 'agent'") as caught:
            ask(agent, "hello")
        assert (caught.value.agent, caught.value.rule) == ("agent", "give")

    @pytest.mark.parametrize("value", ["", {}, {"content": ""}, {"content": None}], ids=str)
    def test_a_rule_that_returns_an_empty_message_is_named(
        self, system: AgentSystem, value: Any
    ) -> None:
        """The cause is ``EmptyMessageError``; to say nothing, a rule returns ``None``."""
        agent = system.spawn(cast.Returns, "agent", (True, value))
        with pytest.raises(ReplyError, match="EmptyMessageError") as caught:
            ask(agent, "hello")
        assert caught.value.rule == "give"

    def test_a_method_that_raises_is_named(self, system: AgentSystem) -> None:
        """So is one that is not there."""
        agent = system.spawn(cast.Raises, "agent")
        with pytest.raises(ReplyError, match="break_down of agent 'agent' raised ValueError"):
            agent.call("break_down")
        with pytest.raises(ReplyError, match="break_later of agent 'agent' raised ValueError"):
            agent.call("break_later")
        with pytest.raises(ReplyError, match="AttributeError"):
            agent.call("no_such_method")

    # --- bad input ------------------------------------------------------------------------------

    @pytest.mark.parametrize("message", ["", {}, {"content": ""}, {"role": "user"}], ids=str)
    def test_an_empty_message_is_refused_and_recorded_nowhere(
        self, system: AgentSystem, message: Any
    ) -> None:
        """It is a ``ValueError``."""
        agent = system.spawn(cast.Says, "agent")
        user = cast.Says("user", None)
        with pytest.raises(EmptyMessageError) as caught:
            ask(agent, message, user)
        assert isinstance(caught.value, ValueError)
        assert user.heard("agent") == agent.call("heard", "user") == []

    def test_what_is_no_message_is_refused(self, system: AgentSystem) -> None:
        """Neither str, dict, Message nor ChatResponse; and no message at all."""
        agent = system.spawn(cast.Says, "agent")
        with pytest.raises(MessageError, match="not int"):
            ask(agent, 5)
        with pytest.raises(EmptyMessageError, match="generate_init_message"):
            ask(agent, None)
        with pytest.raises(EmptyMessageError, match="generate_init_message"):
            system.spawn(cast.Says, "hosted").initiate_chat(agent, silent=True)

    def test_a_message_that_cannot_leave_its_process_is_refused_where_it_might_have_to(
        self, system: AgentSystem
    ) -> None:
        """The error names the path; elsewhere the message is delivered as it is."""
        agent = system.spawn(cast.Says, "agent")
        user = cast.Says("user", None)
        message = {"content": "x", "metadata": {"deep": [{"lock": threading.Lock()}]}}
        if not system._runtime.strict:
            assert said(ask(agent, message, user)) == ["x", "agent heard x"]
            return
        with pytest.raises(MessagePickleError, match=r"\$\.metadata\.deep\[0\]\.lock") as caught:
            ask(agent, message, user)
        assert caught.value.path == "$.metadata.deep[0].lock"
        assert user.heard("agent") == agent.call("heard", "user") == []

    def test_an_unknown_recipient_is_refused_with_names_that_are_close(
        self, system: AgentSystem
    ) -> None:
        """Nothing is recorded, neither outside of a turn nor in one."""
        bob = system.spawn(cast.Says, "bob")
        user = cast.Says("user", None)
        with pytest.raises(AgentNotFoundError, match=r"'bobb'.*did you mean 'bob'"):
            ask("bobb", "hello", user)
        assert user.heard("bobb") == []
        for later in (False, True):
            agent = system.spawn(cast.Sends, f"agent-{later}", "bobb", catches=True, later=later)
            assert said(ask(agent, "go")) == ["go", "caught AgentNotFoundError"]
            assert agent.call("heard", "bobb") == []
        bob.close()
        with pytest.raises((AgentNotFoundError, AgentDiedError)):
            ask(bob, "hello", user)
        assert user.heard("bob") == []

    def test_a_ref_of_an_agent_that_was_closed_is_refused_in_a_turn(
        self, system: AgentSystem
    ) -> None:
        """What could not be delivered is recorded nowhere."""
        bob = system.spawn(cast.Says, "bob")
        for later in (False, True):
            system.spawn(cast.Sends, f"agent-{later}", bob, catches=True, later=later)
        bob.close()
        for later in (False, True):
            agent = system.agent(f"agent-{later}")
            assert "caught" in said(ask(agent, "go"))[-1]
            assert agent.call("heard", "bob") == []

    def test_a_taken_name_is_refused_and_nothing_is_spawned(self, system: AgentSystem) -> None:
        """All of many, or none."""
        system.spawn(cast.Says, "alice")
        with pytest.raises(NameInUseError, match="'alice'"):
            system.spawn(cast.Says, "alice")
        with pytest.raises(NameInUseError, match="'alice'"):
            system.spawn_many(cast.Says, ["a", "b", "alice", "c"])
        with pytest.raises(NameInUseError, match="'a'"):
            system.spawn_many(cast.Says, ["a", "b", "a"])
        assert [ref.name for ref in system.agents()] == ["alice"]
        assert len(system.spawn_many(cast.Says, ["a", "b", "c"])) == 3

    def test_a_local_object_with_a_taken_name_is_refused(self, system: AgentSystem) -> None:
        """Its namesake is unharmed."""
        alice = system.spawn(cast.Says, "alice")
        with pytest.raises(NameInUseError, match="'alice'"):
            cast.Says("alice").initiate_chat(alice, "hello", silent=True)
        assert said(ask(alice, "hello"))[-1] == "alice heard hello"

    def test_an_agent_that_cannot_be_constructed_is_a_spawn_error(
        self, system: AgentSystem
    ) -> None:
        """It says what was raised, and the name stays free."""
        with pytest.raises(SpawnError, match="unexpected keyword argument 'colour'"):
            system.spawn(cast.Says, "agent", colour="red")
        with pytest.raises(SpawnError, match="max_consecutive_auto_reply"):
            system.spawn_many(cast.Says, ["agent", "other"], max_consecutive_auto_reply=-2)
        with pytest.raises(SpawnError):
            system.spawn(dict, "agent")
        assert system.agents() == ()
        system.spawn(cast.Says, "agent")

    def test_an_error_of_one_conversation_does_not_touch_another(self, system: AgentSystem) -> None:
        """Fifty that fail and fifty that do not, at the same two agents."""
        good = system.spawn(cast.Says, "good")
        bad = system.spawn(cast.Raises, "bad")
        users = system.spawn_many(cast.Says, [f"user{i}" for i in range(50)], None)
        fails = [user.start_chat(bad, "hello", silent=True) for user in users]
        works = [user.start_chat(good, "hello", silent=True) for user in users]
        for chat in fails:
            with pytest.raises(ReplyError):
                chat.result()
        assert [said(chat.result())[-1] for chat in works] == ["good heard hello"] * 50

    # --- agents and systems that are closed -----------------------------------------------------

    def test_an_agent_that_closes_its_peer_fails_their_conversation(
        self, system: AgentSystem
    ) -> None:
        """``AgentDiedError``, for whoever waits for it."""
        closer = system.spawn(cast.Closes, "closer")
        user = system.spawn(cast.Says, "user", "go on")
        with pytest.raises(AgentDiedError, match="user") as caught:
            user.initiate_chat(closer, "close me", silent=True, timeout=20)
        assert caught.value.result is not None
        assert said(caught.value.result) == ["close me"]
        assert caught.value.result.stop.kind == "FAILED"
        assert said(ask(system.spawn(cast.Says, "well"), "hello"))[-1] == "well heard hello"

    def test_an_agent_that_is_closed_while_it_is_waited_for_fails_what_waits(
        self, system: AgentSystem
    ) -> None:
        """Three ask bob; he asks one who closes him; the others' messages are in his mailbox."""
        system.spawn(cast.Closes, "closer")
        bob = system.spawn(cast.Asks, "bob", {"*": ["closer"]})
        askers = [system.spawn(cast.Sends, f"asker{i}", bob, catches=True) for i in range(3)]
        users = system.spawn_many(cast.Says, [f"user{i}" for i in range(3)], None)
        chats = [
            user.start_chat(asker, "who?", silent=True, timeout=20)
            for user, asker in zip(users, askers, strict=True)
        ]
        answers = {said(chat.result())[-1] for chat in chats}
        assert "caught AgentDiedError" in answers
        assert answers <= {"caught AgentDiedError", "caught AgentNotFoundError"}

    def test_an_agent_can_close_itself(self, system: AgentSystem) -> None:
        """Its turn goes on to the end, and it can begin nothing new."""
        seppuku = system.spawn(cast.ClosesItself, "seppuku", "bob")
        bob = system.spawn(cast.Says, "bob")
        assert said(ask(seppuku, "go")) == ["go", "AgentDiedError"]
        assert bob.call("heard", "seppuku") == []
        with pytest.raises(AgentNotFoundError):
            system.agent("seppuku")

    def test_closing_the_local_object_that_converses_fails_its_conversation(
        self, system: AgentSystem
    ) -> None:
        """Or is refused, where it is an object of another process; it can converse again."""
        closer = system.spawn(cast.Closes, "closer")
        user = cast.Says("user", None)
        for _ in range(2):
            with contextlib.suppress(ChatError):
                assert said(ask(closer, "close me", user, timeout=20)) == ["close me", "closed"]

    def test_a_closed_agent_cannot_be_closed_or_called_again(self, system: AgentSystem) -> None:
        """It is not found."""
        agent = system.spawn(cast.Says, "agent")
        agent.close()
        for attempt in (agent.close, lambda: agent.call("know", "name")):
            with pytest.raises((AgentNotFoundError, AgentDiedError)):
                attempt()

    def test_a_closed_system_refuses_everything(self, second_system: AgentSystem) -> None:
        """To spawn, to find, to converse; to close it again does no harm."""
        agent = second_system.spawn(cast.Says, "agent")
        user = cast.Says("user", None)
        ask(agent, "hello", user)
        second_system.close()
        second_system.close()
        attempts: list[Any] = [
            lambda: second_system.spawn(cast.Says, "other"),
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
        """With ``SystemClosedError``, at once."""
        never = second_system.spawn(cast.Never, "never")
        chat = second_system.spawn(cast.Says, "user", None).start_chat(never, "hello", silent=True)
        with contextlib.suppress(AgentCoreError):
            chat.result(0.05)
        second_system.close()
        with pytest.raises(SystemClosedError):
            chat.result()

    def test_agents_of_two_systems_cannot_converse(
        self, system: AgentSystem, second_system: AgentSystem
    ) -> None:
        """``SystemMismatchError``, before anything is recorded."""
        here = system.spawn(cast.Says, "here")
        there = second_system.spawn(cast.Says, "there")
        with pytest.raises(SystemMismatchError):
            here.initiate_chat(there, "hello", silent=True)
        assert here.call("heard", "there") == there.call("heard", "here") == []
        agent = system.spawn(cast.Sends, "agent", there, catches=True)
        assert said(ask(agent, "go")) == ["go", "caught SystemMismatchError"]

    def test_refs_of_two_systems_differ(
        self, system: AgentSystem, second_system: AgentSystem
    ) -> None:
        """Even where the names are equal; and each system has names of its own."""
        refs = [each.spawn(cast.Says, "alice") for each in (system, second_system)]
        assert refs[0] != refs[1]
        assert [said(ask(ref, "hello"))[-1] for ref in refs] == ["alice heard hello"] * 2

    # --- interrupted ----------------------------------------------------------------------------

    def test_an_interrupt_ends_the_conversation_and_leaves_the_system_whole(
        self, system: AgentSystem
    ) -> None:
        """Ctrl-C while ``initiate_chat`` waits is raised there, and cancels it."""
        agent = system.spawn(cast.Interrupts, "agent")
        user = cast.Says("user", None)
        with interruptible(), pytest.raises(KeyboardInterrupt):
            ask(agent, str(os.getpid()), user)
        assert said(ask(system.spawn(cast.Says, "well"), "hello", user))[-1] == "well heard hello"
