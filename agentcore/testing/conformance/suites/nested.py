"""Conformance: conversations that turns begin, and agents that wait for each other."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.errors import TurnError
from agentcore.protocol.chat_errors import DepthError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.sending import Begins, Blocks, Calls, Tells
from agentcore.testing.conformance.dialogue import ask, eventually, said

__all__ = ["Nested"]

BOTH = pytest.mark.parametrize("asker", [Asks, AsksLater], ids=["def", "async def"])


class Nested:
    """Nested sends, re-entrance and cycles of waits."""

    @BOTH
    def test_a_send_returns_when_its_conversation_has_stopped(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """Then the history with the peer has its messages, and the transcript has them deeper."""
        system.spawn(Says, "bob", "I am Bob")
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        result = ask(alice, "who?")
        assert [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript] == [
            ("user", "alice", "who?", 0),
            ("alice", "bob", "who?", 1),
            ("bob", "alice", "I am Bob", 1),
            ("alice", "user", "alice(I am Bob)", 0),
        ]
        assert alice.call("heard", "bob") == [("assistant", "who?"), ("user", "I am Bob")]

    @BOTH
    def test_the_result_of_a_send_is_that_of_the_nested_conversation(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """Its transcript begins at depth 0, and it has its own stop reason."""
        system.spawn(Says, "bob", "I am Bob")
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        ask(alice, "who?")
        (result,) = alice.call("know", "results")
        assert [(e.content, e.depth) for e in result.transcript] == [("who?", 0), ("I am Bob", 0)]
        assert (result.stop.kind, result.stop.agent) == ("NO_REPLY", "alice")

    @BOTH
    def test_an_agent_can_ask_several_in_turn(self, system: AgentSystem, asker: type[Asks]) -> None:
        """Each conversation stops before the next begins."""
        system.spawn_many(Asks, ("bob", "carol", "dave"))
        alice = system.spawn(asker, "alice", {"user": ["bob", "carol", "bob", "dave"]})
        assert said(ask(alice, "who?"))[-1] == "alice(bob(), carol(), bob(), dave())"

    @BOTH
    def test_whoever_is_waited_for_can_ask_back(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """alice > bob > alice: alice takes that turn while she waits."""
        system.spawn(asker, "bob", {"alice": ["alice"]})
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        result = ask(alice, "who?")
        assert said(result)[-1] == "alice(bob(alice()))"
        assert alice.call("know", "order") == [
            "user asked", "bob asked", "bob answered", "user answered",
        ]  # fmt: skip

    @BOTH
    def test_an_agent_can_ask_itself(self, system: AgentSystem, asker: type[Asks]) -> None:
        """The agent waits for itself, and so takes that turn while it waits."""
        alice = system.spawn(asker, "alice", {"user": ["alice"]})
        assert said(ask(alice, "who?"))[-1] == "alice(alice())"

    @BOTH
    def test_a_long_way_round_comes_back(self, system: AgentSystem, asker: type[Asks]) -> None:
        """alice > bob > carol > dave, who asks both alice and bob, who wait for him."""
        system.spawn(asker, "bob", {"alice": ["carol"], "dave": []})
        system.spawn(asker, "carol", {"*": ["dave"]})
        system.spawn(asker, "dave", {"*": ["alice", "bob"]})
        alice = system.spawn(asker, "alice", {"user": ["bob"], "dave": []})
        assert said(ask(alice, "who?"))[-1] == "alice(bob(carol(dave(alice(), bob()))))"

    @pytest.mark.parametrize("kinds", [(0, 0), (0, 1), (1, 0), (1, 1)], ids=str)
    def test_conversations_that_wait_for_each_other_both_stop(
        self, system: AgentSystem, kinds: tuple[int, int]
    ) -> None:
        """user1 > alice > bob while user2 > bob > alice, ten times."""
        asker = (Asks, AsksLater)
        system.spawn(asker[kinds[0]], "alice", {"user1": ["bob"]})
        system.spawn(asker[kinds[1]], "bob", {"user2": ["alice"]})
        users = [system.spawn(Says, name, None) for name in ("user1", "user2")]
        for _ in range(10):
            chats = [
                user.start_chat(peer, "who?", silent=True, timeout=60)
                for user, peer in zip(users, ("alice", "bob"), strict=True)
            ]
            answers = [said(chat.result())[-1] for chat in chats]
            assert answers == ["alice(bob())", "bob(alice())"]

    @BOTH
    def test_a_ring_of_agents_that_all_wait_stops(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """Five agents in a ring ask the next one at the same time."""
        size = 5
        for i in range(size):
            system.spawn(asker, f"a{i}", {f"user{i}": [f"a{(i + 1) % size}"]})
        users = system.spawn_many(Says, [f"user{i}" for i in range(size)], None)
        for _ in range(3):
            chats = [
                user.start_chat(f"a{i}", "who?", silent=True, timeout=60)
                for i, user in enumerate(users)
            ]
            answers = [said(chat.result())[-1] for chat in chats]
            assert answers == [f"a{i}(a{(i + 1) % size}())" for i in range(size)]

    @BOTH
    def test_an_agent_that_waits_takes_no_turn_that_its_wait_does_not_depend_on(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """Other messages stay in its mailbox until it has answered."""
        system.spawn(Tells, "teller", "alice")
        system.spawn(asker, "bob", {"alice": ["teller"]})
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        ask(alice, "who?")  # teller tells alice before it answers bob, for whom she waits
        eventually(lambda: "teller answered" in alice.call("know", "order"))
        assert alice.call("know", "order") == [
            "user asked", "user answered", "teller asked", "teller answered",
        ]  # fmt: skip

    def test_turns_of_one_agent_never_overlap(self, system: AgentSystem) -> None:
        """Each turn is over before the next begins, even if twenty users ask at once."""
        system.spawn(AsksLater, "bob")
        alice = system.spawn(AsksLater, "alice", {"*": ["bob"], "bob": []})
        users = system.spawn_many(Says, [f"user{i}" for i in range(20)], None)
        chats = [user.start_chat(alice, "who?", silent=True) for user in users]
        assert {said(chat.result())[-1] for chat in chats} == {"alice(bob())"}
        order = alice.call("know", "order")
        assert [word.replace("asked", "answered") for word in order[::2]] == order[1::2]

    @BOTH
    def test_sends_that_are_nested_too_deep_are_a_depth_error(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """Two agents ask each other without end; the error names them."""
        system.spawn(asker, "bob", {"*": ["alice"]})
        alice = system.spawn(asker, "alice", {"*": ["bob"]})
        with pytest.raises(DepthError, match="alice > bob") as caught:
            ask(alice, "who?")
        assert caught.value.rule == "answer"
        assert caught.value.result is not None
        assert caught.value.result.stop.kind == "FAILED"
        deepest = max(entry.depth for entry in caught.value.result.transcript)
        assert deepest == system._runtime.core.max_depth
        assert said(ask(alice, "still there")) == ["still there"]

    @pytest.mark.parametrize("how", ["have_it_begun", "start", "start_later"])
    def test_a_turn_can_have_another_agent_begin_a_conversation_and_wait_for_it(
        self, system: AgentSystem, how: str
    ) -> None:
        """A rule may use ``ref.initiate_chat`` and ``ref.start_chat``."""
        bob = system.spawn(Says, "bob")
        carol = system.spawn(Says, "carol", None)
        alice = system.spawn(Begins, "alice", how, bob, carol)
        assert said(ask(alice, "go"))[-1] == "NO_REPLY"
        assert bob.call("heard", "carol") == [("user", "go"), ("assistant", "bob heard go")]

    def test_a_conversation_that_two_others_have_is_part_of_the_transcript_of_who_waits_for_it(
        self, system: AgentSystem
    ) -> None:
        """The transcript has its messages, one level deeper."""
        bob = system.spawn(Says, "bob")
        carol = system.spawn(Says, "carol", None)
        alice = system.spawn(Begins, "alice", "have_it_begun", bob, carol, max_turns=3)
        result = ask(alice, "go")
        assert [(e.sender, e.content, e.depth) for e in result.transcript] == [
            ("user", "go", 0),
            ("carol", "go", 1),
            ("bob", "bob heard go", 1),
            ("alice", "NO_REPLY", 0),
        ]
        assert said(ask(alice, "go", max_turns=4))[-1] == "NO_REPLY"

    @pytest.mark.parametrize("how", ["have_it_begun", "start"])
    def test_one_who_has_others_converse_serves_what_they_depend_on(
        self, system: AgentSystem, how: str
    ) -> None:
        """alice has carol ask bob, who asks alice: she takes that turn while she waits."""
        system.spawn(Asks, "bob", {"carol": ["alice"]})
        carol = system.spawn(Says, "carol", None)
        alice = system.spawn(Begins, "alice", how, system.agent("bob"), carol)
        alice.call("register_reply", "bob", Says.say)
        alice.call("learn", "reply", "me")
        assert said(ask(alice, "who?"))[-1] == "NO_REPLY"
        assert system.agent("bob").call("heard", "carol")[-1] == ("assistant", "bob(me)")

    @pytest.mark.parametrize(
        ("peer", "options"),
        [
            ("nobody", {}),
            ("carol", {"timeout": -1}),
            ("carol", {"max_turns": 0}),
            ("carol", {"until": 5}),
        ],
        ids=str,
    )
    def test_beginning_one_that_cannot_be_begun_costs_the_turn_nothing(
        self, system: AgentSystem, peer: str, options: dict[str, Any]
    ) -> None:
        """The error can be caught, and the turn goes on with all of its budget."""
        carol = system.spawn(Says, "carol", None)
        agent = system.spawn(Begins, "agent", "try_and_go_on", peer, carol, **options)
        result = ask(agent, "go", Says("user", "go"), max_turns=4)
        assert said(result) == ["go", said(result)[1]] * 2
        assert said(result)[1].startswith("caught")

    def test_a_blocking_send_in_an_async_rule_is_an_error_that_says_so(
        self, system: AgentSystem
    ) -> None:
        """It would block the event loop, so the error names `a_send`."""
        system.spawn(Says, "bob")
        agent = system.spawn(Blocks, "agent", "bob")
        with pytest.raises(Exception, match=r"await self\.a_send") as caught:
            ask(agent, "go")
        assert isinstance(caught.value.__cause__, TurnError | None)

    def test_a_call_within_a_turn_serves_what_it_depends_on(self, system: AgentSystem) -> None:
        """An agent can call its own method through its ref."""
        alice = system.spawn(Calls, "alice")
        assert said(ask(alice, "who?"))[-1] == "alice knows who?"

    def test_what_a_nested_conversation_leaves_is_there_for_the_next(
        self, system: AgentSystem
    ) -> None:
        """`send` keeps the history with the peer, unlike `initiate_chat`."""
        bob = system.spawn(Says, "bob", "me")
        alice = system.spawn(Asks, "alice", {"user": ["bob"]})
        for _ in range(2):
            ask(alice, "who?")
        history: list[Any] = [("user", "who?"), ("assistant", "me")]
        assert bob.call("heard", "alice") == history * 2
