"""Conformance: turns, rules, history, messages, and what a ref can do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.agents.agent import ConversableAgent
from agentcore.base.errors import AgentNotFoundError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import ChatResponse, Message
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance.suite import ask, eventually, said

__all__ = ["Turns"]


class Turns:
    """What one turn does, on any backend."""

    # --- who decides, and in which order --------------------------------------------------------

    def test_rules_that_name_their_senders_are_asked_before_rules_for_anyone(
        self, system: AgentSystem
    ) -> None:
        """Within each, the order is that of definition, whatever the methods are called."""
        base = system.spawn(cast.Base, "base")
        result = ask(base, "hello")
        assert base.call("know", "asked") == ["yak", "bee", "zebra", "ant"]
        assert result.stop.kind == "NO_RULE"

    def test_rules_of_a_subclass_come_before_those_of_its_base(self, system: AgentSystem) -> None:
        """Those for other senders are not asked at all."""
        derived = system.spawn(cast.Derived, "derived")
        ask(derived, "hello")
        asked = derived.call("know", "asked")
        assert asked == ["newt", "yak", "bee", "mole", "zebra", "ant"]

    def test_an_overridden_rule_keeps_its_own_single_place(self, system: AgentSystem) -> None:
        """It is asked once, where the base had it."""
        overridden = system.spawn(cast.Overridden, "overridden")
        ask(overridden, "hello")
        assert overridden.call("know", "asked") == ["my yak", "bee", "zebra", "ant"]

    @pytest.mark.parametrize(
        ("sender", "name", "expected"),
        [
            (cast.Says, "nora", "name"),
            (cast.Counts, "carl", "class"),
            (cast.Says, "vip-1", "predicate"),
            (cast.Says, "olga", "list"),
            (cast.Human, "hans", "list"),
            (cast.Says, "fred", "asked"),
            (cast.Says, "someone else", "anyone"),
        ],
    )
    def test_a_rule_answers_whom_it_names_in_any_of_the_ways_there_are(
        self, system: AgentSystem, sender: type[ConversableAgent], name: str, expected: str
    ) -> None:
        """A name, a class, a predicate, a list of these, or ``lambda self: [...]``."""
        door = system.spawn(cast.Doorkeeper, "door", friend="fred")
        result = sender(name).initiate_chat(door, "knock", silent=True, max_turns=2)
        assert said(result)[-1] == expected

    def test_a_list_of_senders_is_asked_afresh_at_each_message(self, system: AgentSystem) -> None:
        """Whoever becomes a friend later is recognised from then on."""
        door = system.spawn(cast.Doorkeeper, "door")
        before = ask(door, "knock")
        door.call("learn", "friend", "user")
        assert (said(before)[-1], said(ask(door, "knock"))[-1]) == ("anyone", "asked")

    def test_a_rule_can_name_a_sender_by_its_ref(self, system: AgentSystem) -> None:
        """An agent, its ref and its name do equally."""
        friend = system.spawn(cast.Says, "friend", None)
        door = system.spawn(cast.Doorkeeper, "door", friend=friend)
        assert said(friend.initiate_chat(door, "knock", silent=True))[-1] == "asked"

    def test_what_a_rule_returns_that_is_not_final_is_discarded(self, system: AgentSystem) -> None:
        """The next rule is asked, and here there is none."""
        shy = system.spawn(cast.Returns, "shy", (False, "never sent"))
        result = ask(shy, "hello")
        assert (said(result), result.stop.kind) == (["hello"], "NO_RULE")

    def test_the_default_reply_is_sent_when_no_rule_is_final(self, system: AgentSystem) -> None:
        """It stands for the rule that is missing."""
        agent = system.spawn(cast.Player, "agent", default_auto_reply="by default")
        assert said(ask(agent, "hello")) == ["hello", "by default"]

    @pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
    def test_sync_and_async_rules_do_the_same(self, system: AgentSystem, later: bool) -> None:
        """A question that goes through both kinds of agent comes back the same."""
        kinds = (cast.Asks, cast.AsksLater) if later else (cast.AsksLater, cast.Asks)
        system.spawn(cast.Says, "carol", "carol")
        system.spawn(kinds[0], "bob", {"alice": ["carol"]})
        alice = system.spawn(kinds[1], "alice", {"user": ["bob"]})
        assert said(ask(alice, "who?"))[-1] == "alice(bob(carol))"

    # --- messages -------------------------------------------------------------------------------

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
        """Whichever it is, a message arrives, and it is a mapping too."""
        agent = system.spawn(cast.Says, "agent", reply)
        message = ask(agent, "hello").last_message
        assert message is not None
        assert (message.content, message["content"]) == (expected, expected)
        assert "unknown" not in message

    def test_what_goes_along_with_a_message_arrives_with_it(self, system: AgentSystem) -> None:
        """All of the keys that are kept, and no other."""
        sent = {
            "content": None,
            "role": "tool",
            "name": "n",
            "metadata": {"deep": [1, {"a": (2, 3)}]},
            "context": {"x": 1},
            "tool_calls": [{"id": "7"}],
            "tool_call_id": "7",
        }
        agent = system.spawn(cast.Returns, "agent", (True, {**sent, "other": 1}))
        message = ask(agent, "hello").last_message
        assert message is not None
        assert {key: message.get(key) for key in sent} == sent
        assert message.metadata["deep"][1]["a"] == (2, 3)

    def test_what_an_agent_does_to_a_message_no_other_sees(self, system: AgentSystem) -> None:
        """A message refuses to be changed; an object that could be is copied for each agent."""
        giver = system.spawn(cast.Boxes, "giver")
        meddler = system.spawn(cast.Meddles, "meddler")
        message = {"content": "take", "metadata": {"tags": ["a"], "box": cast.Box(1)}}
        result = giver.initiate_chat(meddler, message, silent=True, max_turns=2)
        assert said(result) == ["take", "refused 6"]
        assert meddler.call("seen", "giver") == [99]
        assert giver.call("seen", "meddler") == [1]
        assert result.transcript[0].metadata["box"].value == 1
        assert message["metadata"]["box"].value == 1  # type: ignore[index]

    def test_what_a_sender_does_to_its_message_afterwards_nobody_sees(
        self, system: AgentSystem
    ) -> None:
        """Sent is sent: neither the receiver's history changes nor the transcript."""
        giver = system.spawn(cast.Boxes, "giver")
        taker = system.spawn(cast.Meddles, "taker", max_consecutive_auto_reply=0)
        result = taker.initiate_chat(giver, "give", silent=True)
        giver.call("change", 5)
        assert taker.call("seen", "giver") == [1]
        assert giver.call("seen", "taker") == [1]
        assert result.transcript[-1].metadata["box"].value == 1

    # --- history --------------------------------------------------------------------------------

    def test_each_keeps_its_own_words_as_assistant_and_its_peers_as_user(
        self, system: AgentSystem
    ) -> None:
        """The two histories mirror each other."""
        agent = system.spawn(cast.Says, "agent", "Hello, world!")
        user = cast.Says("user", None)
        user.initiate_chat(agent, "hello", silent=True)
        assert user.heard("agent") == [("assistant", "hello"), ("user", "Hello, world!")]
        assert agent.call("heard", "user") == [("user", "hello"), ("assistant", "Hello, world!")]

    def test_a_new_conversation_clears_the_history_of_the_two_unless_told_otherwise(
        self, system: AgentSystem
    ) -> None:
        """What they said to others is kept either way."""
        agent = system.spawn(cast.Says, "agent")
        user, other = cast.Says("user", None), cast.Says("other", None)
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
        """None at all: ``None``; several: ``ValueError``; a stranger: ``KeyError``."""
        agent = system.spawn(cast.Says, "agent")
        assert agent.call("ask_for_last") is None
        ask(agent, "one")
        assert agent.call("ask_for_last") == "agent heard one"
        cast.Says("other", None).initiate_chat(agent, "two", silent=True)
        assert agent.call("ask_for_last", "other") == "agent heard two"
        with pytest.raises(Exception, match="ValueError"):
            agent.call("ask_for_last")
        with pytest.raises(Exception, match="KeyError"):
            agent.call("ask_for_last", "stranger")

    def test_clearing_the_history_forgets_one_peer_or_everyone(self, system: AgentSystem) -> None:
        """``clear_history("user")`` and ``clear_history()``."""
        agent = system.spawn(cast.Says, "agent")
        ask(agent, "one")
        cast.Says("other", None).initiate_chat(agent, "two", silent=True)
        agent.call("clear_history", "user")
        assert agent.call("heard", "user") == []
        assert len(agent.call("heard", "other")) == 2
        agent.call("clear_history")
        assert agent.call("heard", "other") == []

    def test_a_rule_that_forgets_everything_still_records_its_answer(
        self, system: AgentSystem
    ) -> None:
        """``clear_history()`` in the midst of a turn."""
        agent = system.spawn(cast.Forgets, "agent")
        assert said(ask(agent, "hello")) == ["hello", "what?"]
        assert agent.call("heard", "user") == [("assistant", "what?")]

    # --- conversations --------------------------------------------------------------------------

    def test_an_agent_is_meant_by_its_object_its_ref_or_its_name(self, system: AgentSystem) -> None:
        """The transcripts are equal."""
        system.spawn(cast.Says, "agent", "hi")
        user = system.spawn(cast.Says, "user", None)
        by_ref = user.initiate_chat(system.agent("agent"), "hello", silent=True)
        by_name = user.initiate_chat("agent", "hello", silent=True)
        system.agent("agent").close()
        by_object = user.initiate_chat(cast.Says("agent", "hi"), "hello", silent=True)
        assert by_ref.transcript == by_name.transcript == by_object.transcript

    def test_an_agent_of_the_callers_process_answers_hosted_ones(self, system: AgentSystem) -> None:
        """A local agent object is begun with, asked in turn, and addressed by others' turns."""
        alice = system.spawn(cast.Asks, "alice", {"user": ["bob"]})
        system.spawn(cast.Asks, "bob", {"alice": ["user"]})
        user = cast.Asks("user")
        result = user.initiate_chat(alice, "who?", silent=True)
        assert said(result)[-1] == "alice(bob(user()))"
        assert "user" not in [ref.name for ref in system.agents()]

    def test_a_conversation_of_two_local_objects_needs_no_spawn(self, system: AgentSystem) -> None:
        """They are hosted, in the one system that is open, for as long as they converse."""
        system.spawn(cast.Says, "witness")
        carl = cast.Counts("carl", max_consecutive_auto_reply=2)
        result = cast.Counts("cleo").initiate_chat(carl, "1", silent=True)
        assert said(result) == ["1", "2", "3", "4", "5"]
        assert (result.stop.kind, result.stop.agent) == ("MAX_AUTO_REPLY", "carl")
        assert [ref.name for ref in system.agents()] == ["witness"]

    def test_started_conversations_go_on_side_by_side(self, system: AgentSystem) -> None:
        """``start_chat`` gives the `Chat` at once; results come in any order."""
        agents = system.spawn_many(cast.Says, ("a", "b", "c"))
        chats = [
            cast.Says(f"user-{ref.name}", None).start_chat(ref, "hi", silent=True) for ref in agents
        ]
        answers = [said(chat.result())[-1] for chat in reversed(chats)]
        assert answers == ["c heard hi", "b heard hi", "a heard hi"]
        assert all(chat.done() for chat in chats)

    def test_a_conversation_can_be_awaited(self, system: AgentSystem) -> None:
        """Several at once, from the caller's own event loop, which goes on meanwhile."""
        agents = system.spawn_many(cast.Says, ("a", "b", "c"))

        async def main() -> list[Any]:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                for _ in range(3):
                    await asyncio.sleep(0)
                    ticks += 1

            user = cast.Says("user", None)
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
        """Plain or ``async def``."""
        agent = system.spawn(cast.Says, "agent", "hi")
        assert agent.call("know", "reply") == "hi"
        agent.call("update_system_message", "be kind")
        assert agent.call("know", "system_message") == "be kind"

    def test_agents_are_found_by_name_and_listed(self, system: AgentSystem) -> None:
        """``system.agent`` and ``system.agents``; a ref is equal wherever it came from."""
        spawned = system.spawn(cast.Says, "alice")
        assert system.agent("alice") == spawned
        assert spawned in system.agents()
        assert {spawned: 1}[AgentRef("alice", spawned.system)] == 1

    def test_a_closed_agent_is_not_found_any_more_and_frees_its_name(
        self, system: AgentSystem
    ) -> None:
        """Another can take the name at once."""
        system.spawn(cast.Says, "alice", "one").close()
        with pytest.raises(AgentNotFoundError):
            system.agent("alice")
        again = system.spawn(cast.Says, "alice", "two")
        assert said(ask(again, "hello"))[-1] == "two"

    def test_a_hundred_users_at_one_agent_hear_only_what_is_theirs(
        self, system: AgentSystem
    ) -> None:
        """No cross-talk, in transcripts or histories."""
        agent = system.spawn(cast.Says, "agent")
        users = system.spawn_many(cast.Says, [f"user-{i}" for i in range(100)], None)
        chats = [ref.start_chat(agent, f"I am {ref.name}", silent=True) for ref in users]
        for ref, chat in zip(users, chats, strict=True):
            words = [f"I am {ref.name}", f"agent heard I am {ref.name}"]
            assert said(chat.result()) == words
            assert [content for _, content in agent.call("heard", ref.name)] == words

    # --- the console ----------------------------------------------------------------------------

    def test_what_is_said_is_shown_in_order_unless_it_is_to_be_silent(
        self, system: AgentSystem, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As whoever received it shows it: names, content, and a line."""
        system.spawn(cast.Says, "bob", "I am Bob")
        alice = system.spawn(cast.Asks, "alice", {"user": ["bob"]})
        result = cast.Says("user", None).initiate_chat(alice, "who?")
        shown = "".join(
            f"{e.sender} (to {e.recipient}):\n\n{e.content}\n\n{'-' * 80}\n"
            for e in result.transcript
        )
        assert capsys.readouterr().out == shown
        ask(alice, "who?")
        assert capsys.readouterr().out == ""

    def test_a_human_is_asked_at_the_console_of_whoever_began_the_conversation(
        self, system: AgentSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Wherever the agent lives that asks."""
        prompts, answers = [], ["", "typed", "exit"]

        def type_in(prompt: str) -> str:
            prompts.append(prompt)
            return answers.pop(0)

        monkeypatch.setattr("builtins.input", type_in)
        human = system.spawn(cast.Says, "human", "auto", human_input_mode="ALWAYS")
        result = cast.Says("user", "m").initiate_chat(human, "m", silent=True)
        assert (result.stop.kind, said(result)) == ("HUMAN_EXIT", ["m", "auto", "m", "typed", "m"])
        assert all("Provide feedback to user" in prompt for prompt in prompts)

    def test_a_console_that_is_closed_ends_the_conversation(
        self, system: AgentSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As ``exit`` does."""

        def closed(prompt: str) -> str:
            raise EOFError

        monkeypatch.setattr("builtins.input", closed)
        human = system.spawn(cast.Says, "human", human_input_mode="ALWAYS")
        assert ask(human, "m").stop.kind == "HUMAN_EXIT"

    # --- messages that want no answer -----------------------------------------------------------

    def test_what_is_told_is_answered_in_a_later_turn(self, system: AgentSystem) -> None:
        """``tell`` waits for nothing, and what comes back is an ordinary message."""
        bob = system.spawn(cast.Says, "bob")
        alice = system.spawn(cast.Tells, "alice", "bob")
        assert said(ask(alice, "hello")) == ["hello", "told"]
        eventually(lambda: alice.call("know", "order") == ["user", "bob"])
        assert bob.call("heard", "alice") == [("user", "hello"), ("assistant", "bob heard hello")]
        assert alice.call("heard", "bob") == [("assistant", "hello"), ("user", "bob heard hello")]

    def test_a_message_can_be_delivered_without_asking_for_an_answer(
        self, system: AgentSystem
    ) -> None:
        """``request_reply=False``: it is recorded, and no rule is asked."""
        bob = system.spawn(cast.Says, "bob")
        alice = system.spawn(cast.Sends, "alice", "bob", sending={"request_reply": False})
        assert said(ask(alice, "hello")) == ["hello", "hello", "sent: NO_REPLY"]
        assert bob.call("heard", "alice") == [("user", "hello")]

    def test_an_agent_told_not_to_reply_to_someone_is_silent_to_them_only(
        self, system: AgentSystem
    ) -> None:
        """``stop_reply_at_receive``, until they begin a new conversation."""
        bob = system.spawn(cast.Says, "bob")
        alice = system.spawn(cast.Sends, "alice", "bob")
        bob.call("stop_reply_at_receive", "alice")
        assert said(ask(alice, "hello"))[-1] == "sent: NO_REPLY"
        assert bob.call("heard", "alice") == [("user", "hello")]
        assert said(ask(bob, "hello"))[-1] == "bob heard hello"
        assert said(alice.initiate_chat(bob, "again", silent=True))[-1] == "bob heard again"

    def test_an_agent_told_not_to_reply_at_all_is_silent_to_everyone(
        self, system: AgentSystem
    ) -> None:
        """Without a name it means anyone."""
        bob = system.spawn(cast.Says, "bob")
        alice = system.spawn(cast.Sends, "alice", "bob")
        bob.call("stop_reply_at_receive")
        assert said(ask(alice, "hello"))[-1] == "sent: NO_REPLY"
