"""Conformance: conditions of ``until=``."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.conditions import Elapsed, External, MaxMessages, SourceMatch, TextMention
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Conditions"]


class Conditions:
    """Conditions and predicates that stop a conversation."""

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
        """Either side may meet it, and the message that made it hold is not answered."""
        agent = system.spawn(Counts, "agent")
        result = Counts("user").initiate_chat(agent, "0", silent=True, until=until)
        assert (result.stop.kind, result.turns) == ("CONDITION", turns)
        assert detail in result.stop.detail

    def test_a_plain_predicate_of_the_transcript_is_a_condition(self, system: AgentSystem) -> None:
        """The predicate sees the messages of nested conversations, too."""
        system.spawn(Says, "bob", "deep")
        alice = system.spawn(Asks, "alice", {"user": ["bob"]})
        user = Says("user", "more?")
        result = ask(alice, "who?", user, until=lambda seen: any(e.depth for e in seen))
        assert (result.stop.kind, said(result)[-1]) == ("CONDITION", "alice(deep)")

    def test_a_condition_that_raises_fails_the_conversation(self, system: AgentSystem) -> None:
        """It may raise at the first message or at a later one."""
        agent = system.spawn(Counts, "agent")
        for turns in (1, 2, 3):

            def broken(seen: Any, turns: int = turns) -> bool:
                return len(seen) >= turns and bool(1 / 0)

            with pytest.raises(ReplyError, match=r"rule until .* ZeroDivisionError"):
                Counts("user").initiate_chat(agent, "0", silent=True, until=broken)

    def test_conditions_of_time_and_of_somebody_outside_stop_it(self, system: AgentSystem) -> None:
        """These are ``Elapsed`` and ``External``."""
        agent = system.spawn(Counts, "agent")
        user = Counts("user")
        switch = External()
        switch.set()
        assert user.initiate_chat(agent, "0", silent=True, until=switch).turns == 1
        result = user.initiate_chat(agent, "0", silent=True, until=Elapsed(1e-9))
        assert result.stop.kind in (
            "CONDITION",
            "MAX_AUTO_REPLY",
        )  # a virtual clock may stand still
