"""`CodeAgent` as an ordinary agent."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from agentcore import ConversableAgent, connect
from agentcore.data import Answer
from agentcore.data.code import CodeAgent
from agentcore.protocol.chat_errors import ReplyError
from agentcore.sandbox.opening import UNSAFE
from agentcore.testing import ScriptedModel

MEAN = "```python\nmean = df.b.mean()\nprint('the mean is', mean)\n```"


def user() -> ConversableAgent:
    return ConversableAgent("user", max_consecutive_auto_reply=0)


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_an_agent_answers_by_code_about_its_files(backend: str, tmp_path: Path) -> None:
    """The reply has the answer in its metadata; temporary folders go with the agent."""
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n")
    with connect(backend) as system:
        agent = system.spawn(
            CodeAgent, "coder", ScriptedModel(MEAN), files=tmp_path / "in.csv", unsafe=UNSAFE
        )
        result = user().initiate_chat(agent, "What is the mean of b?", silent=True)
        reply = result.transcript[-1].message
        assert reply.content == "the mean is 3.0"
        answer = Answer.from_plain(reply.metadata["answer"])
        assert answer.values == {"mean": 3.0}
        assert reply.metadata["exit_code"] == 0


def test_without_a_model_it_runs_the_code_of_the_messages() -> None:
    """Each peer has variables of its own, which are kept; an error is told with its traceback."""
    with connect("inline") as system:
        agent = system.spawn(CodeAgent, "runner", unsafe=UNSAFE)
        first, second = user(), ConversableAgent("second", max_consecutive_auto_reply=0)

        def said(who: ConversableAgent, text: str) -> str:
            result = who.initiate_chat(agent, text, silent=True, clear_history=False)
            return str(result.transcript[-1].message.content)

        assert said(first, "x = 20\nprint(x + 1)") == "21"
        assert said(first, "```python\nx + 1\n```") == "21"
        assert "NameError" in said(second, "print(x)")
        assert "no Python code" in said(first, "hello there, friend")


def test_an_agent_crosses_to_another_process_before_it_is_hosted(tmp_path: Path) -> None:
    """It begins no process until it is asked."""
    agent = CodeAgent("coder", ScriptedModel(), folder=tmp_path, unsafe=UNSAFE)
    assert pickle.loads(pickle.dumps(agent)).name == "coder"


def test_unsafe_is_said_word_for_word() -> None:
    """Nobody runs code without a sandbox by chance."""
    with connect("inline") as system:
        agent = system.spawn(CodeAgent, "coder", unsafe="yes")
        with pytest.raises(ReplyError, match="in this process's rights"):
            user().initiate_chat(agent, "print(1)", silent=True)
