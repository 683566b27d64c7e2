"""`CodeAgent` and `SQLAgent` answer the same wherever they live; code and queries run there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcore import AgentSystem, UserProxyAgent, connect
from agentcore.data import Answer, CodeAgent, DuckDBDatabase, SQLAgent
from agentcore.testing import ScriptedModel

MEAN = "```python\nmean = df.amount.mean()\nprint('the mean is', mean)\n```"
TOTAL = "```sql\nSELECT sum(amount) AS total FROM sales\n```"


@pytest.fixture(params=["inline", "thread", pytest.param("ray", marks=pytest.mark.ray)])
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """A system on each backend; on Ray, with two hosts."""
    if request.param == "ray":
        yield request.getfixturevalue("ray_system")
        return
    with connect(request.param) as system:
        yield system


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """A file with a table of two rows."""
    path = tmp_path / "sales.csv"
    path.write_text("region,amount\nnorth,10\nsouth,20\n")
    return path


def asked(agent: object, question: str) -> Answer:
    """Return the answer to a question."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    message = user.initiate_chat(agent, question, silent=True).last_message
    assert message is not None
    answer = Answer.from_plain(message.metadata["answer"])
    assert answer.text == message.content
    return answer


def test_code_about_files(system: AgentSystem, sales: Path) -> None:
    """The code that was run, and its values, come with the answer."""
    agent = system.spawn(CodeAgent, "coder", ScriptedModel(MEAN), files=str(sales))
    answer = asked(agent, "What is the mean amount?")
    assert (answer.text, answer.values) == ("the mean is 15.0", {"mean": 15.0})


def test_queries_about_files(system: AgentSystem, sales: Path) -> None:
    """The rows come with the answer."""
    model = ScriptedModel(TOTAL, "The total is 30.")
    agent = system.spawn(SQLAgent, "sql", llm=model, database=DuckDBDatabase(str(sales)))
    answer = asked(agent, "What is the total amount?")
    assert answer.table is not None
    assert (answer.text, list(answer.table.rows)) == ("The total is 30.", [(30,)])
