"""What a model is told, and what is read of its answers: short, as small models need it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentcore.data.sql.rows_in_words import rows_text
from agentcore.data.table import Table

__all__ = [
    "missing_in",
    "question_messages",
    "repair_messages",
    "rewriting_messages",
    "sql_in",
    "wording_messages",
]

Messages = list[dict[str, Any]]
_LAST: Final = 6  # messages of a history that a follow-up may mean
_LONG: Final = 400  # characters of each of them
_FENCE: Final = re.compile(
    r"```(?:[ \t]*\w*[ \t]*\n|[ \t]*(?:sql|sqlite|duckdb|postgres(?:ql)?|mysql)\b)?(.*?)(?:```|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BARE: Final = re.compile(r"^\s*(?:SELECT|WITH|FROM|VALUES)\b.*", re.IGNORECASE | re.DOTALL | re.M)
_MISSING: Final = re.compile(r"^\W*MISSING:\s*(.+)", re.MULTILINE)

_WRITE: Final = """\
You write one {dialect} SELECT query that answers the question. Use only these tables and columns, \
with the names as they stand here. Give each computed column a clear name. Do not round. Answer \
with the query in a ```sql block, and nothing else. If the tables do not have what the question \
asks for, write instead: MISSING: and what is missing."""
_REWRITE: Final = """\
Rewrite the last question so that it can be understood without what was said before it. Change \
nothing else. Write only the question."""
_WORD: Final = """\
Answer the question in one sentence from the result of a query. Say only what the result says. \
Write numbers and names as they stand in it, without a unit \
that it does not have."""


def question_messages(question: str, schema: str, dialect: str, notes: str = "") -> Messages:
    """Return what asks a model for a query.

    Args:
        notes: what else it is to know, such as what words mean here.
    """
    parts = [_WRITE.format(dialect=dialect or "SQL"), schema, notes]
    system = "\n\n".join(part for part in parts if part)
    return [_said("system", system), _said("user", question)]


def repair_messages(asked: Messages, answer: str, problem: str) -> Messages:
    """Return what asks a model to mend what it wrote.

    Args:
        asked: what it was asked first.
        answer: what it wrote last.
        problem: what is wrong with it.
    """
    told = f"{problem}\nWrite the corrected query in a ```sql block."
    return [*asked, _said("assistant", answer or "(nothing)"), _said("user", told)]


def rewriting_messages(question: str, history: Sequence[Mapping[str, Any]]) -> Messages:
    """Return what asks a model for a question that stands alone."""
    lines = [
        f"{'Answer' if said.get('role') == 'assistant' else 'Question'}: {_cut(said)}"
        for said in list(history)[-_LAST:]
    ]
    text = "\n".join([*lines, f"Last question: {question}"])
    return [_said("system", _REWRITE), _said("user", text)]


def wording_messages(question: str, table: Table) -> Messages:
    """Return what asks a model to say what the rows say."""
    text = f"Question: {question}\nResult:\n{rows_text(table)}"
    return [_said("system", _WORD), _said("user", text)]


def _said(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _cut(said: Mapping[str, Any]) -> str:
    text = " ".join(str(said.get("content") or "").split())
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."


def sql_in(answer: str) -> str:
    """Return the query in a model's answer: in a block, or bare; empty if there is none.

    Examples:
        >>> sql_in("Here it is: ```sql\\nSELECT 1;\\n``` It gives one.")
        'SELECT 1;'
    """
    fenced = _FENCE.search(answer)
    if fenced:
        return fenced[1].strip()
    bare = _BARE.search(answer)
    return bare[0].strip() if bare else ""


def missing_in(answer: str) -> str:
    """Return what a model says that the tables do not have; empty if it says nothing of it."""
    found = _MISSING.search(answer)
    return found[1].strip().strip("`").rstrip(".") if found else ""
