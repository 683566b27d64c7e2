"""`AnalysisAgent`: a session that is spawned by itself, as any agent is."""

from __future__ import annotations

from pathlib import Path

from agentcore import UserProxyAgent, connect
from agentcore.data import AnalysisAgent, Answer
from agentcore.testing import ScriptedModel


def test_it_answers_in_a_conversation(tmp_path: Path) -> None:
    """The metadata of a message says who is to answer, and that of the reply has the answer."""
    (tmp_path / "sales.csv").write_text("region,amount\nnorth,10\n")
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    with connect("inline") as system:
        agent = system.spawn(
            AnalysisAgent, "analyst", llm=ScriptedModel(), files=[tmp_path / "sales.csv"]
        )
        message = {"content": "Show it", "metadata": {"agent": "preview"}}
        reply = user.initiate_chat(agent, message=message, silent=True).last_message
    assert reply is not None
    assert reply["metadata"]["agent"] == "preview"
    assert Answer.from_plain(reply["metadata"]["answer"]).text == "region,amount\nnorth,10"
