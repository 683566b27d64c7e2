"""What a model is told of an error of its code."""

from __future__ import annotations

import pytest

from agentcore.base.sandbox_errors import CodeError, TimeLimitError
from agentcore.data.code.hints import advice

COLUMNS = ("Passenger Id", "Age", "fare_paid")
CODE = "a = 1\nb = df['age']\n"


def error(type_: str, text: str) -> CodeError:
    return CodeError(f"{type_}: {text}", type=type_, traceback="line 2")


def test_a_column_that_is_not_there_is_answered_with_near_names() -> None:
    """With the line, so that the model finds it."""
    told = advice(error("KeyError", "'age'"), CODE, COLUMNS)
    assert "in the line `b = df['age']` with KeyError" in told
    assert "use 'Age' instead" in told


def test_a_column_that_nothing_is_near_to_may_be_said_to_be_missing() -> None:
    """An honest answer is better than a wrong column."""
    told = advice(error("KeyError", "'zzz'"), CODE, COLUMNS)
    assert "'fare_paid'" in told
    assert "print that" in told


@pytest.mark.parametrize(
    ("type_", "text", "hint"),
    [
        ("TypeError", "f() got an unexpected keyword argument 'nan_policy'", "`nan_policy`"),
        ("AttributeError", "module 'scipy.stats' has no attribute 'mean'", "pandas"),
        ("ModuleNotFoundError", "No module named 'polars'", "not installed"),
        ("FileNotFoundError", "No such file: 'data.csv'", "Read no file"),
        ("ChainedAssignmentError", "A value", "without inplace"),
        ("ZeroDivisionError", "division by zero", ""),
    ],
)
def test_usual_errors_have_a_hint(type_: str, text: str, hint: str) -> None:
    """And all of them have their words."""
    told = advice(error(type_, text), CODE, COLUMNS)
    assert hint in told
    assert type_ in told


def test_a_limit_is_told_as_one() -> None:
    """The model may do less."""
    told = advice(TimeLimitError("the run took longer than 60 s"), CODE, COLUMNS)
    assert told == "The code was stopped: the run took longer than 60 s. Do less at once."


def test_a_long_error_is_cut() -> None:
    """Tokens cost, and small models lose long texts."""
    assert len(advice(error("ValueError", "x" * 5_000), CODE, COLUMNS)) < 500
