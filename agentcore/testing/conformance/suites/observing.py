"""Conformance: what one sees of a conversation while it goes on."""

from __future__ import annotations

import pytest

from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks

__all__ = ["Observing"]


class Observing:
    """What is printed, what is logged, and what a condition is shown."""

    def test_a_silent_system_prints_nothing(
        self, system: AgentSystem, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Whatever the conversation is given, and nested ones and those of refs neither."""
        with connect(system._runtime.core.backend, silent=True) as quiet:
            quiet.spawn(Says, "bob", "I am Bob")
            alice = quiet.spawn(Asks, "alice", {"user": ["bob"]})
            user = quiet.spawn(Says, "user", None)
            for options in ({}, {"silent": False}):
                result = user.initiate_chat(alice, "who?", **options)
                assert result.turns == 4
        assert capsys.readouterr().out == ""
