"""What a script objects to: a call too many, items that are left, and other questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agentcore.errors import ModelError
from agentcore.models import Completion, Output, ToolSpec
from agentcore.testing import Asked, Expect, ScriptedModel, ScriptError
from tests.unit.testing.models.asking import ASKED, texts


def shout(messages: Sequence[Any], tools: Any, output: Any) -> str:
    """Answer with what was asked, loudly."""
    return str(messages[-1]["content"]).upper()


def test_a_call_too_many_is_an_error_that_says_what_was_asked() -> None:
    """It is an error of models, and an assertion; and `check` repeats it."""
    model = ScriptedModel("hi", name="m")
    texts(model, 1)
    with pytest.raises(ScriptError, match=r"'m' was asked once more.*'who are you") as caught:
        model.complete(ASKED, tools=[ToolSpec("add")], output=Output("form", {}))
    assert isinstance(caught.value, ModelError | AssertionError)
    assert caught.value.model == "m"
    assert "tools add" in str(caught.value)
    assert "output form" in str(caught.value)
    with pytest.raises(AssertionError, match="once more"):
        model.check()


def test_answers_that_were_not_asked_for_fail_the_check() -> None:
    """The error names the next of them."""
    model = ScriptedModel("one", "two", "three")
    texts(model, 1)
    with pytest.raises(ScriptError, match="2 of the 3 answers of its script; the next is 'two'"):
        model.check()
    assert model.left == 2


def test_with_checks_at_the_end_but_hides_no_other_error() -> None:
    """An error inside is what the test should see."""
    with pytest.raises(ScriptError, match="1 of the 1"), ScriptedModel("one"):
        pass
    with pytest.raises(ZeroDivisionError), ScriptedModel("one"):
        raise ZeroDivisionError
    with ScriptedModel("one") as model:
        texts(model, 1)


def test_an_expectation_that_does_not_hold_is_an_error() -> None:
    """A text in the last message, or a predicate; `check` knows of it afterwards."""
    model = ScriptedModel(Expect("who", "me"), Expect(lambda asked: asked.tools, "x"))
    assert texts(model, 1) == ["me"]
    with pytest.raises(ScriptError, match=r"not what <lambda> expects.*who are you"):
        model.complete(ASKED)
    other = ScriptedModel(Expect("what", "me"))
    with pytest.raises(ScriptError, match="'what' was expected in what was asked"):
        other.complete(ASKED)
    for each in (model, other):
        with pytest.raises(ScriptError, match="expect"):
            each.check()


def test_then_is_answered_when_the_script_is_through() -> None:
    """Again and again, and nothing is wrong with it."""
    model = ScriptedModel("first", then=shout)
    assert texts(model, 3) == ["first", "WHO ARE YOU?", "WHO ARE YOU?"]
    model.check()
    assert len(model.calls) == 3


def test_each_key_has_a_script_of_its_own() -> None:
    """Agents that share a model are told apart, however their calls are mixed."""

    def system(asked: Asked) -> str:
        return str(asked.messages[0]["content"])

    model = ScriptedModel.by(system, {"a": ["a1", "a2"], "b": ["b1"]}, name="m")
    answers = [model.complete([{"role": "system", "content": each}]) for each in "aba"]
    assert [each.text for each in answers if isinstance(each, Completion)] == ["a1", "b1", "a2"]
    model.check()
    for key in "bc":
        with pytest.raises(ScriptError, match=f"its script for '{key}' has answers"):
            model.complete([{"role": "system", "content": key}])
    with pytest.raises(ScriptError):
        model.check()
