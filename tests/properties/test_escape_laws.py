"""Whatever tools raise, in whatever mixture and order: each is told, and the chat goes on."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore import connect
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel
from agentcore.testing.conformance.agents.escaping import RAISED, TOOLS, Escapes
from agentcore.testing.conformance.agents.toolbox import add, add_later
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import tool_results

# On one thread KeyboardInterrupt is taken for Ctrl-C.
FAILING = st.builds(
    lambda name, how: (name, {"how": how}),
    st.sampled_from(["fail", "fail_later", "promise", "fail_in_task"]),
    st.sampled_from([how for how in RAISED if how != "KeyboardInterrupt"]),
)
WELL = st.builds(lambda name: (name, {"a": 1, "b": 2}), st.sampled_from(["add", "add_later"]))
HARMFUL = st.builds(
    lambda name: (name, {}), st.sampled_from(["exit_alone", "exit_in_callback", "stop_loop"])
)
ROUNDS = st.lists(st.lists(FAILING | WELL | HARMFUL, min_size=1, max_size=4), max_size=3)


@settings(max_examples=60)
@given(rounds=ROUNDS, seed=st.integers(0, 1000))
def test_every_call_of_every_round_has_its_result(
    rounds: list[list[tuple[str, Any]]], seed: int
) -> None:
    """In order; a tool that worked has its value, and one that raised has failed."""
    script = [
        [
            ToolCall.of(f"{at}-{index}", name, **arguments)
            for index, (name, arguments) in enumerate(calls)
        ]
        for at, calls in enumerate(rounds)
    ]
    model = ScriptedModel(*script, "well")
    with connect("inline", seed=seed) as system:
        bot = system.spawn(Escapes, "bot", llm=model, tools=[*TOOLS, add, add_later])
        assert said(ask(bot, "go", timeout=600))[-1] == "well"
        told = [text for _, text in tool_results(model)]
    calls = [call for each in rounds for call in each]
    assert len(told) == len(calls)
    for (name, arguments), text in zip(calls, told, strict=True):
        assert text.startswith(f"{name} failed: ") == ("how" in arguments)
        assert text == "3" or "a" not in arguments
