"""`Answer` and its JSON form."""

from __future__ import annotations

import json
from pathlib import Path

from agentcore.data import Answer, Step, Table
from agentcore.protocol.usage import Usage


def test_an_answer_comes_back_from_json_as_it_was() -> None:
    """All fields survive the way through the metadata of a message."""
    answer = Answer(
        "12 rows",
        code="print(12)",
        language="python",
        table=Table(("a", "b"), ((1, "x"), (None, 2.5)), 12),
        values={"rows": 12},
        files=(Path("plot.png"),),
        steps=(Step("code", "print(12)", "12"), Step("repair", "…", "KeyError", failed=True)),
        failed=True,
        usage=Usage(100, 7),
        host="one",
    )
    assert Answer.from_plain(json.loads(json.dumps(answer.to_plain()))) == answer


def test_an_answer_with_a_text_only_comes_back_too() -> None:
    """What is not given has the defaults."""
    assert Answer.from_plain({"text": "hello"}) == Answer("hello")
    assert str(Answer("hello")) == "hello"
