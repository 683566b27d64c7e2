"""`CodeAnalyst` with a model whose code is given, and a real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentcore.data import Answer, Step
from agentcore.data.code import CodeAnalyst
from agentcore.data.tables import LoadedTable, load_tables
from agentcore.sandbox import Limits, Session, open_sandbox
from agentcore.sandbox.opening import UNSAFE
from agentcore.testing import ScriptedModel

QUESTION = "What is the mean of b? Answer as @mean[value], rounded to two decimal places."


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One session for all tests, as starting pandas takes most of the time."""
    session = open_sandbox(unsafe=UNSAFE).start(tmp_path_factory.mktemp("work"), Limits(seconds=30))
    yield session
    session.close()


@pytest.fixture(scope="module")
def table(session: Session) -> LoadedTable:
    """A table with a missing value, and a column that has a blank in its name."""
    file = session.folder / "in.csv"
    file.write_text("a , b,Fare\n1,1.5,x\n2,,y\n3,2.0,z\n")
    return load_tables(file, folder=session.folder)[0]


def code(text: str) -> str:
    return f"Here it is:\n```python\n{text}\n```"


def ask(
    session: Session, answers: list[str], tables: Any = (), question: str = QUESTION, **options: Any
) -> tuple[Answer, ScriptedModel]:
    model = ScriptedModel(*answers)
    analyst = CodeAnalyst(model, session, **options)
    return asyncio.run(analyst.answer(question, tables)), model


def test_the_answer_is_what_the_code_printed(session: Session, table: LoadedTable) -> None:
    """With the code as a program that runs again, and the values by their names."""
    answer, _ = ask(session, [code("mean = df['b'].mean()\nprint(f'@mean[{mean:.2f}]')")], [table])
    assert answer.text == "@mean[1.75]"
    assert answer.values == {"mean": 1.75}
    assert not answer.failed
    again = session.run(answer.code)
    assert again.text.strip() == "@mean[1.75]"


def test_values_are_taken_from_variables_where_the_form_is_missing(
    session: Session, table: LoadedTable
) -> None:
    """Small models print the value alone."""
    answer, model = ask(session, [code("mean = df['b'].mean()\nprint(mean)")], [table])
    assert answer.text == "@mean[1.75]"
    assert len(model.calls) == 1


def test_an_error_goes_back_with_its_line_and_near_names(
    session: Session, table: LoadedTable
) -> None:
    """The model is shown its code and the error, not all that was said before."""
    steps: list[Step] = []
    model = ScriptedModel(
        code("print(df['fare'].max())"), code("top = df['Fare'].max()\nprint(top)")
    )
    analyst = CodeAnalyst(model, session)
    answer = asyncio.run(analyst.answer("Which is last?", [table], on_step=steps.append))
    assert answer.text == "z"
    assert [(step.kind, step.failed) for step in steps] == [
        ("code", True),
        ("repair", False),
        ("answer", False),
    ]
    assert "use 'Fare' instead" in model.calls[1].messages[-1]["content"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([code("x = df.b.sum()")], "printed nothing"),
        ([code("print(sum([1, 2]))")], "does not use `df`"),
        (["I think it is 2."], "no Python code"),
        ([code("m = df['b'].mean(\n")], "SyntaxError"),
        ([code("print('@mean[nan]', df.shape)")], "nan"),
        ([code("import sys; df; sys.exit(3)")], "SystemExit"),
    ],
)
def test_what_does_not_answer_is_told_to_the_model(
    session: Session, table: LoadedTable, answers: list[str], told: str
) -> None:
    """And the corrected code answers."""
    good = code("mean = df.b.mean()\nprint(f'@mean[{mean:.2f}]')")
    answer, model = ask(session, [*answers, good], [table])
    assert answer.text == "@mean[1.75]"
    assert told in model.calls[1].messages[-1]["content"]


def test_nonsense_to_the_last_is_an_honest_answer(session: Session, table: LoadedTable) -> None:
    """It says that it failed, with the code; and the session can be used again."""
    answer, model = ask(session, [code("print(df['zzz'])")] * 4, [table])
    assert answer.failed
    assert "No answer was found" in answer.text
    assert "zzz" in answer.code
    assert len(model.calls) == 4
    assert "same code as before" in model.calls[2].messages[-1]["content"]
    assert session.run("1 + 1").value == "2"


def test_a_change_of_the_table_does_not_reach_the_next_attempt(
    session: Session, table: LoadedTable
) -> None:
    """Each attempt finds the table as the file has it."""
    broken = code("df = df.dropna()\ndf['b'] = 0\ndf['zzz']")
    good = code("mean = df.b.mean()\nprint(mean, len(df))")
    answer, _ = ask(session, [broken, good], [table], "The mean?")
    assert answer.text == "1.75 3"


def test_a_table_that_the_code_left_comes_along(session: Session, table: LoadedTable) -> None:
    """And figures as files."""
    text = (
        "import matplotlib.pyplot as plt\n"
        "top = df[['Fare', 'b']].dropna()\ntop.plot(x='Fare', y='b')\nplt.show()"
    )
    answer, _ = ask(session, [code(text)], [table], "Plot b.")
    assert answer.table is not None
    assert answer.table.columns == ("Fare", "b")
    assert answer.table.rows == (("x", 1.5), ("z", 2.0))
    assert [file.suffix for file in answer.files] == [".png"]
    assert answer.files[0].read_bytes().startswith(b"\x89PNG")
    assert answer.files[0].name in answer.text


def test_code_that_never_ends_is_stopped_and_told(session: Session, table: LoadedTable) -> None:
    """The model may do less."""
    answers = [code("df\nwhile True: pass"), code("m = df.b.mean()\nprint(m)")]
    answer, model = ask(session, answers, [table], "The mean?", timeout=1)
    assert answer.text == "1.75"
    assert "was stopped" in model.calls[1].messages[-1]["content"]


def test_earlier_answers_are_shown_with_their_code(session: Session, table: LoadedTable) -> None:
    """So that "and the largest?" means something."""
    model = ScriptedModel(code("print(df.b.max())"))
    history = [
        {"role": "user", "content": "The mean of b?"},
        {
            "role": "assistant",
            "content": "1.75",
            "metadata": {"answer": {"code": "print(df.b.mean())"}},
        },
    ]
    asyncio.run(CodeAnalyst(model, session).answer("And the largest?", [table], history=history))
    shown = model.calls[0].messages[-1]["content"]
    assert "The mean of b?" in shown
    assert "print(df.b.mean())" in shown


def test_several_tables_are_in_variables_of_their_names(session: Session, tmp_path: Path) -> None:
    """Without tables, it is a task for code alone."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("k,v\n1,2\n2,3\n")
    tables = load_tables(tmp_path, folder=session.folder)
    answer, _ = ask(session, [code("print(one.merge(two, on='k').shape)")], tables, "Join them.")
    assert answer.text == "(2, 3)"
    answer, _ = ask(session, [code("print(6 * 7)")], (), "What is 6 times 7?")
    assert answer.text == "42"
