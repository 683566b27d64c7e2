"""A blocking call on an event loop is warned of, with what to write in place of it."""

from __future__ import annotations

import asyncio
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, agent_reply, connect


class Answers(ConversableAgent):
    """Answers with a text, or with a stream."""

    @agent_reply()
    def answer(self, raw_message: Any) -> tuple[bool, Any]:
        if raw_message.content == "stream":
            return self.stream_reply(["one", "two"])
        return True, "fine"

    def method(self) -> str:
        """Be called through a ref."""
        return "called"


@pytest.fixture
def system() -> Any:
    with connect("thread") as opened:
        yield opened


def _read(system: AgentSystem) -> list[Any]:
    user = ConversableAgent("user")
    result = user.initiate_chat("bot", "stream", silent=True)
    last = result.last_message
    assert last is not None
    return list(user.get_agent_stream_messages("bot", last.metadata["stream_id"]))


def _user() -> ConversableAgent:
    return ConversableAgent("user")


CALLS: dict[str, Callable[[AgentSystem], Any]] = {
    "a_initiate_chat": lambda system: _user().initiate_chat("bot", "x", silent=True, max_turns=2),
    "a_send": lambda system: _user().send("x", "bot", silent=True),
    "a_ask_all": lambda system: _user().ask_all("x", ["bot"], silent=True),
    "a_call": lambda system: system.agent("bot").call("method"),
    "await chat": lambda system: _user().start_chat("bot", "x", silent=True, max_turns=2).result(),
    "async for": _read,
}


@pytest.mark.parametrize("form", CALLS)
def test_a_blocking_call_on_an_event_loop_names_its_async_form(
    system: AgentSystem, form: str
) -> None:
    """The warning points at the caller's line, and the call works all the same."""
    system.spawn(Answers, "bot")

    async def main() -> Any:
        with pytest.warns(RuntimeWarning, match="blocks the event loop") as caught:
            value = CALLS[form](system)
        assert caught[-1].filename == __file__
        assert form in str(caught[-1].message)
        return value

    assert asyncio.run(main())


def test_nothing_is_warned_of_where_nothing_else_is_held_up(
    system: AgentSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an event loop, with the async form, on a thread of its own, and in a notebook."""
    system.spawn(Answers, "bot")
    user = ConversableAgent("user")

    async def main() -> None:
        await user.a_initiate_chat("bot", "x", silent=True, max_turns=2)
        await asyncio.to_thread(user.initiate_chat, "bot", "x", silent=True, max_turns=2)
        notebook = types.ModuleType("IPython")
        notebook.get_ipython = object  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "IPython", notebook)
        user.initiate_chat("bot", "x", silent=True, max_turns=2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        user.initiate_chat("bot", "x", silent=True, max_turns=2)
        asyncio.run(main())


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_a_system_is_opened_used_and_closed_on_an_event_loop(backend: str) -> None:
    """``async with``, ``a_spawn`` with and without a placement, ``a_close``."""

    async def main() -> AgentSystem:
        async with connect(backend) as system:
            bot = await system.a_spawn(Answers, "bot")
            other = await system.a_spawn(Answers, "other", placement={})
            assert await bot.a_call("method") == "called"
            assert system.agents() == (bot, other)
        await system.a_close()
        return system

    assert asyncio.run(main())._runtime.closed
