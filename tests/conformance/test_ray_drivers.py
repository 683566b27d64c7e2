"""What only the Ray backend has: objects of drivers, second drivers, scripts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    MessagePickleError,
    agent_reply,
    connect,
)
from tests.conformance.ray_agents import (
    Asker,
    Echo,
    fresh,
    user,
)

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def hosts(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts, for tests that end none of them."""
    with connect("ray", hosts=2) as system:
        yield system


def test_a_message_that_cannot_be_pickled_names_the_path(hosts: AgentSystem) -> None:
    """Nothing is recorded, and the error says which part it is."""
    echo, sender = hosts.spawn(Echo, fresh("echo")), user()
    bad = {"content": "x", "metadata": {"deep": [{"lock": threading.Lock()}]}}
    with pytest.raises(MessagePickleError, match=r"\$\.metadata\.deep\[0\]\.lock") as caught:
        sender.initiate_chat(echo, bad, silent=True)
    assert caught.value.path == "$.metadata.deep[0].lock"
    assert not sender.chat_messages


def test_a_remote_agent_addresses_an_object_of_the_driver(hosts: AgentSystem) -> None:
    """While it is in a conversation, an agent object of this process can be asked by its name."""
    name = fresh("local")

    class Local(ConversableAgent):
        @agent_reply(f"asker-of-{name}")
        def help(self) -> tuple[bool, str]:
            return True, "from the driver"

        @agent_reply()
        def hear(self) -> tuple[bool, None]:
            return True, None

    asker = hosts.spawn(Asker, f"asker-of-{name}", peer=name)
    other = hosts.spawn(Asker, fresh("other"), peer=asker.name)
    result = Local(name).initiate_chat(other, "who are you?", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "from the driver"


SECOND_DRIVER = """
import sys
from agentcore import UserProxyAgent, connect
with connect("ray", namespace=sys.argv[1], address=sys.argv[2]) as system:
    second = UserProxyAgent("second", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    print(second.initiate_chat("keeper", "hello", silent=True).last_message.content)
"""


def test_a_detached_system_is_joined_by_a_second_driver_and_outlives_both(
    ray_cluster: None,
) -> None:
    """Its agents are found by name; ``end`` ends it for everyone."""
    import ray

    namespace = fresh("shared")
    with connect("ray", namespace=namespace, detached=True, hosts=1) as system:
        system.spawn(Echo, "keeper")
    address = ray.get_runtime_context().gcs_address
    root = Path(__file__).parents[2]
    roots = [str(root), str(root / "backends"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", SECOND_DRIVER, namespace, address],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "hello" in done.stdout, done.stderr
    system = connect("ray", namespace=namespace)
    assert [ref.name for ref in system.agents()] == ["keeper"]
    system.end()


SCRIPT = '''
from __future__ import annotations
import sys
from typing import Literal
import attrs
from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect, prompt, tool
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel

Fruit = Literal["plums", "pears"]

@attrs.frozen
class Plan:
    steps: list[str]

@tool
def price(fruit: Fruit) -> int:
    """Say what one costs."""
    return len(fruit)

class Shop(ConversableAgent):
    @tool(approve=lambda request: request.arguments["fruit"] == "plums")
    def in_stock(self, fruit: Fruit) -> int:
        """Say how many there are."""
        return 40

class Planner(ConversableAgent):
    @prompt(llm=lambda self: self.llm)
    def plan(self) -> Plan:
        """Plan."""

    @agent_reply()
    def answer(self):
        return True, self.plan().steps[0]

calls = [ToolCall.of("1", "in_stock", fruit="plums"), ToolCall.of("2", "in_stock", fruit="pears"),
         ToolCall.of("3", "price", fruit="plums")]
last = lambda messages, tools, output: " ".join(m["content"] for m in messages[-3:])
with connect("ray", hosts=1, address=sys.argv[1]) as system:
    shop = system.spawn(Shop, "shop", ScriptedModel(calls, last), tools=[price])
    planner = system.spawn(Planner, "planner", ScriptedModel({"steps": ["begin"]}))
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    for agent in (shop, planner):
        print(user.initiate_chat(agent, "hello", silent=True).last_message.content)
'''


def test_tools_and_typed_prompts_of_a_script_go_along(ray_cluster: None, tmp_path: Path) -> None:
    """With their types, also where annotations are texts, and with who is to approve."""
    import ray

    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    root = Path(__file__).parents[2]
    roots = [str(root), str(root / "backends"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(script), ray.get_runtime_context().gcs_address],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = done.stdout.splitlines()
    assert said == ["40 the call of in_stock was refused 5", "begin"], done.stderr


def test_messages_between_hosts_are_shown_in_order_where_the_conversation_began(
    hosts: AgentSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each as the documented sample shows it, on the console of this process."""
    echo = hosts.spawn(Echo, fresh("echo"))
    asker = hosts.spawn(Asker, fresh("asker"), peer=echo.name)
    sender = user()
    sender.initiate_chat(asker, "Who are you?")
    heads = [line for line in capsys.readouterr().out.splitlines() if "(to" in line]
    assert heads == [
        f"{sender.name} (to {asker.name}):",
        f"{asker.name} (to {echo.name}):",
        f"{echo.name} (to {asker.name}):",
        f"{asker.name} (to {sender.name}):",
    ]
