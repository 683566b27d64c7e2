"""Conformance: what agents remember of what was said."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from agentcore.base.errors import SpawnError, StateError
from agentcore.protocol.model_api import Completion, ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counting, Forgets, Says
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Histories"]

EARLIER: Final[list[dict[str, Any]]] = [
    {"role": "user", "content": "My name is Ada.", "metadata": {"at": [9, {"day": 1}]}},
    {"role": "assistant", "content": "Hello, Ada."},
]
SAID: Final = [("user", "My name is Ada."), ("assistant", "Hello, Ada.")]


class Histories:
    """Each agent's history with each of its peers."""

    def test_each_keeps_its_own_words_as_assistant_and_its_peers_as_user(
        self, system: AgentSystem
    ) -> None:
        """The two histories mirror each other."""
        agent = system.spawn(Says, "agent", "Hello, world!")
        user = Says("user", None)
        user.initiate_chat(agent, "hello", silent=True)
        assert user.heard("agent") == [("assistant", "hello"), ("user", "Hello, world!")]
        assert agent.call("heard", "user") == [("user", "hello"), ("assistant", "Hello, world!")]

    def test_a_new_conversation_clears_the_history_of_the_two_unless_told_otherwise(
        self, system: AgentSystem
    ) -> None:
        """Histories with other agents are kept either way."""
        agent = system.spawn(Says, "agent")
        user, other = Says("user", None), Says("other", None)
        other.initiate_chat(agent, "zero", silent=True)
        user.initiate_chat(agent, "one", silent=True)
        user.initiate_chat(agent, "two", silent=True, clear_history=False)
        assert [content for _, content in agent.call("heard", "user")] == [
            "one", "agent heard one", "two", "agent heard two",
        ]  # fmt: skip
        assert len(user.heard("agent")) == 4
        user.initiate_chat(agent, "three", silent=True)
        assert len(user.heard("agent")) == len(agent.call("heard", "user")) == 2
        assert len(agent.call("heard", "other")) == 2

    def test_the_last_message_is_that_of_one_peer_or_of_the_only_one(
        self, system: AgentSystem
    ) -> None:
        """``None`` without peers; ``ValueError`` with several; ``KeyError`` for a stranger."""
        agent = system.spawn(Says, "agent")
        assert agent.call("ask_for_last") is None
        ask(agent, "one")
        assert agent.call("ask_for_last") == "agent heard one"
        Says("other", None).initiate_chat(agent, "two", silent=True)
        assert agent.call("ask_for_last", "other") == "agent heard two"
        with pytest.raises(Exception, match="ValueError"):
            agent.call("ask_for_last")
        with pytest.raises(Exception, match="KeyError"):
            agent.call("ask_for_last", "stranger")

    def test_clearing_the_history_forgets_one_peer_or_everyone(self, system: AgentSystem) -> None:
        """These are ``clear_history("user")`` and ``clear_history()``."""
        agent = system.spawn(Says, "agent")
        ask(agent, "one")
        Says("other", None).initiate_chat(agent, "two", silent=True)
        agent.call("clear_history", "user")
        assert agent.call("heard", "user") == []
        assert len(agent.call("heard", "other")) == 2
        agent.call("clear_history")
        assert agent.call("heard", "other") == []

    def test_a_rule_that_forgets_everything_still_records_its_answer(
        self, system: AgentSystem
    ) -> None:
        """The rule calls ``clear_history()`` during its turn."""
        agent = system.spawn(Forgets, "agent")
        assert said(ask(agent, "hello")) == ["hello", "what?"]
        assert agent.call("heard", "user") == [("assistant", "what?")]

    # --- histories that go out and come in -------------------------------------------------------

    def test_an_agent_is_spawned_with_what_was_said_before(self, system: AgentSystem) -> None:
        """As lists of dicts, as JSON, and with an agent object for the peer; a chat goes on."""
        user = Says("user", None)
        listed = system.spawn(Says, "listed", history={user: EARLIER})
        text = listed.call("get_chat_messages", "user").to_json()
        (read,) = system.spawn_many(Says, ["read"], history={"user": text})
        given = system.spawn(Says, "given", chat_messages={"user": EARLIER})
        for agent in (listed, read, given):
            assert agent.call("heard", "user") == SAID
            ask(agent, "again", clear_history=False)
            assert agent.call("heard", "user")[:3] == [*SAID, ("user", "again")]

    def test_a_history_goes_out_as_json(self, system: AgentSystem) -> None:
        """As a text, as plain dicts, and each message by itself."""
        history = system.spawn(Says, "agent", history={"user": EARLIER}).call(
            "get_chat_messages", "user"
        )
        assert json.loads(history.to_json()) == history.to_dicts() == list(history)
        assert [json.loads(json.dumps(dict(each))) for each in history] == history.to_dicts()
        assert history.to_dicts()[0] == EARLIER[0]

    def test_a_history_may_be_assigned(self, system: AgentSystem) -> None:
        """It is read as it is assigned, and what is no history is refused there."""
        agent = system.spawn(Says, "agent")
        user = Says("user", None)
        ask(agent, "hello", user)
        agent.call("remember", "user", EARLIER)
        assert agent.call("heard", "user") == SAID
        with pytest.raises(Exception, match=r"message 1: .* no content, and text"):
            agent.call("remember", "user", [EARLIER[0], {"text": "hi"}])
        assert agent.call("heard", "user") == SAID
        ask(agent, "again", user, clear_history=False)
        assert len(agent.call("heard", "user")) == 4

    def test_an_agent_is_not_spawned_with_what_is_no_history(self, system: AgentSystem) -> None:
        """The error says which message is wrong, and the name stays free."""
        with pytest.raises(SpawnError, match=r"'agent' was not spawned: .*'user', message 0: "):
            system.spawn(Says, "agent", history={"user": [{"role": "user"}]})
        with pytest.raises(TypeError, match="history= is a dict of lists of messages"):
            system.spawn(Says, "agent", history=[EARLIER])
        assert system.spawn(Says, "agent", history=None).call("heard", "user") == []

    # --- states that are saved and loaded --------------------------------------------------------

    def test_a_conversation_goes_on_where_it_was_saved(self, system: AgentSystem) -> None:
        """On both sides, through a ref and an agent object, by way of JSON."""
        user, agent = Says("user", None), system.spawn(Says, "agent")
        ask(agent, "one", user)
        saved = json.loads(json.dumps([user.save_state(), agent.call("save_state")]))
        agent.close()
        again, agent = Says("user", None), system.spawn(Says, "agent")
        again.load_state(saved[0])
        agent.call("load_state", saved[1])
        ask(agent, "two", again, clear_history=False)
        expected = ["one", "agent heard one", "two", "agent heard two"]
        assert [content for _, content in agent.call("heard", "user")] == expected
        assert [content for _, content in again.heard("agent")] == expected

    def test_a_state_that_is_none_is_refused_and_changes_nothing(self, system: AgentSystem) -> None:
        """The error says what is wrong with it, and may be caught as what it is."""
        agent = system.spawn(Says, "agent", history={"user": EARLIER})
        wrong: list[tuple[Any, str]] = [
            ({"messages": {}}, "no 'chat_messages'"),
            ({"chat_messages": {"user": [{}]}}, "'user', message 0"),
            ("{", "no JSON"),
            ({"chat_messages": {}, "version": 7}, "version 7"),
        ]
        for state, words in wrong:
            with pytest.raises(StateError, match=f"agent'.*{words}"):
                agent.call("load_state", state)
        assert agent.call("heard", "user") == SAID

    def test_a_peer_can_be_forgotten(self, system: AgentSystem) -> None:
        """As if it had never said a word; others are not."""
        agent = system.spawn(Says, "agent", history={"user": EARLIER, "other": EARLIER})
        agent.call("forget", "user")
        assert list(agent.call("save_state")["chat_messages"]) == ["other"]
        with pytest.raises(Exception, match="KeyError"):
            agent.call("ask_for_last", "user")

    # --- limits ----------------------------------------------------------------------------------

    def test_a_history_has_no_more_messages_than_its_limit(self, system: AgentSystem) -> None:
        """On the side of whoever has one, and with what it was spawned with."""
        agent = system.spawn(Says, "agent", history_limit=3, history={"user": EARLIER * 5})
        assert len(agent.call("heard", "user")) == 3
        user = Says("user", None, history_limit=2)
        for number in range(3):
            ask(agent, str(number), user, clear_history=False)
        assert [content for _, content in agent.call("heard", "user")] == [
            "agent heard 1", "2", "agent heard 2",
        ]  # fmt: skip
        assert [content for _, content in user.heard("agent")] == ["2", "agent heard 2"]

    def test_peers_beyond_the_limit_are_forgotten(self, system: AgentSystem) -> None:
        """Those that were in touch least recently go first, whoever began."""
        agent = system.spawn(Says, "agent", history_limit={"peers": 2})
        users = {name: Says(name, None) for name in "abc"}
        for name in "abac":
            ask(agent, name, users[name])
        assert list(agent.call("save_state")["chat_messages"]) == ["a", "c"]
        agent.initiate_chat(system.spawn(Says, "b", None), "d", silent=True)
        assert list(agent.call("save_state")["chat_messages"]) == ["c", "b"]

    def test_calls_and_results_are_forgotten_together(self, system: AgentSystem) -> None:
        """A model is never shown results without the calls, nor loses the question in a turn."""
        call = ToolCall("c1", "add", '{"a": 1, "b": 2}')
        model = ScriptedModel(*[Completion(tool_calls=[call]), "three"] * 2)
        agent = system.spawn(Toolbox, "agent", model, history_limit=2)
        user = Says("user", None)
        for _ in range(2):
            ask(agent, "1 + 2?", user, clear_history=False)
        assert agent.call("heard", "user") == [("assistant", "three")]
        shown = [[each["role"] for each in asked.messages] for asked in model.calls]
        assert shown[1] == ["user", "assistant", "tool"]
        assert shown[3] == ["assistant", "user", "assistant", "tool"]

    def test_users_that_come_and_go_leave_nothing(self, system: AgentSystem) -> None:
        """Neither in the agent, with a limit of peers, nor in the process that it lives in.

        A process of a cluster may end what earlier tests left there meanwhile, so a few objects
        more or fewer say nothing; one for each user does.
        """
        agent = system.spawn(Counting, "agent", history_limit={"peers": 3, "messages": 4})
        for number in range(40):
            ask(agent, "hello", Says(f"user-{number}", None))
            if number == 19:
                before = agent.call("objects")
        after = agent.call("objects")
        assert max(after[kind] - before[kind] for kind in before) < 10, (before, after)
        assert before["History"] >= 3
