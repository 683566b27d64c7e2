"""Conformance: functions that a model computes."""

from __future__ import annotations

import pytest

from agentcore.base.errors import OutputError
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.protocol.model_api import Completion, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.chat_models import Stuck
from agentcore.testing.conformance.agents.model_users import Judge
from agentcore.testing.conformance.dialogue import ask, eventually, said
from agentcore.testing.conformance.model_scripts import AT_ONCE_AND_LATER, timed
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Prompts"]


class Prompts:
    """``@prompt``: texts and checked values."""

    def test_a_prompt_is_run_on_the_agents_model(self, system: AgentSystem) -> None:
        """One prompt returns a checked value, one a text; the reply has the usage of both."""
        model = ScriptedModel(
            Expect("good? tea", Completion('{"good": true, "reason": "hot"}', usage=Usage(1, 2))),
            Expect("Give tea a title.", Completion("Tea", usage=Usage(3, 4))),
        )  # fmt: skip
        judge = system.spawn(Judge, "judge", model)
        result = ask(judge, "tea")
        assert said(result)[-1] == "Tea: True, hot"
        assert result.usage == Usage(4, 6)
        assert judge.call("get_total_usage") == Usage(4, 6)
        assert model.calls[0].output is not None

    @AT_ONCE_AND_LATER
    @pytest.mark.parametrize("kind", [False, True], ids=["def", "async def"])
    def test_a_value_of_the_wrong_form_is_repaired_once(
        self, system: AgentSystem, kind: bool, later: bool
    ) -> None:
        """The model is told what was wrong, and its second answer is used."""
        script = [timed('{"good": "maybe"}', later), timed({"good": False, "reason": "x"}, later)]
        model = ScriptedModel(*script, *([] if kind else ["T"]))
        assert said(ask(system.spawn(Judge, "judge", model, kind), "tea"))[-1].endswith("False, x")
        assert "That answer cannot be used" in model.calls[1].text

    @pytest.mark.parametrize("kind", [False, True], ids=["def", "async def"])
    def test_a_value_that_stays_wrong_is_an_output_error(
        self, system: AgentSystem, kind: bool
    ) -> None:
        """It is the cause of the rule's failure, and has the raw text."""
        model = ScriptedModel("no idea", "still none")
        with pytest.raises(ReplyError, match="OutputError") as caught:
            ask(system.spawn(Judge, "judge", model, kind), "tea")
        cause = caught.value.__cause__
        if cause is not None:  # it does not cross from another process
            assert isinstance(cause, OutputError)
            assert cause.raw == "still none"

    def test_a_prompt_is_no_longer_than_its_conversation(self, system: AgentSystem) -> None:
        """A deadline also ends the wait of a plain rule for its model."""
        for later in (False, True):
            judge = system.spawn(Judge, f"judge-{later}", Stuck(), later)
            with pytest.raises(ChatTimeoutError):
                ask(judge, "tea", timeout=1.0)
            eventually(lambda judge=judge: judge.call("know", "llm").cancelled == 1)  # type: ignore[misc]
