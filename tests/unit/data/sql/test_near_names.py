"""Names that are nearly those of a query."""

from __future__ import annotations

import pytest

from agentcore.data import ColumnSchema, TableSchema
from agentcore.data.sql.near_names import hint_for, missing_name, near_names

SALES = TableSchema("sales", "sales", (ColumnSchema("Amount Due", "REAL", '"Amount Due"'),))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ('Binder Error: Referenced column "salary" not found in FROM clause!', "salary"),
        ("Catalog Error: Table with name sale does not exist!", "sale"),
        ("no such column: t.salary", "salary"),
        ("no such table: sale", "sale"),
        ('column "salary" does not exist', "salary"),
        ("column s.salary does not exist", "salary"),
        ('relation "sale" does not exist', "sale"),
        ("Unknown column 'salary' in 'field list'", "salary"),
        ("syntax error", ""),
    ],
)
def test_the_name_that_is_missing_is_read_of_the_words_of_each_engine(
    words: str, name: str
) -> None:
    """DuckDB, SQLite, PostgreSQL and MySQL say it each in its own way."""
    assert missing_name(words) == name


def test_near_names_are_found_whatever_their_letters_and_blanks() -> None:
    """The likest comes first."""
    assert near_names("amount_due", ["region", "Amount Due", "amount"]) == ["Amount Due", "amount"]
    assert near_names("salary", ["region", "year"]) == []


def test_the_hint_is_near_names_or_all_that_there_are() -> None:
    """And nothing where no name is the matter."""
    assert hint_for("no such column: amountdue", [SALES]) == 'near names: "Amount Due" of sales'
    assert hint_for("no such column: x", [SALES]) == 'the columns are "Amount Due"'
    assert hint_for("no such table: x", [SALES, SALES]) == "the tables are sales, sales"
    assert hint_for("syntax error", [SALES]) == ""
