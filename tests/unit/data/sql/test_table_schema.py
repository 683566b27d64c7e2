"""The text that tells a model the tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentcore.data import ColumnSchema, TableSchema
from agentcore.data.sql.table_schema import schema_text


def table(name: str, columns: int, rows: int = 3) -> TableSchema:
    """Make a table with columns of numbers and texts."""
    kinds = tuple(ColumnSchema(f"c{n}", "TEXT", f"c{n}") for n in range(columns))
    return TableSchema(name, name, kinds, tuple((f"v{row}",) * columns for row in range(rows)))


def test_a_column_stands_with_all_of_a_few_texts_and_some_of_many() -> None:
    """A model is told how values are spelled, but not all of a thousand."""
    few, many = schema_text([table("a", 1, 8)]), schema_text([table("a", 1, 9)])
    assert "'v7'" in few
    assert "'v2'" in many
    assert "'v3'" not in many


def test_one_table_alone_is_said_to_be_alone() -> None:
    """Small models join it to itself otherwise."""
    assert "no other table" in schema_text([table("a", 1)])
    assert "no other table" not in schema_text([table("a", 1), table("b", 1)])


def test_a_long_value_is_cut() -> None:
    """A column of documents does not fill the prompt."""
    long = TableSchema("a", "a", (ColumnSchema("t", "TEXT", "t"),), (("x" * 5000,),))
    assert len(schema_text([long])) < 200


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.integers(300, 5000))
def test_the_text_is_never_longer_than_it_may_be(sizes: list[int], limit: int) -> None:
    """Values are left out first, then kinds, then tables, which is said."""
    tables = [table(f"table_{number}", size) for number, size in enumerate(sizes)]
    text = schema_text(tables, limit)
    assert len(text) <= limit
    assert "table_0" in text
