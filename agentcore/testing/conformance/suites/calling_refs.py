"""Conformance: methods that turns call through refs."""

from __future__ import annotations

from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.calling_refs import (
    CallsAtOnce,
    CallsInTools,
    GivesUpACall,
    Knows,
)
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["CallingRefs"]


class CallingRefs:
    """``ref.call`` and ``ref.a_call`` in the midst of a turn."""

    def test_calls_at_once_have_the_budget_in_turn(self, system: AgentSystem) -> None:
        """As several ``a_send`` at once have it."""
        peers = system.spawn_many(Knows, ("bob", "carol", "dave"))
        asker = system.spawn(CallsAtOnce, "asker", peers)
        assert said(ask(asker, "well?"))[-1] == "bob, carol, dave"

    def test_a_turn_goes_on_after_a_call_that_it_gave_up(self, system: AgentSystem) -> None:
        """It can ask others, and answer; what comes of that call later is nobody's."""
        slow, other = system.spawn_many(Knows, ("slow", "other"))
        asker = system.spawn(GivesUpACall, "asker", slow, other)
        result = ask(asker, "well?")
        assert (said(result)[-1], str(result.stop.kind)) == ("gave up; other", "NO_REPLY")

    def test_tools_at_once_may_call_methods_of_others(self, system: AgentSystem) -> None:
        """Each on a thread of its own: one after the other, they have the turn's budget."""
        bob = system.spawn(Knows, "bob")
        calls = [tool_call("look_up", each, what=each) for each in ("a", "b")]
        model = ScriptedModel(calls, "done")
        asker = system.spawn(CallsInTools, "asker", bob, llm=model)
        assert said(ask(asker, "well?"))[-1] == "done"
        assert tool_results(model) == [("a", "a: bob"), ("b", "b: bob")]
