"""What a model is told that is to write code. The texts are short, as small models lose long ones.

The wording was measured with qwen2.5-coder-1.5b on real questions; see the page on small models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["SYSTEM_TEXT", "correction", "question_about_tables", "question_alone"]

_REMEMBERED: Final = 4  # earlier messages that the model is shown: two questions and answers
_LONGEST: Final = 800  # characters of an earlier text or code that it is shown

SYSTEM_TEXT: Final = "You are a data analyst who writes short, correct Python code."


def question_about_tables(
    question: str,
    profiles: Sequence[str],
    names: Sequence[str],
    history: Sequence[Mapping[str, Any]],
) -> str:
    """Return the prompt for a question about tables.

    Args:
        profiles: what each table has, in words.
        names: the variables in which the tables are.
        history: earlier messages with the same user, for what "and by month?" means.
    """
    variables = ", ".join(f"`{name}`" for name in names)
    tables = "\n\n".join(profiles)
    return (
        f"{tables}\n\n{_earlier(history)}Task: {question}\n\n"
        f"Write one ```python block that computes the answer from {variables} and prints each "
        "value that is asked for, with its name. "
        f"{variables}, `pd`, `np` and `stats` (scipy.stats) are there already: do not read any "
        "file and do not make up data. If the data cannot answer it, print why."
    )


def question_alone(question: str, history: Sequence[Mapping[str, Any]]) -> str:
    """Return the prompt for a task without tables."""
    return (
        f"{_earlier(history)}Task: {question}\n\n"
        "Write one ```python block that does this and prints the result."
    )


def correction(reason: str) -> str:
    """Return what the model is told of code that did not do."""
    return f"{reason}\nWrite the whole corrected ```python block."


def _earlier(history: Sequence[Mapping[str, Any]]) -> str:
    """Return what was said before, with the code that found it where a message has that."""
    lines = []
    for message in history[-_REMEMBERED:]:
        who = "Answer" if message.get("role") == "assistant" else "Earlier question"
        answer = (message.get("metadata") or {}).get("answer") or {}
        code = f"Code:\n{_cut(answer['code'])}\n" if answer.get("code") else ""
        lines.append(f"{code}{who}: {_cut(str(message.get('content') or ''))}\n")
    return "".join(lines) + "\n" if lines else ""


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
