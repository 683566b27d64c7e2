"""Rows in words, and texts that say no more than the rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.data import Table
from agentcore.data.sql.rows_in_words import cut_note, says_the_rows, words_of_rows

ROWS = Table(("region", "average"), (("North", 106.125798), ("South", 12.0)))


@pytest.mark.parametrize(
    "text",
    [
        "North has an average of 106.13, and South 12.",
        "The average of North is about 106.",
        "In 2023, North had 106.1258.",
    ],
)
def test_a_text_of_what_the_rows_say_is_taken(text: str) -> None:
    """Numbers may be rounded, and stand in the question."""
    assert says_the_rows(text, "What was the average in 2023?", ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "North has 107.",
        "North has 106.2.",
        "North has $106.13.",
        "North has 12%.",
        "Together they have 118.13.",
        "North is ahead of East with 106.13.",
        "I cannot tell.",
        "",
    ],
)
def test_a_text_of_what_the_rows_do_not_say_is_not(text: str) -> None:
    """Other numbers, units and names; and a text that states nothing of them."""
    assert not says_the_rows(text, "What was the average in 2023?", ROWS)


def test_the_rows_are_told_with_their_columns() -> None:
    """One row is a sentence, several are a list, none are told as none."""
    assert words_of_rows(Table(("a", "b"), ((1, None),))) == "a: 1, b: no value."
    assert words_of_rows(ROWS) == (
        "2 rows:\n- region: North, average: 106.125798\n- region: South, average: 12"
    )
    assert words_of_rows(Table(("a",), ())) == "No rows answer this."


def test_many_rows_are_told_in_part_and_the_text_says_so() -> None:
    """The first ten, and how many there are."""
    table = Table(("a",), [(each,) for each in range(20)], 5000)
    assert words_of_rows(table).startswith("5,000 rows; the first 10:\n- a: 0\n")
    assert cut_note(table) == "Only 20 of 5,000 rows were kept."
    assert cut_note(ROWS) == ""


@given(st.floats(-1e6, 1e6), st.integers(10_000_000, 99_999_999))
def test_a_number_that_is_nowhere_is_never_taken(value: float, other: int) -> None:
    """Whatever the rows are."""
    table = Table(("a",), ((value,),))
    assert says_the_rows(f"It is {value:.3f}.", "How much?", table)
    assert not says_the_rows(f"It is {value:.3f}, or {other}.", "How much?", table)
