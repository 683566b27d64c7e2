"""Conformance: many users of one name, sessions, and pools."""

from __future__ import annotations

import pytest

from agentcore.base.errors import AgentNotFoundError, NameInUseError, SpawnError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.handing_off import Hands
from agentcore.testing.conformance.agents.in_sessions import (
    AsksBack,
    BeginsSession,
    Notes,
    Recalls,
    Refers,
)
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Sessions"]


class Sessions:
    """Who is told what another one of the same name has said: nobody, unless asked to."""

    def test_objects_of_one_name_converse_at_the_same_time(self, system: AgentSystem) -> None:
        """Each has an address of its own."""
        agent = system.spawn(Recalls, "agent")
        users = [Says("user", None) for _ in range(5)]
        chats = [
            user.start_chat(agent, f"I am {number}", silent=True)
            for number, user in enumerate(users)
        ]
        answers = [chat.result().last_message for chat in chats]
        assert [answer.content for answer in answers if answer] == [f"I am {n}" for n in range(5)]
        assert [len(user.heard("agent")) for user in users] == [2] * 5

    def test_an_object_may_have_the_name_of_a_spawned_agent(self, system: AgentSystem) -> None:
        """The name means the spawned one, except to who converses with the object."""
        agent = system.spawn(Says, "twin", "I am the spawned one")
        asks = system.spawn(AsksBack, "asks", "twin")
        assert said(ask(agent, "hello", Says("twin", None))) == ["hello", "I am the spawned one"]
        assert said(ask(asks, "hello"))[-1] == "I am the spawned one"
        assert len(system.agents()) == 2

    def test_another_object_of_the_name_does_not_see_the_earlier_history(
        self, system: AgentSystem
    ) -> None:
        """An object goes on with its own."""
        agent = system.spawn(Recalls, "agent")
        ann, bob = Says("user", None), Says("user", None)
        ask(agent, "secret", ann, clear_history=False)
        assert said(ask(agent, "hello", bob, clear_history=False))[-1] == "hello"
        assert said(ask(agent, "again", ann, clear_history=False))[-1] == "secret again"

    def test_the_name_of_an_object_means_the_one_in_the_conversation(
        self, system: AgentSystem
    ) -> None:
        """Also where the agent that uses it is nested, and lives in another process."""
        asks = system.spawn(AsksBack, "asks", "user")
        system.spawn(Refers, "clerk", "asks")
        system.spawn(Refers, "desk", "clerk")
        users = [Says("user", ...) for _ in range(3)]
        for number, user in enumerate(users):
            user.reply = f"I am {number}"
        chats = [user.start_chat(asks, "hi", silent=True, max_turns=4) for user in users]
        chats += [user.start_chat("desk", "hi", silent=True, max_turns=8) for user in users]
        for number, chat in enumerate(chats):
            answers = {entry.content for entry in chat.result().transcript}
            assert f"I am {number % 3}" in answers
            assert not answers & {f"I am {other}" for other in range(3) if other != number % 3}

    def test_a_session_goes_on_with_its_history_whoever_the_user_is(
        self, system: AgentSystem
    ) -> None:
        """As in a web service, whose every request makes a user object."""
        agent = system.spawn(Recalls, "agent")
        for text in ("one", "two"):
            for session in ("a", "b"):
                result = ask(agent, text + session, session=session, clear_history=False)
        assert said(result)[-1] == "oneb twob"
        assert said(ask(agent, "three", session="a", clear_history=False))[-1] == "onea twoa three"
        assert said(ask(agent, "three", clear_history=False))[-1] == "three"

    def test_nested_conversations_are_in_the_same_session(self, system: AgentSystem) -> None:
        """The agent in the middle finds the history of the session by the name of the peer."""
        system.spawn(Recalls, "far")
        near = system.spawn(Refers, "near", "far")
        for session in ("a", "b", "a"):
            result = ask(near, f"for {session}", session=session, clear_history=False)
        assert said(result)[-1] == "for a for a"

    def test_a_session_goes_on_with_whom_it_was_handed_to(self, system: AgentSystem) -> None:
        """Also where each message comes from an object of its own, and for that session alone."""
        desk = system.spawn(Hands, "desk", "till", "till", answer="back at the desk")
        system.spawn(Says, "till", "here you are")
        for session in ("a", "a", "b"):
            result = ask(desk, "money!", session=session, clear_history=False)
            assert (said(result)[-1], result.agent) == ("here you are", "till")
        till = system.agent("till")
        assert [len(till.call("heard", f"user @ {name}")) for name in "ab"] == [4, 2]
        assert [len(desk.call("heard", f"user @ {name}")) for name in "ab"] == [2, 2]
        assert said(ask(desk, "money!", session="a"))[-1] == "back at the desk"

    def test_a_session_that_a_turn_begins_goes_on_with_whom_it_was_handed_to(
        self, system: AgentSystem
    ) -> None:
        """As one that begins outside of turns."""
        desk = system.spawn(Hands, "desk", "till", answer="back at the desk")
        system.spawn(Says, "till", "here you are", max_consecutive_auto_reply=1)
        boss = system.spawn(BeginsSession, "boss", "desk", "shift 1")
        assert [boss.call("begin", "money!") for _ in range(2)] == ["here you are"] * 2
        assert desk.call("heard", "boss @ shift 1")[0] == ("user", "money!")

    def test_one_object_may_converse_in_several_sessions(self, system: AgentSystem) -> None:
        """It keeps their histories apart, too; each key of the mapping leads to one."""
        agent, user = system.spawn(Says, "agent"), Says("user", None)
        for session in ("a", "b"):
            ask(agent, session, user, session=session, clear_history=False)
        assert list(user.chat_messages) == ["agent @ a", "agent @ b"]
        assert [user.chat_messages[key][0].content for key in user.chat_messages] == ["a", "b"]
        assert user.get_chat_messages("agent")[0].content == "b"

    def test_a_session_is_a_text(self, system: AgentSystem) -> None:
        """A number would be another one than its text."""
        with pytest.raises(TypeError, match="session= is a text"):
            ask(system.spawn(Says, "agent"), "hello", session=7)

    # --- pools ------------------------------------------------------------------------------------

    def test_a_pool_has_an_agent_for_each_session(self, system: AgentSystem) -> None:
        """With attributes of its own; it is made by the first message, and kept."""
        pool = system.pool(Notes, "pool")
        counts = [said(ask(pool, "hello", session=name))[-1] for name in "abaab"]
        assert counts == ["1", "1", "2", "3", "2"]

    def test_without_a_session_each_agent_that_begins_is_one(self, system: AgentSystem) -> None:
        """A user has the same agent again."""
        pool, user = system.pool(Notes, "pool"), Says("user", None)
        assert [said(ask(pool, "hello", user))[-1] for _ in range(2)] == ["1", "2"]
        assert said(ask(pool, "hello"))[-1] == "1"

    def test_a_pool_is_found_by_its_name(self, system: AgentSystem) -> None:
        """By users, and by agents of other pools in their turns."""
        system.pool(Recalls, "far")
        near = system.pool(Refers, "near", "far")
        assert system.agent("near") == near
        for session in ("a", "b", "a"):
            result = ask("near", f"for {session}", session=session, clear_history=False)
        assert said(result)[-1] == "for a for a"
        assert {ref.name for ref in system.agents()} == {"near", "far"}

    def test_a_nested_agent_reaches_the_agent_of_the_pool_that_waits_for_it(
        self, system: AgentSystem
    ) -> None:
        """Without a session, too: the name means the one in the chain, and no new one."""
        pool = system.pool(AsksBack, "pool", "other")
        system.spawn(AsksBack, "other", "user")
        user = Says("user", "the user")
        result = ask(pool, "hi", user, max_turns=20)
        assert "the user" in said(result)

    def test_a_thousand_sessions_at_one_address(self, system: AgentSystem) -> None:
        """Each is answered by its own agent."""
        pool, user = system.pool(Recalls, "pool"), Says("user", None)
        chats = [
            user.start_chat(pool, f"I am {number}", session=str(number), silent=True)
            for number in range(1000)
        ]
        for number, chat in enumerate(chats):
            answer = chat.result().last_message
            assert answer is not None
            assert answer.content == f"I am {number}"

    def test_a_pool_takes_its_name(self, system: AgentSystem) -> None:
        """It is free again when the pool was closed."""
        system.spawn(Says, "taken")
        pool = system.pool(Notes, "pool")
        for name in ("taken", "pool"):
            with pytest.raises(NameInUseError, match=name):
                system.pool(Notes, name)
        with pytest.raises(NameInUseError):
            system.spawn(Says, "pool")
        ask(pool, "hello", session="a")
        pool.close()
        with pytest.raises(AgentNotFoundError):
            system.agent("pool")
        assert said(ask(system.pool(Notes, "pool"), "hello", session="a"))[-1] == "1"

    def test_what_a_pool_cannot_do_is_said(self, system: AgentSystem) -> None:
        """Its methods cannot be called, and a constructor that raises fails the conversation."""
        with pytest.raises(AgentNotFoundError, match="a pool"):
            system.pool(Notes, "pool").call("heard", "user")
        broken = system.pool(Notes, "broken", colour="red")  # type: ignore[call-arg]
        with pytest.raises(Exception, match="colour") as caught:
            ask(broken, "hello")
        assert "broken" in str(caught.value)
        assert not isinstance(caught.value, TypeError)
        with pytest.raises(TypeError, match="takes the class"):
            system.pool(Notes("x"), "y")  # type: ignore[arg-type]
        assert issubclass(SpawnError, Exception)
