"""Every example runs, unchanged, on each backend."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from agentcore import AgentSystem, StopKind, connect
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel, Streamed
from examples import (
    alice_and_bob,
    assistant_with_tools,
    data_analysis,
    group_of_three,
    hello_world,
    mcp_client,
    ring,
    stop_reasons,
    streamed_answer,
    streaming,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
BACKENDS = ["thread", pytest.param("ray", marks=pytest.mark.ray)]


@pytest.fixture(params=BACKENDS)
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """A fresh system on each backend."""
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
        options = {"hosts": 2}
    else:
        options = {}
    with connect(request.param, **options) as system:
        yield system


def run(*arguments: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
    """Run Python as a user would, in the root of the project, also where it is not installed."""
    roots = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_no_example_is_forgotten() -> None:
    """Each file of examples/ is named in this module, so that none goes unrun."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in EXAMPLES.glob("*.py") if path.stem not in source] == []


def test_hello_world_is_answered(system: AgentSystem) -> None:
    """One question, one answer, and a user who leaves it at that."""
    result = hello_world.main(system)
    assert result.last_message is not None
    assert result.last_message["content"] == "Hello, world!"
    assert (result.turns, result.stop.kind) == (2, StopKind.MAX_AUTO_REPLY)


def test_alice_answers_with_what_bob_said(system: AgentSystem) -> None:
    """The documented sample: four messages, two of them between Alice and Bob."""
    result = alice_and_bob.main(system)
    answer = "I am Bob, a good friend of Alice. Nice to meet you!"
    assert [(e.depth, e.sender, e.recipient, e.content) for e in result.transcript] == [
        (0, "user", "alice", "Who are you?"),
        (1, "alice", "bob", "Who are you?"),
        (1, "bob", "alice", answer),
        (0, "alice", "user", answer),
    ]
    assert (result.stop.kind, result.stop.agent) == (StopKind.MAX_AUTO_REPLY, "user")


def test_an_agent_uses_the_tools_of_an_mcp_server(system: AgentSystem) -> None:
    """Both tools are called where the agent lives, and their results are in its answer."""
    pytest.importorskip("mcp", reason="the mcp extra is not installed")
    result = mcp_client.main(system, mcp_client.scripted())
    assert result.last_message is not None
    assert result.last_message["content"] == "We have 12 tins of tea, at 4.50 euros a tin."


def test_an_assistant_calls_its_tools(system: AgentSystem) -> None:
    """A method and a function, called where the agent lives; the model has their results."""
    model = ScriptedModel(
        ToolCall.of("1", "in_stock", fruit="plums"),
        "There are 40 plums.",
        ToolCall.of("2", "price_of", fruit="apples", count=4),
        lambda messages, tools, output: f"They cost {messages[-1]['content']} euros.",
    )
    result = assistant_with_tools.main(system, model)
    assert result.last_message is not None
    assert result.last_message["content"] == "They cost 2.0 euros."
    assert [entry["content"] for entry in result.transcript if entry["role"] == "tool"] == ["2.0"]
    assert {tool.name for tool in model.calls[0].tools} == {"in_stock", "price_of"}


def test_a_group_of_three_writes_a_text_that_the_critic_approves(system: AgentSystem) -> None:
    """The model that manages chooses where there is a choice; the condition ends it."""
    model = ScriptedModel(
        "the *Planner*, I think", "The sea in winter.", "Grey waves.", "Too short.",
        "writer", "Grey waves, far and wide.", "Good. APPROVED",
    )  # fmt: skip
    result = group_of_three.main(system, model)
    assert [entry["sender"] for entry in result.transcript if entry.depth] == [
        "planner", "writer", "critic", "writer", "critic",
    ]  # fmt: skip
    assert result.last_message is not None
    assert dict(result.last_message["metadata"]["group"]) == {
        "rounds": 5, "stop": "CONDITION", "speaker": "critic",
    }  # fmt: skip


def test_questions_about_a_file_are_answered_by_code(system: AgentSystem) -> None:
    """The second follows from the first; what was run is shown, and what it gave."""
    model = ScriptedModel(
        "```python\nprint(df.groupby('region')['amount'].sum())\n```",
        "```python\nprint(df.groupby('month')['amount'].sum().idxmax())\n```",
    )
    totals, month = data_analysis.main(system, model)
    assert "North    50" in totals.text
    assert (month.text, month.failed) == ("2023-02", False)


def test_an_answer_is_read_as_it_is_made(system: AgentSystem) -> None:
    """Piece by piece, with the cost in the last."""
    said, tokens = streamed_answer.main(system, ScriptedModel(Streamed("A cat ", "slept.")))
    assert said == "A cat slept."
    assert tokens > 0


def test_streams_are_read_by_the_caller_and_by_an_agent(system: AgentSystem) -> None:
    """Both readers get all of a story that another agent tells."""
    story, verdict = streaming.main(system)
    assert story == streaming.STORY
    assert verdict == f"The story has {len(streaming.STORY.split())} words."


def test_there_is_a_conversation_for_each_reason_to_stop(system: AgentSystem) -> None:
    """Every kind of stop occurs, where it was expected, and none is left out."""
    reasons = stop_reasons.main(system)
    assert {expected: reason.kind for expected, reason in reasons.items()} == {
        kind: kind for kind in StopKind
    }


def test_the_token_goes_around_the_ring(system: AgentSystem) -> None:
    """A thousand agents take it, each once, and each conversation says why it stopped."""
    token, reasons = ring.main(system)
    assert token == str(ring.SIZE)
    assert reasons == {StopKind.TERMINATE: ring.SIZE}
    assert all(system.agent(f"member-{n}").call("seen") == 1 for n in (0, ring.SIZE - 1))


def test_the_tests_of_an_agent_pass() -> None:
    """test_my_agent.py runs by itself, with the plugin that an installation registers."""
    installed = any(each.name == "agentcore" for each in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "agentcore.testing.pytest_plugin"]
    done = run("-m", "pytest", "-q", *plugin, str(EXAMPLES / "test_my_agent.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_an_example_takes_the_backend_as_its_argument() -> None:
    """``python examples/hello_world.py thread`` prints the conversation and why it stopped."""
    done = run(str(EXAMPLES / "hello_world.py"), "thread")
    assert done.returncode == 0, done.stderr
    assert "greeter (to user):\n\nHello, world!" in done.stdout
    assert "stopped for MAX_AUTO_REPLY" in done.stdout


@pytest.mark.ray
def test_the_first_command_of_the_readme_shows_equal_transcripts() -> None:
    """Threads first, then Ray: same file, same transcript, other processes."""
    done = run(str(EXAMPLES / "alice_and_bob.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The transcripts are equal." in done.stdout
    processes = re.findall(r"user in (\d+), alice in (\d+), bob in (\d+)", done.stdout)
    on_threads, on_ray = map(set, processes)
    assert (len(on_threads), len(on_ray)) == (1, 3)
    assert done.stdout.count("stopped:    MAX_AUTO_REPLY at user") == 2
