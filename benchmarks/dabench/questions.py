"""The questions, and whether an answer is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

from agentcore.data.code.named_values import stated_values

FOLDER = Path(__file__).parent


@attrs.frozen
class Question:
    """A question about a table.

    Attributes:
        id: its number in the set.
        text: the question, with what is to be kept to and the form of the answer.
        file: the table.
        answers: the values by their names.
    """

    id: int
    text: str
    file: Path
    answers: dict[str, str]


def questions() -> list[Question]:
    """Return all questions."""
    with (FOLDER / "questions.jsonl").open(encoding="utf-8") as lines:
        return [_question(json.loads(line)) for line in lines]


def _question(plain: dict[str, Any]) -> Question:
    text = f"{plain['question']}\n{plain['constraints']}\nAnswer in this form: {plain['format']}"
    file = FOLDER / "tables" / plain["file_name"]
    return Question(plain["id"], text, file, dict(plain["answers"]))


def is_right(question: Question, text: str) -> bool:
    """Return whether a text states each value of the answer."""
    stated = stated_values(text)
    return all(
        name in stated and same(stated[name], value) for name, value in question.answers.items()
    )


def same(stated: str, known: str) -> bool:
    """Return whether a value is the known one: numbers to the digits that are known."""
    stated, known = (each.strip().strip("\"'[]%").strip() for each in (stated, known))
    parts, others = ([part.strip() for part in each.split(",")] for each in (stated, known))
    if len(others) > 1:
        return len(parts) == len(others) and all(map(same, parts, others))
    try:
        number, value = float(stated), float(known)
    except ValueError:
        return stated.lower() == known.lower()
    digits = len(known.partition(".")[2])
    slack = 0.5 * 10**-digits if digits else 0.0
    return abs(number - value) <= max(1e-6 * abs(value), slack)
