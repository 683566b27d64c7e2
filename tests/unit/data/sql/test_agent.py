"""`SQLAgent`: a database as an agent, on the inline backend and on threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentcore import UserProxyAgent, connect
from agentcore.data import Answer, SQLAgent
from agentcore.errors import DataFileError
from agentcore.testing import ScriptedModel

TOTAL = '```sql\nSELECT sum("Amount Due") AS total FROM sales\n```'
BY_REGION = 'SELECT region, sum("Amount Due") AS total FROM sales GROUP BY 1 ORDER BY 1'


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_an_agent_answers_questions_that_follow(backend: str, sqlite_file: Path) -> None:
    """Rows and the rewritten question are in the metadata, and its tokens are counted."""
    model = ScriptedModel(
        TOTAL, "60.5 is due.", "How much is due by region?", BY_REGION, "North 40.5, South 20."
    )
    with connect(backend) as system:
        agent = system.spawn(SQLAgent, "sql", llm=model, database=str(sqlite_file))
        user = system.spawn(UserProxyAgent, "user", human_input_mode="NEVER")
        first = user.initiate_chat(agent, "How much is due?", max_turns=1)
        second = user.send("And by region?", agent, max_turns=1)
    message = first.messages[-1]
    assert message.content == "60.5 is due."
    assert Answer.from_plain(message.metadata["answer"]).failed is False
    assert message.metadata["rewritten_question"] == "How much is due?"
    assert message.metadata["usage"]["total_tokens"] > 0
    del second


@pytest.mark.parametrize(
    "given", [{"database": "x.db"}, {"llm": ScriptedModel(), "database": None}]
)
def test_an_agent_needs_a_model_and_a_database(given: dict[str, object]) -> None:
    """The error names what is missing."""
    with pytest.raises(ValueError, match="give (llm|database)="):
        SQLAgent("sql", **given)
    with pytest.raises(DataFileError, match="no file"):
        SQLAgent("sql", ScriptedModel(), "none.db")
