"""Answers in a form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.data.code.named_values import asked_names, in_form, lacking, stated_values

QUESTION = "What is the mean? Answer as @mean[value], @kind[kind], rounded to two decimal places."


def test_the_names_that_a_question_asks_for_are_found_in_order() -> None:
    """A mail address is none."""
    assert asked_names(QUESTION) == ("mean", "kind")
    assert asked_names("Write to me@example.org [soon]") == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("@mean[2.5] @kind[odd one]", {"mean": "2.5", "kind": "odd one"}),
        ("@rows[[1, 2]]", {"rows": "[1, 2]"}),
        ("@open[1, 2", {}),
        ("nothing", {}),
    ],
)
def test_the_values_that_a_text_states_are_read(text: str, values: dict[str, str]) -> None:
    """Brackets within a value belong to it; a value without an end is none."""
    assert stated_values(text) == values


def test_a_name_without_a_value_is_lacking_but_an_empty_value_is_one() -> None:
    """No outliers is an answer."""
    assert lacking(("mean", "kind"), "@kind[]") == ("mean",)


def test_variables_are_said_in_the_form_as_exactly_as_was_asked() -> None:
    """Whole numbers and texts stay as they are."""
    values = {"mean": 2.0 / 3, "kind": "odd", "rows": [1, 0.126]}
    assert in_form(("mean", "kind", "rows"), values, QUESTION) == (
        "@mean[0.67]\n@kind[odd]\n@rows[1, 0.13]"
    )
    assert in_form(("mean",), values, "@mean[x]") == "@mean[0.666667]"
    two = "rounded to 2 decimal places, the other to four decimal places"
    assert in_form(("mean",), values, two) == "@mean[0.666667]"


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.integers(), min_size=1))
def test_what_is_said_in_the_form_is_read_from_it(values: dict[str, int]) -> None:
    """The two ways fit."""
    text = in_form(tuple(values), values, "")
    assert stated_values(text) == {name: str(value) for name, value in values.items()}
