"""Agents that raise, never answer, or close an agent in their turn."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import Any

from agentcore.base.errors import AgentCoreError, AgentNotFoundError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.player import Player

__all__ = [
    "AsksAndCloses",
    "Closes",
    "ClosesItself",
    "Dies",
    "Interrupts",
    "Never",
    "Raises",
    "TidiesUp",
    "TypesIn",
    "Unpicklable",
]


class Never(Player):
    """Never answers: its ``async def`` rule waits for ever, and holds no thread."""

    @agent_reply()
    async def wait(self) -> tuple[bool, Any]:
        await asyncio.Event().wait()
        return True, None

    async def hang(self) -> None:
        """Wait for ever in a method, which can be called through a ref."""
        await asyncio.Event().wait()


class TidiesUp(Says):
    """Writes a file when it is closed, and then raises."""

    def __init__(self, name: str, path: Path, **options: Any) -> None:
        super().__init__(name, **options)
        self.path = path

    def on_close(self) -> None:
        """Write the file."""
        with self.path.open("a") as file:
            file.write("closed\n")
        raise RuntimeError("the closing failed")


class Unpicklable(Exception):
    """An exception that holds a lock, and so cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text, threading.Lock())


class Raises(Player):
    """Has one rule, which raises.

    Args:
        how: ``value``, ``unpicklable`` or ``exit``.
        later: whether the rule is ``async def``.
    """

    def __init__(self, name: str, how: str = "value", later: bool = False, **options: Any) -> None:
        super().__init__(name, **options)
        self.how = how
        rule = self.break_later if later else self.break_down
        self.register_reply(None, rule)

    def break_down(self) -> tuple[bool, Any]:
        raise {
            "value": ValueError("broken"),
            "unpicklable": Unpicklable("broken"),
            "exit": SystemExit("broken"),
        }[self.how]

    async def break_later(self) -> tuple[bool, Any]:
        await asyncio.sleep(0)
        return self.break_down()


class Closes(Player):
    """Closes an agent in its turn, by default the sender, and then answers."""

    def __init__(self, name: str, victim: Any = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.victim = victim

    @agent_reply()
    def close_it(self, sender: AgentRef) -> tuple[bool, Any]:
        with contextlib.suppress(AgentNotFoundError):  # it was closed before
            (self.victim or sender).close()
        return True, "closed"


class ClosesItself(Player):
    """Closes itself in its turn, tries to send to ``peer``, and answers with the outcome."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    def close_it(self, raw_message: Message) -> tuple[bool, Any]:
        assert self._mailbox is not None
        self._mailbox.ref.close()
        try:
            self.send(raw_message, self.peer)
        except AgentCoreError as error:
            return True, type(error).__name__
        return True, "sent"


class Dies(Player):
    """Has the agent ``closer`` close it during its turn."""

    @agent_reply()
    async def die(self) -> tuple[bool, Any]:
        await self.a_send("close me", "closer")
        return True, None


class Interrupts(Player):
    """Sends SIGINT to the process whose id it is told, as Ctrl-C does, and never answers."""

    @agent_reply()
    async def interrupt(self, raw_message: Message) -> tuple[bool, Any]:
        os.kill(int(raw_message.content), signal.SIGINT)
        await asyncio.Event().wait()
        return True, None


class AsksAndCloses(Player):
    """Asks ``other`` before it answers ``peer``, which it closes meanwhile."""

    def __init__(self, name: str, peer: AgentRef, other: AgentRef) -> None:
        super().__init__(name)
        self.peer = peer
        self.other = other

    @agent_reply(lambda self: [self.peer])
    def answer(self) -> tuple[bool, Any]:
        self.send("and you?", self.other)
        self.peer.close()
        return True, "thank you"

    @agent_reply()
    def stop(self) -> tuple[bool, Any]:
        return True, None


class TypesIn(Player):
    """Has a human that answers with ``value``."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name, human_input_mode="ALWAYS")
        self.value = value

    def get_human_input(self, prompt: str) -> Any:
        """Give the value."""
        return self.value


class Unreadable:
    """A value of which one method raises, whoever calls it.

    Args:
        method: ``__class__``, ``__bool__``, ``__eq__`` or ``__repr__``.
    """

    def __init__(self, method: str) -> None:
        self.method = method

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__" and object.__getattribute__(self, "method") == name:
            raise LookupError("no __class__")
        return object.__getattribute__(self, name)

    def __bool__(self) -> bool:
        return self._checked("__bool__")

    def __eq__(self, other: object) -> bool:
        return self._checked("__eq__")

    def __repr__(self) -> str:
        self._checked("__repr__")
        return "an odd value"

    __hash__ = None  # type: ignore[assignment]

    def _checked(self, method: str) -> bool:
        if self.method == method:
            raise LookupError(f"no {method}")
        return True
