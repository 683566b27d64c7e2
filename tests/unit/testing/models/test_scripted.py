"""`ScriptedModel` as a model: what it keeps of its calls, and agents that ask it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.errors import ReplyError
from agentcore.models import ChatModel, Output, Sampling, ToolSpec
from agentcore.testing import Asked, Delayed, Expect, ScriptedModel, ScriptError

ROOT = Path(__file__).parents[4]


def test_what_was_asked_is_kept() -> None:
    """Messages, tools, output and sampling, also if the messages are changed afterwards."""
    model = ScriptedModel("ok")
    messages = [{"role": "user", "content": "one"}]
    tool, output, sampling = ToolSpec("add"), Output("n", {}), Sampling(seed=1)
    model.complete(messages, tools=[tool], output=output, sampling=sampling)
    messages[0]["content"] = "two"
    kept = Asked(({"role": "user", "content": "one"},), (tool,), output, sampling)
    assert model.calls == (kept,)


def test_it_is_a_chat_model() -> None:
    """As the protocol has it, with the attributes that agents look for."""
    model = ScriptedModel(name="m", alternates=True, names_in_text=True)
    assert isinstance(model, ChatModel)
    assert (model.name, model.alternates, model.names_in_text) == ("m", True, True)


class Asks(ConversableAgent):
    """Answers with what its model says, and how long that took by its clock."""

    @agent_reply()
    async def ask(self, raw_message: Any) -> tuple[bool, str]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = self.llm.complete([{"role": "user", "content": raw_message.content}])
        text = (await answer).text
        return True, f"{text} after {loop.time() - begun:g} s"


class AsksAtOnce(ConversableAgent):
    """Answers with what its model says."""

    @agent_reply()
    def ask(self, raw_message: Any) -> tuple[bool, str]:
        answer = self.llm.complete([{"role": "user", "content": raw_message.content}])
        return True, answer.text


def chat(system: Any, kind: type, model: ScriptedModel, message: str = "hello") -> str:
    """Ask an agent that has the model, once."""
    ref = system.spawn(kind, f"agent{len(system.agents())}", model)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return str(user.initiate_chat(ref, message, silent=True).transcript[-1].content)


def test_a_delay_is_virtual_on_the_inline_backend() -> None:
    """An hour passes at once."""
    with connect("inline") as system, ScriptedModel(Delayed(3600.0, "late")) as model:
        assert chat(system, Asks, model) == "late after 3600 s"


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_agents_ask_it_on_each_backend(backend: str) -> None:
    """The model is the one that the test has."""
    with connect(backend) as system, ScriptedModel(Expect("hello", "hi")) as model:
        assert chat(system, AsksAtOnce, model) == "hi"
        assert model.calls[0].text == "hello"


@pytest.mark.ray
def test_agents_ask_it_on_ray(ray_cluster: None) -> None:
    """Two agents in another process share the script with the test, which checks it."""
    model = ScriptedModel("one", "two")
    with connect("ray", hosts=1) as system:
        assert chat(system, AsksAtOnce, model) == "one"
        assert chat(system, AsksAtOnce, model, "again") == "two"
        assert [asked.text for asked in model.calls] == ["hello", "again"]
        model.check()
        with pytest.raises(ReplyError, match="once more"):
            chat(system, AsksAtOnce, model)
        with pytest.raises(ScriptError, match="once more"):
            model.check()


def test_scripts_hold_on_to_no_model() -> None:
    """Outside of a test nobody keeps a list of them."""
    program = (
        "import gc, weakref\n"
        "from agentcore.testing import ScriptedModel\n"
        "model = weakref.ref(ScriptedModel('one'))\n"
        "gc.collect()\n"
        "print(model())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert (done.stdout.strip(), done.stderr) == ("None", "")
