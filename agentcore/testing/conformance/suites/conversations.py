"""Conformance: ways to begin conversations, and what a ref can do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.base.errors import AgentNotFoundError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Conversations"]


class Conversations:
    """Conversations of agents, refs, names and objects, one at a time and many at once."""

    def test_an_agent_is_meant_by_its_object_its_ref_or_its_name(self, system: AgentSystem) -> None:
        """The three conversations have equal transcripts."""
        system.spawn(Says, "agent", "hi")
        user = system.spawn(Says, "user", None)
        by_ref = user.initiate_chat(system.agent("agent"), "hello", silent=True)
        by_name = user.initiate_chat("agent", "hello", silent=True)
        system.agent("agent").close()
        by_object = user.initiate_chat(Says("agent", "hi"), "hello", silent=True)
        assert by_ref.transcript == by_name.transcript == by_object.transcript

    def test_an_agent_of_the_callers_process_answers_hosted_ones(self, system: AgentSystem) -> None:
        """A local agent object begins, is answered, and is asked by agents in their turns."""
        alice = system.spawn(Asks, "alice", {"user": ["bob"]})
        system.spawn(Asks, "bob", {"alice": ["user"]})
        user = Asks("user")
        result = user.initiate_chat(alice, "who?", silent=True)
        assert said(result)[-1] == "alice(bob(user()))"
        assert "user" not in [ref.name for ref in system.agents()]

    def test_a_conversation_of_two_local_objects_needs_no_spawn(self, system: AgentSystem) -> None:
        """The only open system hosts both for as long as they converse."""
        system.spawn(Says, "witness")
        carl = Counts("carl", max_consecutive_auto_reply=2)
        result = Counts("cleo").initiate_chat(carl, "1", silent=True)
        assert said(result) == ["1", "2", "3", "4", "5"]
        assert (result.stop.kind, result.stop.agent) == ("MAX_AUTO_REPLY", "carl")
        assert [ref.name for ref in system.agents()] == ["witness"]

    def test_started_conversations_go_on_side_by_side(self, system: AgentSystem) -> None:
        """``start_chat`` gives the `Chat` at once; results come in any order."""
        agents = system.spawn_many(Says, ("a", "b", "c"))
        chats = [
            Says(f"user-{ref.name}", None).start_chat(ref, "hi", silent=True) for ref in agents
        ]
        answers = [said(chat.result())[-1] for chat in reversed(chats)]
        assert answers == ["c heard hi", "b heard hi", "a heard hi"]
        assert all(chat.done() for chat in chats)

    def test_a_conversation_can_be_awaited(self, system: AgentSystem) -> None:
        """Several run at once, while the caller's event loop goes on."""
        agents = system.spawn_many(Says, ("a", "b", "c"))

        async def main() -> list[Any]:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                for _ in range(3):
                    await asyncio.sleep(0)
                    ticks += 1

            user = Says("user", None)
            first = await user.a_initiate_chat(agents[0], "hi", silent=True)
            started = [
                ref.start_chat(agents[0], "hi", silent=True, max_turns=2) for ref in agents[1:]
            ]
            results = await asyncio.gather(*started, tick())
            assert ticks == 3
            return [first, *results[:-1]]

        assert [said(result)[-1] for result in asyncio.run(main())] == ["a heard hi"] * 3

    def test_a_call_runs_a_method_as_a_turn_and_gives_what_it_returns(
        self, system: AgentSystem
    ) -> None:
        """The method may be plain or ``async def``."""
        agent = system.spawn(Says, "agent", "hi")
        assert agent.call("know", "reply") == "hi"
        agent.call("update_system_message", "be kind")
        assert agent.call("know", "system_message") == "be kind"

    def test_agents_are_found_by_name_and_listed(self, system: AgentSystem) -> None:
        """``system.agent`` and ``system.agents``; a ref is equal wherever it came from."""
        spawned = system.spawn(Says, "alice")
        assert system.agent("alice") == spawned
        assert spawned in system.agents()
        assert {spawned: 1}[AgentRef("alice", spawned.system)] == 1

    def test_a_closed_agent_is_not_found_any_more_and_frees_its_name(
        self, system: AgentSystem
    ) -> None:
        """Another can take the name at once."""
        system.spawn(Says, "alice", "one").close()
        with pytest.raises(AgentNotFoundError):
            system.agent("alice")
        again = system.spawn(Says, "alice", "two")
        assert said(ask(again, "hello"))[-1] == "two"

    def test_a_hundred_users_at_one_agent_hear_only_what_is_theirs(
        self, system: AgentSystem
    ) -> None:
        """Neither a transcript nor a history has a message of another user."""
        agent = system.spawn(Says, "agent")
        users = system.spawn_many(Says, [f"user-{i}" for i in range(100)], None)
        chats = [ref.start_chat(agent, f"I am {ref.name}", silent=True) for ref in users]
        for ref, chat in zip(users, chats, strict=True):
            words = [f"I am {ref.name}", f"agent heard I am {ref.name}"]
            assert said(chat.result()) == words
            assert [content for _, content in agent.call("heard", ref.name)] == words
