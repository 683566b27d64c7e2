"""`OpenAIModel`, on the real SDK, against a real server on this machine."""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import aclosing
from typing import Any

import attrs
import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.errors import ConfigError, ExtraMissingError
from agentcore.models import ChatModel, Delta, OpenAIModel
from tests.chat_protocol.asking import ASKED, ask, model_at, run
from tests.chat_protocol.server import Server, chat, chunk, failure, streamed

pytest.importorskip("openai")


def test_closing_a_stream_closes_the_response(server: Server) -> None:
    """The server sees that its reader has left, and can stop to compute."""
    server.answers(streamed(chunk({"content": "a"}), done=False, hang=True))

    async def begin() -> bool:
        async with aclosing(model_at(server).stream(ASKED)) as deltas:  # type: ignore[type-var]
            assert await anext(deltas) == Delta("a")
        return await asyncio.to_thread(server.left.wait, 20)

    assert run(begin())


def test_settings_that_cannot_be_are_refused_at_once() -> None:
    """Two keys; an address that is none."""
    with pytest.raises(ConfigError, match="both"):
        OpenAIModel("m", api_key="x", api_key_env="Y")
    for address in ("localhost:8000/v1", "ftp://x", "http://"):
        with pytest.raises(ConfigError, match="base_url of model 'm'"):
            OpenAIModel("m", address)


class Asks(ConversableAgent):
    """Answers with what its model says, whole and streamed."""

    @agent_reply()
    async def ask(self, raw_message: Any) -> tuple[bool, str]:
        asked = [{"role": "user", "content": raw_message.content}]
        whole = await self.llm.complete(asked, timeout=60.0)
        deltas = [delta.text async for delta in self.llm.stream(asked, timeout=60.0)]
        return True, f"{whole.text} {''.join(deltas)}"


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_agents_ask_it_on_each_backend(server: Server, backend: str) -> None:
    """Also in virtual time, which goes on as the real one does while a server is waited for."""
    slow = failure(429, "slow", retry_after="0.05")
    server.answers(slow, chat(), streamed(chunk({"content": "again"}, "stop")))
    with connect(backend) as system:
        ref = system.spawn(Asks, "agent", model_at(server, max_retries=1))
        user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        result = user.initiate_chat(ref, "hello", silent=True)
    assert result.transcript[-1].content == "hello again"


# --- what it is -------------------------------------------------------------------------------


def test_it_is_a_chat_model_that_is_equal_to_its_like() -> None:
    """With the attributes that agents look for."""
    model = OpenAIModel("m", alternates=True, names_in_text=True, headers={"a": "b"})
    assert isinstance(model, ChatModel)
    assert (model.name, model.alternates, model.names_in_text) == ("m", True, True)
    again = pickle.loads(pickle.dumps(model))
    assert (again, hash(again)) == (model, hash(model))
    assert model != attrs.evolve(model, headers={"a": "c"})


def test_without_the_package_the_extra_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is first asked, and not before."""
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ExtraMissingError, match=r'pip install "agentcore-actors\[openai\]"'):
        ask(model_at(server))
