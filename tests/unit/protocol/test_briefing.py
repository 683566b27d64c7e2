"""Briefings: which arguments go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore.protocol.briefing import PROMPT, Briefing, briefing_for
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Transcript

RESULT = ChatResult(Transcript("a", "b", ()), StopReason(StopKind.NO_REPLY))


def test_a_plain_conversation_needs_no_briefing() -> None:
    """So that it costs none anything."""
    assert briefing_for("hello") is None
    assert briefing_for(None, None, "last_msg", None, None) is None
    assert briefing_for(lambda: "hello") == Briefing()


def test_the_instruction_is_the_users_or_a_common_one() -> None:
    """Its role is that of the system, unless the user says otherwise."""
    plain = Briefing(method="reflection_with_llm")
    assert plain.instruction == {"role": "system", "content": PROMPT}
    own = Briefing(
        method="reflection_with_llm", args={"summary_prompt": "Short!", "summary_role": "user"}
    )
    assert own.instruction == {"role": "user", "content": "Short!"}
    with pytest.raises(TypeError, match="given twice"):
        Briefing(method="reflection_with_llm", prompt="Long!", args={"summary_prompt": "Short!"})


def of_three(sender: Any, recipient: Any, summary_args: Any) -> Any:
    """Summarise as AutoGen's functions do."""
    return sender, recipient, summary_args


class Summarises:
    """An object that is called."""

    def __call__(self, result: ChatResult) -> Any:
        return result


@pytest.mark.parametrize(
    ("function", "gets"),
    [
        (of_three, ("ann", "ben", {"n": 1})),
        (lambda a, b, c: (a, b, c), ("ann", "ben", {"n": 1})),
        (lambda sender, recipient=None, summary_args=None: recipient, "ben"),
        (lambda result: result, RESULT),
        (lambda result, extra=3: result, RESULT),
        (lambda *all: all, (RESULT,)),
        (Summarises(), RESULT),
        (id, id(RESULT)),
    ],
    ids=["named", "of any names", "defaults", "result", "more", "star", "object", "in C"],
)
def test_a_function_is_called_in_its_own_form(function: Callable[..., Any], gets: Any) -> None:
    """With the result, or as AutoGen calls it."""
    briefing = Briefing(method=function, args={"n": 1})
    assert briefing.call(RESULT, "ann", "ben") == gets
