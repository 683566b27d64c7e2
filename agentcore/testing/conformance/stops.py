"""Conformance: why a conversation stops."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.protocol.conditions import Elapsed, External, MaxMessages, SourceMatch, TextMention
from agentcore.protocol.transcript import StopKind
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance.suite import ask, eventually, said

__all__ = ["Stops"]

ALL_AT_ONCE: list[tuple[str, dict[str, Any]]] = [
    ("TERMINATE", {"metadata": {"TERMINATE": True}}),
    ("TERMINATION_MESSAGE", {"content": "enough for a day"}),
    ("CONDITION", {"until": MaxMessages(1)}),
    ("MAX_TURNS", {"max_turns": 1}),
    ("MAX_AUTO_REPLY", {}),
]


class Stops:
    """Each reason to stop, and which of several is named, on any backend."""

    # --- the kinds ------------------------------------------------------------------------------

    def test_a_rule_that_answers_nothing_stops_with_no_reply(self, system: AgentSystem) -> None:
        """The reason names agent, rule and message."""
        agent = system.spawn(cast.Says, "agent", None)
        stop = ask(agent, "hello").stop
        assert (stop.kind, stop.agent, stop.rule) == ("NO_REPLY", "agent", "say")
        assert stop.message is not None
        assert stop.message.content == "hello"

    def test_an_agent_without_a_final_rule_stops_with_no_rule(self, system: AgentSystem) -> None:
        """Where no rule decides, and there is no default reply."""
        agent = system.spawn(cast.Player, "agent")
        stop = ask(agent, "hello").stop
        assert (stop.kind, stop.agent, stop.rule) == ("NO_RULE", "agent", None)

    def test_a_message_with_terminate_in_its_metadata_is_recorded_and_not_answered(
        self, system: AgentSystem
    ) -> None:
        """The one who receives it stops."""
        agent = system.spawn(cast.Says, "agent", {"content": "x", "metadata": {"TERMINATE": 1}})
        user = cast.Says("user", "never said")
        result = ask(agent, "hello", user)
        assert (result.stop.kind, result.stop.agent) == ("TERMINATE", "user")
        assert said(result) == ["hello", "x"]
        assert user.heard("agent")[-1] == ("user", "x")

    @pytest.mark.parametrize("value", [False, None, 0, ""])
    def test_only_a_true_terminate_stops(self, system: AgentSystem, value: Any) -> None:
        """A false one is data like any other."""
        agent = system.spawn(cast.Says, "agent", None)
        result = ask(agent, {"content": "x", "metadata": {"TERMINATE": value}})
        assert result.stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("text", ["TERMINATE", "done, TERMINATE \n"])
    def test_a_message_that_ends_with_terminate_stops(self, system: AgentSystem, text: str) -> None:
        """The default ``is_termination_msg``."""
        agent = system.spawn(cast.Says, "agent")
        result = ask(agent, text)
        assert (result.stop.kind, said(result)) == ("TERMINATION_MESSAGE", [text])
        assert agent.call("heard", "user") == [("user", text)]

    def test_an_agent_may_know_its_own_termination_messages(self, system: AgentSystem) -> None:
        """``is_termination_msg`` replaces the default."""
        agent = system.spawn(cast.Says, "agent", None, is_termination_msg=cast.calls_it_a_day)
        assert ask(agent, "call it a day").stop.kind == "TERMINATION_MESSAGE"
        assert ask(agent, "not yet TERMINATE").stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("limit", [0, 1, 3])
    def test_an_agent_answers_as_often_as_its_limit_allows_and_no_more(
        self, system: AgentSystem, limit: int
    ) -> None:
        """``max_consecutive_auto_reply`` is exactly reached; the message after it is recorded."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=limit)
        result = cast.Counts("user").initiate_chat(agent, "0", silent=True)
        assert (result.stop.kind, result.stop.agent) == ("MAX_AUTO_REPLY", "agent")
        assert said(result) == [str(n) for n in range(2 * limit + 1)]
        assert len(agent.call("heard", "user")) == 2 * limit + 1

    def test_the_limit_counts_each_conversation_anew(self, system: AgentSystem) -> None:
        """Also with one whose history is kept, and with another peer."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=2)
        user = cast.Counts("user")
        for clear in (True, False):
            result = user.initiate_chat(agent, "0", silent=True, clear_history=clear)
            assert result.turns == 5
        assert cast.Counts("other").initiate_chat(agent, "0", silent=True).turns == 5

    def test_the_limit_can_be_set_for_one_sender(self, system: AgentSystem) -> None:
        """``update_max_consecutive_auto_reply(value, sender)``."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=3)
        agent.call("update_max_consecutive_auto_reply", 1, "user")
        assert cast.Counts("user").initiate_chat(agent, "0", silent=True).turns == 3
        assert cast.Counts("other").initiate_chat(agent, "0", silent=True).turns == 7
        agent.call("update_max_consecutive_auto_reply", 2)
        assert cast.Counts("user").initiate_chat(agent, "0", silent=True).turns == 5

    def test_without_a_limit_the_budget_stops_it(self, system: AgentSystem) -> None:
        """``-1`` is any number; a conversation never has more than ``max_turns`` messages."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=-1)
        user = cast.Counts("user", max_consecutive_auto_reply=-1)
        result = user.initiate_chat(agent, "0", silent=True, max_turns=501)
        assert (result.stop.kind, result.turns) == ("MAX_TURNS", 501)
        assert result.last_message is not None
        assert result.last_message.content == "500"
        assert len(agent.call("heard", "user")) == 501  # the one that reached it was recorded

    def test_a_conversation_is_flat(self, system: AgentSystem) -> None:
        """3,000 turns at the default recursion limit; no reply is nested in another."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=-1)
        user = cast.Counts("user", max_consecutive_auto_reply=-1)
        assert user.initiate_chat(agent, "0", silent=True, max_turns=3000).turns == 3000

    # --- which of several is named --------------------------------------------------------------

    @pytest.mark.parametrize("first", range(len(ALL_AT_ONCE)), ids=[k for k, _ in ALL_AT_ONCE])
    def test_of_several_reasons_that_hold_at_once_the_first_in_order_is_named(
        self, system: AgentSystem, first: int
    ) -> None:
        """All of the reasons from this one on hold at the first message."""
        options: dict[str, Any] = {"content": "hello"}
        for _, holds in ALL_AT_ONCE[first:]:
            options |= holds
        message = {key: options.pop(key) for key in ("content", "metadata") if key in options}
        agent = system.spawn(
            cast.Says, "agent", max_consecutive_auto_reply=0, is_termination_msg=cast.calls_it_a_day
        )
        result = ask(agent, message, **options)
        assert result.stop.kind == ALL_AT_ONCE[first][0]
        assert (result.turns, len(agent.call("heard", "user"))) == (1, 1)

    # --- conditions -----------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("until", "turns", "detail"),
        [
            (MaxMessages(4), 4, "MaxMessages(4)"),
            (TextMention("3"), 4, "TextMention('3')"),
            (SourceMatch("agent"), 2, "SourceMatch('agent')"),
            (MaxMessages(9) | TextMention("5") & SourceMatch("user"), 6, "&"),
        ],
        ids=repr,
    )
    def test_a_condition_stops_it_and_is_named(
        self, system: AgentSystem, until: Any, turns: int, detail: str
    ) -> None:
        """At either side, and the message at which it came to hold is not answered."""
        agent = system.spawn(cast.Counts, "agent")
        result = cast.Counts("user").initiate_chat(agent, "0", silent=True, until=until)
        assert (result.stop.kind, result.turns) == ("CONDITION", turns)
        assert detail in result.stop.detail

    def test_a_plain_predicate_of_the_transcript_is_a_condition(self, system: AgentSystem) -> None:
        """It sees the messages of nested conversations too."""
        system.spawn(cast.Says, "bob", "deep")
        alice = system.spawn(cast.Asks, "alice", {"user": ["bob"]})
        user = cast.Says("user", "more?")
        result = ask(alice, "who?", user, until=lambda seen: any(e.depth for e in seen))
        assert (result.stop.kind, said(result)[-1]) == ("CONDITION", "alice(deep)")

    def test_a_condition_that_raises_fails_the_conversation(self, system: AgentSystem) -> None:
        """At whichever message it does."""
        agent = system.spawn(cast.Counts, "agent")
        for turns in (1, 2, 3):

            def broken(seen: Any, turns: int = turns) -> bool:
                return len(seen) >= turns and bool(1 / 0)

            with pytest.raises(ReplyError, match=r"rule until .* ZeroDivisionError"):
                cast.Counts("user").initiate_chat(agent, "0", silent=True, until=broken)

    def test_conditions_of_time_and_of_somebody_outside_stop_it(self, system: AgentSystem) -> None:
        """``Elapsed`` and ``External``."""
        agent = system.spawn(cast.Counts, "agent")
        user = cast.Counts("user")
        switch = External()
        switch.set()
        assert user.initiate_chat(agent, "0", silent=True, until=switch).turns == 1
        result = user.initiate_chat(agent, "0", silent=True, until=Elapsed(1e-9))
        assert result.stop.kind in (
            "CONDITION",
            "MAX_AUTO_REPLY",
        )  # a virtual clock may stand still

    # --- the budget -----------------------------------------------------------------------------

    @pytest.mark.parametrize("max_turns", range(1, 8))
    def test_nested_conversations_draw_on_the_budget(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """A transcript never has more than ``max_turns`` messages, nested ones included."""
        system.spawn(cast.Says, "carol", "c")
        system.spawn(cast.Asks, "bob", {"alice": ["carol"]})
        alice = system.spawn(cast.Asks, "alice", {"user": ["bob"]})
        result = ask(alice, "who?", cast.Says("user", "more?"), max_turns=max_turns)
        whole = ["who?", "who?", "who?", "c", "bob(c)", "alice(bob(c))", "more?"]
        assert said(result) == whole[:max_turns]
        assert result.stop.kind == "MAX_TURNS"

    def test_a_send_that_finds_the_budget_spent_delivers_nothing_and_stops_it(
        self, system: AgentSystem
    ) -> None:
        """The error, not caught, stops the conversation with ``MAX_TURNS``, and is no failure."""
        bob, carol = system.spawn_many(cast.Says, ("bob", "carol"))
        alice = system.spawn(cast.Asks, "alice", {"user": ["bob", "carol"]})
        result = ask(alice, "who?", max_turns=2)
        assert (result.stop.kind, said(result)) == ("MAX_TURNS", ["who?", "who?"])
        assert bob.call("heard", "alice") == [("user", "who?")]
        assert carol.call("heard", "alice") == alice.call("heard", "carol") == []

    def test_a_rule_can_catch_that_the_budget_is_spent(self, system: AgentSystem) -> None:
        """It finds no turn left for its own answer either."""
        system.spawn(cast.Says, "bob")
        alice = system.spawn(cast.Begins, "alice", "twice", "bob")
        result = ask(alice, "go", max_turns=2)
        assert (result.stop.kind, said(result)) == ("MAX_TURNS", ["go", "go"])
        assert "max_turns" in alice.call("know", "caught")

    def test_a_nested_conversation_of_few_turns_takes_no_more_from_the_budget_than_it_used(
        self, system: AgentSystem
    ) -> None:
        """``initiate_chat(max_turns=2)`` in a turn leaves the rest to the turn."""
        system.spawn(cast.Counts, "counter")
        for how in ("initiate", "initiate_later"):
            agent = system.spawn(cast.Begins, f"agent-{how}", how, "counter", max_turns=2)
            result = ask(agent, "1", cast.Says("user", "1"), max_turns=8)
            assert said(result) == ["1", "1", "2", "MAX_TURNS"] * 2

    def test_what_is_told_has_half_of_the_budget(self, system: AgentSystem) -> None:
        """Tellers that tell each other in a circle come to an end, within the budget."""
        circle = {"a": "b", "b": "c", "c": "a"}
        refs = [system.spawn(cast.Tells, name, peer) for name, peer in circle.items()]
        ask(refs[0], "hello", max_turns=64)
        eventually(lambda: len(refs[0].call("know", "order")) > 2)
        assert sum(len(ref.call("know", "order")) for ref in refs) <= 64

    # --- humans ---------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("mode", "limit", "message", "answers", "kind", "transcript"),
        [
            ("ALWAYS", 0, "m", ["", "exit"], "HUMAN_EXIT", "m auto m"),
            ("ALWAYS", 5, "m", ["exit"], "HUMAN_EXIT", "m"),
            ("ALWAYS", 5, "m", [None], "HUMAN_EXIT", "m"),
            ("ALWAYS", 5, "m", ["typed", "exit"], "HUMAN_EXIT", "m typed m"),
            ("ALWAYS", 5, "day", [""], "TERMINATION_MESSAGE", "day"),
            ("ALWAYS", 5, "day", ["go-on", "exit"], "HUMAN_EXIT", "day go-on day"),
            ("TERMINATE", 1, "m", ["exit"], "HUMAN_EXIT", "m auto m"),
            ("TERMINATE", 1, "m", ["", "exit"], "HUMAN_EXIT", "m auto m auto m"),
            ("TERMINATE", 1, "m", ["typed", "exit"], "HUMAN_EXIT", "m auto m typed m auto m"),
            ("TERMINATE", 1, "day", [""], "TERMINATION_MESSAGE", "day"),
            ("TERMINATE", 1, "day", ["typed", "exit"], "HUMAN_EXIT", "day typed day"),
            ("NEVER", 1, "m", [], "MAX_AUTO_REPLY", "m auto m"),
            ("NEVER", 1, "day", [], "TERMINATION_MESSAGE", "day"),
        ],
    )  # fmt: skip
    def test_a_human_is_asked_as_the_mode_says(
        self,
        system: AgentSystem,
        mode: str,
        limit: int,
        message: str,
        answers: list[str | None],
        kind: str,
        transcript: str,
    ) -> None:
        """Empty goes on or stops, ``exit`` or a closed console stops, text is sent."""
        human = system.spawn(
            cast.Human, "human", answers, is_termination_msg=cast.calls_it_a_day,
            human_input_mode=mode, max_consecutive_auto_reply=limit,
        )  # fmt: skip
        peer = cast.Says("peer", message)
        result = peer.initiate_chat(human, message, silent=True)
        assert (result.stop.kind, said(result)) == (kind, transcript.split())
        assert human.call("know", "answers") == []
        assert all("peer" in prompt for prompt in human.call("know", "prompts"))

    def test_a_humans_words_count_the_automatic_replies_anew(self, system: AgentSystem) -> None:
        """Two automatic replies, then the human's, then two more before it is asked again."""
        human = system.spawn(
            cast.Human, "human", ["typed", "exit"],
            human_input_mode="TERMINATE", max_consecutive_auto_reply=2,
        )  # fmt: skip
        result = cast.Says("peer", "m").initiate_chat(human, "m", silent=True)
        assert said(result)[1::2] == ["auto", "auto", "typed", "auto", "auto"]

    # --- time -----------------------------------------------------------------------------------

    def test_a_recipient_that_never_answers_is_given_up_at_the_timeout(
        self, system: AgentSystem
    ) -> None:
        """``ChatTimeoutError``, with what there is of the conversation."""
        never = system.spawn(cast.Never, "never")
        user = cast.Says("user", None)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(never, "hello", user, timeout=0.2)
        assert caught.value.result is not None
        assert caught.value.result.stop.kind == "DEADLINE"
        assert said(caught.value.result) == ["hello"]
        assert user.heard("never") == [("assistant", "hello")]

    @pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
    def test_a_deadline_travels_to_nested_conversations(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The reason is the deadline, wherever the conversation was when it came."""
        system.spawn(cast.Never, "never")
        agent = system.spawn(cast.Sends, "agent", "never", later=later)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(agent, "hello", timeout=0.2)
        assert caught.value.result is not None
        assert caught.value.result.stop.kind == "DEADLINE"

    @pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
    def test_a_send_may_have_a_timeout_of_its_own(self, system: AgentSystem, later: bool) -> None:
        """It is raised in the rule, which can go on."""
        system.spawn(cast.Never, "never")
        agent = system.spawn(
            cast.Sends, "agent", "never", later=later, catches=True, sending={"timeout": 0.1}
        )
        assert said(ask(agent, "hello")) == ["hello", "hello", "caught ChatTimeoutError"]

    def test_a_conversation_that_stops_in_time_has_no_deadline_left(
        self, system: AgentSystem
    ) -> None:
        """Its timeout harms none that comes after it."""
        agent = system.spawn(cast.Says, "agent")
        first = ask(agent, "hello", timeout=30)
        assert (first.stop.kind, ask(agent, "hello").turns) == ("NO_REPLY", 2)

    def test_asking_for_a_result_in_vain_leaves_the_conversation_alone(
        self, system: AgentSystem
    ) -> None:
        """``result(timeout)`` gives up; the conversation goes on, until it is cancelled."""
        never = system.spawn(cast.Never, "never")
        chat = cast.Says("user", None).start_chat(never, "hello", silent=True)
        with pytest.raises(ChatTimeoutError, match="goes on"):
            chat.result(0.05)
        assert not chat.done()
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    # --- cancelled ------------------------------------------------------------------------------

    def test_a_conversation_can_be_cancelled_as_soon_as_it_was_started(
        self, system: AgentSystem
    ) -> None:
        """Whether or not its first message has been delivered yet."""
        agent = system.spawn(cast.Counts, "agent", max_consecutive_auto_reply=-1)
        user = system.spawn(cast.Counts, "user", max_consecutive_auto_reply=-1)
        chat = user.start_chat(agent, "0", silent=True, max_turns=1_000_000)
        assert chat.cancel()
        began = time.monotonic()
        result = chat.result()
        assert result.stop.kind == "CANCELLED"
        assert time.monotonic() - began < 30
        assert not chat.cancel()
        assert [int(text) for text in said(result)] == list(range(result.turns))

    def test_a_conversation_that_is_awaited_in_vain_is_cancelled_with_its_task(
        self, system: AgentSystem
    ) -> None:
        """``asyncio.timeout`` around ``a_initiate_chat`` ends both."""
        never = system.spawn(cast.Never, "never")
        user = cast.Says("user", None)

        async def main() -> None:
            async with asyncio.timeout(0.2):
                await user.a_initiate_chat(never, "hello", silent=True)

        with pytest.raises(TimeoutError):
            asyncio.run(main())
        assert ask(system.spawn(cast.Says, "agent"), "hello", user).stop.kind == "NO_REPLY"

    def test_every_kind_is_a_text(self, system: AgentSystem) -> None:
        """``result.stop.kind == "NO_REPLY"``, and it can be printed."""
        stop = ask(system.spawn(cast.Says, "agent", None), "hello").stop
        assert stop.kind is StopKind.NO_REPLY
        assert str(stop) == "NO_REPLY at agent, rule say"
