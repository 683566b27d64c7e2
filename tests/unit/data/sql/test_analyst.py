"""`SQLAnalyst`: questions, repairs, and answers that say what the rows say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentcore.data import Answer, SQLAnalyst, Step
from agentcore.errors import ModelError
from agentcore.testing import Expect, ScriptedModel

TOTAL = '```sql\nSELECT sum("Amount Due") AS total FROM sales\n```'
BY_REGION = (
    'Here: ```sql\nSELECT region, sum("Amount Due") AS total FROM sales GROUP BY 1 ORDER BY 1;```'
)


def ask(model: Any, database: Any, question: str = "How much is due?", **options: Any) -> Answer:
    """Answer one question."""
    history = options.pop("history", ())
    on_step = options.pop("on_step", None)
    analyst = SQLAnalyst(model, database, **options)
    return asyncio.run(analyst.answer(question, history=history, on_step=on_step))


def test_a_question_gets_its_rows_in_the_words_of_the_model(sqlite_file: Path) -> None:
    """The query, the rows and the steps go along."""
    steps: list[Step] = []
    model = ScriptedModel(TOTAL, "60.5 is due.")
    answer = ask(model, sqlite_file, on_step=steps.append)
    assert (answer.text, answer.failed, answer.language) == ("60.5 is due.", False, "sql")
    assert answer.code == 'SELECT SUM("Amount Due") AS total FROM sales'
    assert answer.table is not None
    assert answer.table.rows == ((60.5,),)
    assert answer.question == "How much is due?"
    assert [step.kind for step in steps] == ["sql", "answer"]
    assert answer.steps == tuple(steps)
    assert answer.usage.total_tokens > 0


def test_the_model_is_told_the_tables_with_values_and_the_notes(sqlite_file: Path) -> None:
    """What words mean is told beside the tables."""
    model = ScriptedModel(TOTAL, "60.5")
    ask(model, sqlite_file, notes="Due means not yet paid.")
    system = model.calls[0].messages[0]["content"]
    for part in ("sqlite", "- region TEXT: 'North', 'South'", "Due means not yet paid."):
        assert part in system
    assert model.calls[0].sampling.temperature == 0


@pytest.mark.parametrize("said", ["62 is due.", "It is $60.5.", "So Peter owes 60.5.", TOTAL, ""])
def test_a_text_that_says_more_than_the_rows_is_not_told(sqlite_file: Path, said: str) -> None:
    """The rows are told instead."""
    assert ask(ScriptedModel(TOTAL, said), sqlite_file).text == "total: 60.5."


def test_a_query_that_fails_goes_back_with_the_words_of_the_engine(sqlite_file: Path) -> None:
    """And what was meant, and the next one is run."""
    model = ScriptedModel(
        "```sql\nSELECT sum(AmountDue) AS total FROM sales\n```",
        Expect(lambda asked: 'near names: "Amount Due" of sales' in asked.text, TOTAL),
        "60.5",
    )
    answer = ask(model, sqlite_file)
    assert answer.text == "60.5"
    assert [(step.kind, step.failed) for step in answer.steps] == [
        ("sql", True),
        ("repair", False),
        ("answer", False),
    ]


def test_a_query_that_writes_goes_back_too_and_nothing_is_written(sqlite_file: Path) -> None:
    """After the repairs the answer says that there is none, and what was tried."""
    before = sqlite_file.read_bytes()
    model = ScriptedModel("```DELETE FROM sales```", "```DROP TABLE sales```", "no", then="no")
    answer = ask(model, sqlite_file, "Clean it up.")
    assert answer.failed
    assert answer.table is None
    assert answer.text.startswith("No answer was found.")
    assert "The SQL that was tried: DROP TABLE sales" in answer.text
    assert sqlite_file.read_bytes() == before


@pytest.mark.parametrize("repairs", [0, 1, 2])
def test_there_are_no_more_repairs_than_are_allowed(sqlite_file: Path, repairs: int) -> None:
    """A model that answers nonsense is not asked for ever."""
    model = ScriptedModel(*(f"SELECT wrong_{n} FROM sales" for n in range(repairs + 1)))
    answer = ask(model, sqlite_file, repairs=repairs)
    assert answer.failed
    assert "no such column" in answer.text
    assert len(model.calls) == repairs + 1


def test_a_model_that_says_the_same_again_is_not_asked_once_more(sqlite_file: Path) -> None:
    """At temperature 0 nothing else would come of it."""
    model = ScriptedModel("I cannot do that.", "I cannot do that.")
    answer = ask(model, sqlite_file)
    assert answer.text == "No answer was found. The model wrote no query."


def test_a_question_about_a_column_that_is_not_there_gets_no_other_column(
    sqlite_file: Path,
) -> None:
    """The query is not repaired until some column fits: the answer says what there is."""
    model = ScriptedModel("SELECT avg(salary) FROM sales")
    answer = ask(model, sqlite_file, "What is the average salary?")
    assert answer.failed
    assert "no column salary. Their columns are: region, year, Amount Due." in answer.text


def test_a_model_may_say_that_something_is_not_there(sqlite_file: Path) -> None:
    """It is told, with no query."""
    answer = ask(ScriptedModel("MISSING: the salary of anybody."), sqlite_file)
    assert answer.failed
    assert "do not have what is asked for: the salary of anybody." in answer.text


def test_a_query_without_rows_is_looked_at_again(sqlite_file: Path) -> None:
    """Values may be spelled otherwise; if they are not, the answer is that there are none."""
    none = "```SELECT year FROM sales WHERE region = 'north'```"
    model = ScriptedModel(none, "```SELECT year FROM sales WHERE region = 'North'```", "2023, 2024")
    assert ask(model, sqlite_file).text == "2023, 2024"
    answer = ask(ScriptedModel(none, none), sqlite_file)
    assert (answer.text, answer.failed) == ("No rows answer this.", False)
    answer = ask(ScriptedModel(none, "SELECT x FROM y", "SELECT z FROM y"), sqlite_file)
    assert (answer.text, answer.failed) == ("No rows answer this.", False)


def test_a_query_that_takes_too_long_is_not_tried_again(sqlite_file: Path) -> None:
    """The answer says so in good time."""
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT sum(n) FROM r"
    answer = ask(ScriptedModel(endless), sqlite_file, timeout=0.1)
    assert answer.failed
    assert "took longer than 0.1 s" in answer.text


def test_a_question_that_follows_is_rewritten_with_what_was_said(sqlite_file: Path) -> None:
    """The query is written for the rewritten question."""
    history = [
        {"role": "user", "content": "How much is due?"},
        {"role": "assistant", "content": "60.5"},
    ]
    model = ScriptedModel(
        Expect(lambda asked: "Answer: 60.5" in asked.text, "How much is due by region?"),
        Expect(lambda asked: asked.text == "How much is due by region?", BY_REGION),
        "North has 40.5 and South 20.",
    )
    answer = ask(model, sqlite_file, "And by region?", history=history)
    assert answer.question == "How much is due by region?"
    assert answer.steps[0] == Step("plan", "How much is due by region?")
    assert answer.text == "North has 40.5 and South 20."


def test_many_rows_are_told_without_the_model_and_the_text_says_how_many(
    sqlite_file: Path,
) -> None:
    """An answer keeps no more rows than it may."""
    model = ScriptedModel("SELECT a.year AS y FROM sales a, sales b, sales c")
    answer = ask(model, sqlite_file, row_limit=20)
    assert answer.text.startswith("64 rows; the first 10:\n- y: 2023")
    assert answer.text.endswith("Only 20 of 64 rows were kept.")


def test_an_error_of_the_model_is_the_callers(sqlite_file: Path) -> None:
    """It is no matter of the query."""
    with pytest.raises(ModelError, match="busy"):
        ask(ScriptedModel(ModelError("busy")), sqlite_file)


def test_a_cancelled_question_interrupts_its_query(sqlite_file: Path) -> None:
    """Nothing is left running."""
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT sum(n) FROM r"

    async def run() -> None:
        analyst = SQLAnalyst(ScriptedModel(endless), sqlite_file)
        running = analyst.database._queries._running  # type: ignore[attr-defined]
        task = asyncio.create_task(analyst.answer("How much?"))
        while not running:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while running:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"repairs": -1}, ValueError),
        ({"repairs": 1.5}, TypeError),
        ({"row_limit": 0}, ValueError),
        ({"row_limit": "all"}, TypeError),
        ({"timeout": 0}, ValueError),
        ({"timeout": None}, TypeError),
    ],
)
def test_limits_that_are_none_are_refused(
    sqlite_file: Path, options: dict[str, Any], error: type[Exception]
) -> None:
    """The error names the argument."""
    with pytest.raises(error, match=next(iter(options))):
        SQLAnalyst(ScriptedModel(), sqlite_file, **options)


def test_what_is_no_model_or_no_question_is_refused(sqlite_file: Path) -> None:
    """At once."""
    with pytest.raises(TypeError, match="ChatModel"):
        SQLAnalyst("fast", sqlite_file)
    for question in ("", "  ", None):
        with pytest.raises(ValueError, match="a question is a text"):
            ask(ScriptedModel(), sqlite_file, question)  # type: ignore[arg-type]
