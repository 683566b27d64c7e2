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
        first = user.initiate_chat(agent, "How much is due?", max_turns=2)
        second = user.initiate_chat(agent, "And by region?", max_turns=2, clear_history=False)
    message = first.last_message
    assert message.content == "60.5 is due."
    answer = Answer.from_plain(message.metadata["answer"])
    assert answer.table is not None
    assert answer.table.rows == ((60.5,),)
    assert message.metadata["rewritten_question"] == "How much is due?"
    assert message.metadata["usage"]["total_tokens"] == answer.usage.total_tokens > 0
    message = second.last_message
    assert message.content == "North 40.5, South 20."
    assert message.metadata["rewritten_question"] == "How much is due by region?"
    assert Answer.from_plain(message.metadata["answer"]).steps[0].kind == "plan"


def test_an_agent_needs_a_model_and_a_database() -> None:
    """The error names what is missing."""
    with pytest.raises(ValueError, match="give llm="):
        SQLAgent("sql", database="x.db")
    with pytest.raises(ValueError, match="give database="):
        SQLAgent("sql", ScriptedModel())
    with pytest.raises(DataFileError, match="no file"):
        SQLAgent("sql", ScriptedModel(), "none.db")
