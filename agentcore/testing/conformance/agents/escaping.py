"""Code of the user's that raises what is no `Exception`, or does harm to its event loop.

`RAISED` names what it raises: ``SystemExit``, as ``argparse`` does at a wrong argument, and others
that mean something to generators, tasks and event loops when they come through.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, NoReturn

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.testing.conformance.agents.chat_models import Plain
from agentcore.testing.conformance.agents.player import Player
from agentcore.tools.decorator import tool

__all__ = ["RAISED", "TOOLS", "Escape", "Escapes", "Unforeseen"]


class Unforeseen(BaseException):
    """A class of the user's own that no ``except Exception`` catches."""


class Wordless(Exception):
    """A class of the user's own whose text cannot be had."""

    def __str__(self) -> str:
        sys.exit(2)


KINDS: dict[str, type[BaseException]] = {
    "SystemExit": SystemExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "CancelledError": asyncio.CancelledError,
    "StopIteration": StopIteration,
    "Unforeseen": Unforeseen,
    "Wordless": Wordless,
}
RAISED = tuple(KINDS)


def escape(how: str) -> NoReturn:
    """Raise it."""
    raise KINDS[how]("broken")


async def escape_later(how: str) -> Any:
    """Raise it after an ``await``; a ``CancelledError`` comes from a future that is awaited."""
    await asyncio.sleep(0)
    if how == "CancelledError":
        future = asyncio.get_running_loop().create_future()
        future.cancel("broken")
        await future
    return escape(how)


@attrs.frozen
class Escape:
    """A function that raises, whatever it is given; it gives an awaitable first if ``later``."""

    how: str
    later: bool = False

    def __call__(self, *args: Any) -> Any:
        return escape_later(self.how) if self.later else escape(self.how)


# --- tools ----------------------------------------------------------------------------------------


@tool
def fail(how: str) -> str:
    """Raise it."""
    escape(how)


@tool
async def fail_later(how: str) -> str:
    """Raise it in an ``async def`` tool."""
    await escape_later(how)
    return "never"


@tool
def promise(how: str) -> Any:
    """Give an awaitable, as the tools of MCP servers do, which raises it."""
    return escape_later(how)


@attrs.frozen
class Trap:
    """Raises when one is made."""

    how: str

    def __attrs_post_init__(self) -> None:
        escape(self.how)


@tool
def take(trap: Trap) -> str:
    """Never run, since no `Trap` can be made."""
    return f"took {trap}"


@tool
async def fail_in_task(how: str) -> str:
    """Raise it in a task, which is awaited."""
    await asyncio.create_task(escape_later(how))
    return "never"


@tool
async def fail_in_group(how: str) -> str:
    """Raise it in one of two tasks of a group."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(escape_later(how))
        tasks.create_task(asyncio.Event().wait())
    return "never"


@tool
async def exit_alone() -> str:
    """Begin a task that exits, and do not await it."""
    task = asyncio.create_task(escape_later("SystemExit"))
    while not task.done():
        await asyncio.sleep(0)
    return f"it raised {type(task.exception()).__name__}"


@tool
async def exit_in_callback() -> str:
    """Exit in a callback of the event loop."""
    asyncio.get_running_loop().call_soon(sys.exit, 2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return "called back"


@tool
async def stop_loop() -> str:
    """Stop the event loop."""
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    return "stopped"


@tool
async def close_loop() -> str:
    """Close the event loop, which raises while it runs."""
    asyncio.get_running_loop().close()
    return "closed"


@tool
async def cancel_all() -> str:
    """Cancel all tasks of the event loop, its own too."""
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)
    return "never"


@tool
def interrupt(pid: int) -> str:
    """Send SIGINT to a process, as Ctrl-C does."""
    os.kill(pid, signal.SIGINT)
    return "sent"


@tool
async def interrupt_later(pid: int) -> str:
    """Send SIGINT to a process, and wait for ever."""
    os.kill(pid, signal.SIGINT)
    await asyncio.Event().wait()
    return "never"


TOOLS = (
    fail, fail_later, promise, fail_in_task, fail_in_group, exit_alone, exit_in_callback,
    stop_loop, close_loop, cancel_all, interrupt, interrupt_later, take,
)  # fmt: skip


# --- other code -----------------------------------------------------------------------------------


class Escapes(Player):
    """Raises in one place of its code.

    Args:
        place: ``rule``, ``trigger``, ``stream`` and so on; ``""`` for none.
        how: what it raises, one of `RAISED`.
        later: whether it raises in ``async def`` code.
    """

    def __init__(
        self, name: str, place: str = "", how: str = "", later: bool = False, **options: Any
    ) -> None:
        breaks = Escape(how, later)
        if place == "is_termination_msg":
            options["is_termination_msg"] = breaks
        elif place == "human":
            options["human_input_mode"] = "ALWAYS"
        elif place == "history_policy":
            options.update(llm=Plain(), history_policy=breaks)
        elif place == "constructor":
            breaks()
        super().__init__(name, **options)
        self.breaks = breaks
        rules = {"rule": self.break_later if later else self.break_down, "stream": self.stream}
        if place in rules:
            self.register_reply(None, rules[place])
        elif place == "trigger":
            self.register_reply(self.answers, self.say)

    def break_down(self) -> Any:
        """Raise at once."""
        return escape(self.breaks.how)

    async def break_later(self) -> Any:
        """Raise later."""
        return await escape_later(self.breaks.how)

    def answers(self, sender: AgentRef) -> Any:
        """Raise, in place of saying whether ``sender`` is answered."""
        return self.breaks()

    def say(self) -> tuple[bool, Any]:
        return True, "never"

    def get_human_input(self, prompt: str) -> Any:
        """Raise, in place of asking a human."""
        return self.breaks()

    def generate_init_message(self, **context: Any) -> Any:
        """Raise, in place of giving the first message."""
        return self.breaks()

    def stream(self) -> tuple[bool, Any]:
        return self.stream_reply(self.chunks_later() if self.breaks.later else self.chunks())

    def chunks(self) -> Iterator[str]:
        """Give a chunk, and raise."""
        yield "a"
        escape(self.breaks.how)

    async def chunks_later(self) -> AsyncIterator[str]:
        """Do what `chunks` does, as an async iterable."""
        yield "a"
        await escape_later(self.breaks.how)

    def is_on_main_thread(self) -> bool:
        """Whether its code runs on the thread that Ctrl-C interrupts, as on one thread it must."""
        return threading.current_thread() is threading.main_thread()
