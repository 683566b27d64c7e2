"""Conformance: messages, names and arguments that are refused."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from agentcore.base.errors import (
    AgentNotFoundError,
    EmptyMessageError,
    MessageError,
    MessagePickleError,
    MessageTypeError,
    NameInUseError,
    SpawnError,
)
from agentcore.protocol.chat_errors import ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says, SaysToBosss
from agentcore.testing.conformance.agents.failing import Raises, Unreadable
from agentcore.testing.conformance.agents.sending import Sends
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["BadInput"]

UNREADABLE = ("__class__", "__bool__", "__repr__", "__eq__")


class BadInput:
    """What cannot be sent, found or spawned is refused by a typed error, and recorded nowhere."""

    @pytest.mark.parametrize("message", ["", {}, {"content": ""}, {"role": "user"}], ids=str)
    def test_an_empty_message_is_refused_and_recorded_nowhere(
        self, system: AgentSystem, message: Any
    ) -> None:
        """The error is a ``ValueError``, too."""
        agent = system.spawn(Says, "agent")
        user = Says("user", None)
        with pytest.raises(EmptyMessageError) as caught:
            ask(agent, message, user)
        assert isinstance(caught.value, ValueError)
        assert user.heard("agent") == agent.call("heard", "user") == []

    def test_what_is_no_message_is_refused(self, system: AgentSystem) -> None:
        """A message is a str, dict, Message or ChatResponse; leaving it out is an error, too."""
        agent = system.spawn(Says, "agent")
        with pytest.raises(MessageError, match="not int"):
            ask(agent, 5)
        with pytest.raises(EmptyMessageError, match="generate_init_message"):
            ask(agent, None)
        with pytest.raises(EmptyMessageError, match="generate_init_message"):
            system.spawn(Says, "hosted").initiate_chat(agent, silent=True)

    @pytest.mark.parametrize(
        ("key", "meant"),
        [("contnt", "content"), ("metdata", "metadata"), ("tool_call", "tool_calls")],
    )
    def test_a_misspelt_key_of_a_message_is_refused_with_the_one_that_is_meant(
        self, system: AgentSystem, key: str, meant: str
    ) -> None:
        """In what is sent, and in what a rule returns; what was meant is not lost silently."""
        hint = f"no key '{key}'; did you mean '{meant}'"
        with pytest.raises(MessageError, match=hint):
            ask(system.spawn(Says, "agent"), {"content": "x", key: "y"})
        with pytest.raises(ReplyError, match=hint):
            ask(system.spawn(Says, "rule", {"content": "x", key: "y"}), "go")

    def test_a_rule_for_a_sender_that_never_comes_is_named_when_nobody_answers(
        self, system: AgentSystem
    ) -> None:
        """A misspelt name in ``@agent_reply`` is not told apart from an agent yet to come."""
        agent = system.spawn(SaysToBosss, "agent")
        stop = ask(agent, "go", Says("boss", None)).stop
        assert (stop.kind, stop.agent) == ("NO_RULE", "agent")
        assert stop.detail == "no rule answers 'boss'; rule say answers 'bosss'"
        assert said(ask(agent, "go", Says("bosss", None))) == ["go", "yes"]

    def test_a_message_that_cannot_leave_its_process_is_refused_where_it_might_have_to(
        self, system: AgentSystem
    ) -> None:
        """The error names the path of the value; a backend of one process delivers it as it is."""
        agent = system.spawn(Says, "agent")
        user = Says("user", None)
        message = {"content": "x", "metadata": {"deep": [{"lock": threading.Lock()}]}}
        if not system._runtime.strict:
            assert said(ask(agent, message, user)) == ["x", "agent heard x"]
            return
        with pytest.raises(MessagePickleError, match=r"\$\.metadata\.deep\[0\]\.lock") as caught:
            ask(agent, message, user)
        assert caught.value.path == "$.metadata.deep[0].lock"
        assert user.heard("agent") == agent.call("heard", "user") == []

    @pytest.mark.parametrize(
        ("path", "method"),
        [
            *itertools.product(["$", "$.content", "$.tool_calls"], UNREADABLE),
            ("$.content[0].text", "__class__"),
            ("$.content[0].text", "__repr__"),
        ],
    )
    def test_a_value_whose_own_methods_raise_is_refused_with_its_path(
        self, system: AgentSystem, path: str, method: str
    ) -> None:
        """Wherever it is in a message; nothing is recorded."""
        agent, user, odd = system.spawn(Says, "agent"), Says("user", None), Unreadable(method)
        message: Any = {
            "$": odd,
            "$.content": {"content": odd},
            "$.content[0].text": {"content": [{"type": "text", "text": odd}]},
            "$.tool_calls": {"content": "", "tool_calls": odd},
        }[path]
        with pytest.raises(MessageTypeError) as caught:
            ask(agent, message, user)
        assert path.removeprefix("$.").removeprefix("$") in str(caught.value)
        assert user.heard("agent") == agent.call("heard", "user") == []

    def test_metadata_whose_own_methods_raise_is_refused_with_its_path(
        self, system: AgentSystem
    ) -> None:
        """Also where only the turn that receives it would ask."""
        agent = system.spawn(Says, "agent")
        for key, method in (("deep", "__class__"), ("TERMINATE", "__bool__")):
            message = {"content": "x", "metadata": {key: Unreadable(method)}}
            with pytest.raises(MessageTypeError, match=rf"\$\.metadata\.{key} .*no {method}"):
                ask(agent, message)

    def test_an_unknown_recipient_is_refused_with_names_that_are_close(
        self, system: AgentSystem
    ) -> None:
        """No history records the message, neither outside of a turn nor in one."""
        bob = system.spawn(Says, "bob")
        user = Says("user", None)
        with pytest.raises(AgentNotFoundError, match=r"'bobb'.*did you mean 'bob'"):
            ask("bobb", "hello", user)
        assert user.heard("bobb") == []
        for later in (False, True):
            agent = system.spawn(Sends, f"agent-{later}", "bobb", catches=True, later=later)
            assert said(ask(agent, "go")) == ["go", "caught AgentNotFoundError"]
            assert agent.call("heard", "bobb") == []
        bob.close()
        with pytest.raises(AgentNotFoundError):
            ask(bob, "hello", user)
        assert user.heard("bob") == []

    def test_a_ref_of_an_agent_that_was_closed_is_refused_in_a_turn(
        self, system: AgentSystem
    ) -> None:
        """No history records a message that could not be delivered."""
        bob = system.spawn(Says, "bob")
        for later in (False, True):
            system.spawn(Sends, f"agent-{later}", bob, catches=True, later=later)
        bob.close()
        for later in (False, True):
            agent = system.agent(f"agent-{later}")
            assert "caught" in said(ask(agent, "go"))[-1]
            assert agent.call("heard", "bob") == []

    def test_a_taken_name_is_refused_and_nothing_is_spawned(self, system: AgentSystem) -> None:
        """`spawn_many` spawns all of the agents or none."""
        system.spawn(Says, "alice")
        with pytest.raises(NameInUseError, match="'alice'"):
            system.spawn(Says, "alice")
        with pytest.raises(NameInUseError, match="'alice'"):
            system.spawn_many(Says, ["a", "b", "alice", "c"])
        with pytest.raises(NameInUseError, match="'a'"):
            system.spawn_many(Says, ["a", "b", "a"])
        assert [ref.name for ref in system.agents()] == ["alice"]
        assert len(system.spawn_many(Says, ["a", "b", "c"])) == 3

    def test_a_name_cannot_look_like_an_address(self, system: AgentSystem) -> None:
        """Addresses of objects, and of agents of pools, have a separator."""
        with pytest.raises(SpawnError, match="' @ '"):
            system.spawn(Says, "alice @ home")
        assert system.spawn(Says, "alice@home").name == "alice@home"

    def test_an_agent_that_cannot_be_constructed_is_a_spawn_error(
        self, system: AgentSystem
    ) -> None:
        """The error says what the constructor raised, and the name stays free."""
        with pytest.raises(SpawnError, match="unexpected keyword argument 'colour'"):
            system.spawn(Says, "agent", colour="red")
        with pytest.raises(SpawnError, match="max_consecutive_auto_reply"):
            system.spawn_many(Says, ["agent", "other"], max_consecutive_auto_reply=-2)
        with pytest.raises(SpawnError):
            system.spawn(dict, "agent")  # type: ignore[call-overload]
        assert system.agents() == ()
        system.spawn(Says, "agent")

    def test_an_error_of_one_conversation_does_not_touch_another(self, system: AgentSystem) -> None:
        """Fifty conversations fail at one agent while fifty succeed at another."""
        good = system.spawn(Says, "good")
        bad = system.spawn(Raises, "bad")
        users = system.spawn_many(Says, [f"user{i}" for i in range(50)], None)
        fails = [user.start_chat(bad, "hello", silent=True) for user in users]
        works = [user.start_chat(good, "hello", silent=True) for user in users]
        for chat in fails:
            with pytest.raises(ReplyError):
                chat.result()
        assert [said(chat.result())[-1] for chat in works] == ["good heard hello"] * 50
