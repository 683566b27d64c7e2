"""The agents that `BackendConformance` converses with.

They stand in a module, and are made of plain values, so that they can be sent to any process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.base.errors import AgentCoreError, AgentNotFoundError, BudgetSpentError
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.transcript import ChatResult

__all__ = [
    "Asks",
    "AsksLater",
    "Base",
    "Begins",
    "Blocks",
    "Box",
    "Boxes",
    "Calls",
    "Closes",
    "ClosesItself",
    "Counts",
    "Derived",
    "Doorkeeper",
    "Forgets",
    "Human",
    "Interrupts",
    "Meddles",
    "Never",
    "Overridden",
    "Player",
    "Raises",
    "Returns",
    "Says",
    "Sends",
    "Tells",
    "Unpicklable",
    "calls_it_a_day",
    "is_vip",
]


class Player(ConversableAgent):
    """An agent that can be asked what it knows: ``ref.call("heard", "bob")``."""

    def heard(self, peer: Any) -> list[tuple[str, Any]]:
        """Give role and content of each message of its history with ``peer``."""
        return [(m.role, m.content) for m in self.get_chat_messages(get_agent_name(peer))]

    def know(self, attribute: str) -> Any:
        """Give one of its attributes."""
        return getattr(self, attribute)

    def learn(self, attribute: str, value: Any) -> None:
        """Set one of its attributes."""
        setattr(self, attribute, value)

    def ask_for_last(self, peer: Any = None) -> Any:
        """Give the content of ``last_message(peer)``."""
        message = self.last_message(peer)
        return None if message is None else message.content


class Returns(Player):
    """Its only rule returns ``value``, right or wrong."""

    def __init__(self, name: str, value: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.value = value

    @agent_reply()
    def give(self) -> Any:
        return self.value


class Says(Player):
    """Answers everyone with ``reply``, or with what it heard if that is ``...``."""

    def __init__(self, name: str, reply: Any = ..., **options: Any) -> None:
        super().__init__(name, **options)
        self.reply = reply

    @agent_reply()
    def say(self, raw_message: Message) -> tuple[bool, Any]:
        if self.reply is ...:
            return True, f"{self.name} heard {raw_message.content}"
        return True, self.reply


class Counts(Player):
    """Counts on: answers ``41`` with ``42``."""

    @agent_reply()
    def count(self, raw_message: Message) -> tuple[bool, str]:
        return True, str(int(raw_message["content"]) + 1)


class Never(Player):
    """Never answers: its rule waits for what does not come, and holds no thread meanwhile."""

    @agent_reply()
    async def wait(self) -> tuple[bool, Any]:
        await asyncio.Event().wait()
        return True, None

    async def hang(self) -> None:
        """The same as a method that can be called."""
        await asyncio.Event().wait()


class Unpicklable(Exception):
    """An exception that holds what cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text, threading.Lock())


class Raises(Player):
    """Its rule raises: ``how`` is ``value``, ``unpicklable``, ``exit`` or ``interrupt``."""

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


class Forgets(Player):
    """Forgets all it has heard before it answers."""

    @agent_reply()
    def forget(self) -> tuple[bool, str]:
        self.clear_history()
        return True, "what?"


class Human(Player):
    """Asks a script instead of a human; keeps the prompts."""

    def __init__(
        self, name: str, answers: Sequence[str | None] = (), *, reply: Any = "auto", **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.reply = reply

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)

    @agent_reply()
    def say(self) -> tuple[bool, Any]:
        return True, self.reply


# --- whom rules answer, and in which order -------------------------------------------------------


def is_vip(sender: AgentRef) -> bool:
    """A predicate of the sender."""
    return sender.name.startswith("vip")


def calls_it_a_day(message: Message) -> bool:
    """A predicate of the message, for ``is_termination_msg``."""
    return "day" in message.content


class Doorkeeper(Player):
    """Says by which of its rules it recognised who knocks."""

    def __init__(self, name: str, friend: Any = "nobody", **options: Any) -> None:
        super().__init__(name, **options)
        self.friend = friend

    @agent_reply()
    def anyone(self) -> tuple[bool, str]:
        return True, "anyone"

    @agent_reply("nora")
    def by_name(self) -> tuple[bool, str]:
        return True, "name"

    @agent_reply(Counts)
    def by_class(self) -> tuple[bool, str]:
        return True, "class"

    @agent_reply(is_vip)
    def by_predicate(self) -> tuple[bool, str]:
        return True, "predicate"

    @agent_reply(["olga", Human])
    def by_list(self) -> tuple[bool, str]:
        return True, "list"

    @agent_reply(lambda self: [self.friend])
    def by_asking(self) -> tuple[bool, str]:
        return True, "asked"


class Base(Player):
    """Rules that are not mine, each of which writes down that it was asked; the last answers."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.asked: list[str] = []

    def pass_on(self, rule: str) -> tuple[bool, None]:
        self.asked.append(rule)
        return False, None

    @agent_reply()
    def zebra(self) -> tuple[bool, Any]:
        return self.pass_on("zebra")

    @agent_reply("user")
    def yak(self) -> tuple[bool, Any]:
        return self.pass_on("yak")

    @agent_reply()
    async def ant(self) -> tuple[bool, Any]:
        await asyncio.sleep(0)
        return self.pass_on("ant")

    @agent_reply("user")
    def bee(self) -> tuple[bool, Any]:
        return self.pass_on("bee")


class Derived(Base):
    """Its rules come before those of its base."""

    @agent_reply()
    def mole(self) -> tuple[bool, Any]:
        return self.pass_on("mole")

    @agent_reply("user")
    async def newt(self) -> tuple[bool, Any]:
        return self.pass_on("newt")

    @agent_reply("stranger")
    def owl(self) -> tuple[bool, Any]:
        return self.pass_on("owl")


class Overridden(Base):
    """An overridden method keeps its own single place."""

    def yak(self) -> tuple[bool, Any]:
        return self.pass_on("my yak")


# --- conversations that a turn begins ------------------------------------------------------------


class Asks(Player):
    """Asks others before it answers: those that ``asks`` names for who asked it.

    A question ends with a question mark; anything else is an answer, and is not answered.

    Args:
        asks: names of peers, by the name of who asked; ``*`` is anyone else.
        options: also of the agent.
    """

    def __init__(
        self, name: str, asks: Mapping[str, Sequence[Any]] | None = None, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.asks = dict(asks or {})
        self.results: list[ChatResult] = []
        self.errors: list[str] = []
        self.order: list[str] = []

    def peers(self, sender: AgentRef) -> Sequence[Any]:
        return self.asks.get(sender.name, self.asks.get("*", ()))

    @agent_reply()
    def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        self.order.append(f"{sender.name} asked")
        answers = []
        for peer in self.peers(sender):
            self.results.append(self.send(raw_message, peer))
            answers.append(self._messages[get_agent_name(peer)][-1]["content"])
        self.order.append(f"{sender.name} answered")
        return True, f"{self.name}({', '.join(answers)})"


class AsksLater(Asks):
    """The same with ``async def``: `a_send`."""

    @agent_reply()
    async def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if not raw_message.content.endswith("?"):
            return True, None
        self.order.append(f"{sender.name} asked")
        answers = []
        for peer in self.peers(sender):
            self.results.append(await self.a_send(raw_message, peer))
            answers.append(self._messages[get_agent_name(peer)][-1]["content"])
        self.order.append(f"{sender.name} answered")
        return True, f"{self.name}({', '.join(answers)})"


class Sends(Player):
    """Sends what it heard to ``peer``, with options, and says what came of it."""

    def __init__(
        self,
        name: str,
        peer: Any,
        *,
        later: bool = False,
        catches: bool = False,
        sending: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.catches = catches
        self.sending = dict(sending or {})
        self.outcome = ""
        self.register_reply(None, self.send_later if later else self.send_now)

    def send_now(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        try:
            result = self.send(raw_message, self.peer, **self.sending)
        except AgentCoreError as error:
            return self.caught(error)
        self.outcome = result.stop.kind
        return True, f"sent: {self.outcome}"

    async def send_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        try:
            result = await self.a_send(raw_message, self.peer, **self.sending)
        except AgentCoreError as error:
            return self.caught(error)
        self.outcome = result.stop.kind
        return True, f"sent: {self.outcome}"

    def caught(self, error: AgentCoreError) -> tuple[bool, Any]:
        self.outcome = type(error).__name__
        if not self.catches:
            raise error
        return True, f"caught {self.outcome}"


class Begins(Player):
    """Begins conversations in its turn, by ``how``, and says how they stopped."""

    def __init__(self, name: str, how: str, peer: Any, other: Any = None, **options: Any) -> None:
        super().__init__(name)
        self.peer = peer
        self.other = other
        self.begun = options
        self.caught = ""
        self.register_reply(None, getattr(self, how))

    def initiate(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Begin one of its own."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, str(self.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    async def initiate_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """The same, awaited."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        result = await self.a_initiate_chat(self.peer, raw_message, **self.begun)
        return True, str(result.stop.kind)

    def have_it_begun(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent begin one with a third, and wait for it."""
        return True, str(self.other.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    def start(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent begin one with a third, and ask for its result."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str(chat.result().stop.kind)

    async def start_later(self, raw_message: Message) -> tuple[bool, Any]:
        """The same, awaited."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str((await chat).stop.kind)

    def twice(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Send twice, and catch what the second attempt raises."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        self.send(raw_message, self.peer)
        try:
            self.send(raw_message, self.peer)
        except BudgetSpentError as error:
            self.caught = str(error)
        return True, "sent twice"

    def try_and_go_on(self, raw_message: Message) -> tuple[bool, Any]:
        """Fail to have one begun, catch that, and answer."""
        try:
            self.other.initiate_chat(self.peer, raw_message, **self.begun)
        except (AgentCoreError, ValueError, TypeError) as error:
            return True, f"caught {type(error).__name__}"
        return True, "nothing was raised"


class Blocks(Player):
    """Sends from an ``async def`` rule as if it were a plain one."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    async def block(self, raw_message: Message) -> tuple[bool, Any]:
        self.send(raw_message, self.peer)
        return True, None


class Calls(Player):
    """Calls a method of its own through its ref, in its turn."""

    @agent_reply()
    def call_itself(self, raw_message: Message) -> tuple[bool, Any]:
        assert self._mailbox is not None
        return True, self._mailbox.ref.call("tell_what", raw_message.content)

    def tell_what(self, what: str) -> str:
        """What is called."""
        return f"{self.name} knows {what}"


class Tells(Player):
    """Tells ``peer`` what it heard, and answers at once."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.order: list[str] = []

    @agent_reply()
    def pass_on(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        self.order.append(sender.name)
        if sender.name == get_agent_name(self.peer):
            return True, None
        self.tell(raw_message, self.peer)
        return True, "told"


class Closes(Player):
    """Closes an agent in the midst of its turn, then answers."""

    def __init__(self, name: str, victim: Any = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.victim = victim

    @agent_reply()
    def close_it(self, sender: AgentRef) -> tuple[bool, Any]:
        with contextlib.suppress(AgentNotFoundError):  # closed already
            (self.victim or sender).close()
        return True, "closed"


class ClosesItself(Player):
    """Closes itself, then tries to send something to ``peer``, and says what came of that."""

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


class Interrupts(Player):
    """Interrupts a process, as Ctrl-C does, and never answers."""

    @agent_reply()
    async def interrupt(self, raw_message: Message) -> tuple[bool, Any]:
        os.kill(int(raw_message.content), signal.SIGINT)
        await asyncio.Event().wait()
        return True, None


# --- isolation -----------------------------------------------------------------------------------


class Box:
    """A mutable object of a class of its own."""

    def __init__(self, value: int) -> None:
        self.value = value


class Boxes(Player):
    """Answers with a box that it keeps, and changes afterwards."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.box = Box(1)

    @agent_reply()
    def give(self) -> tuple[bool, Any]:
        return True, {"content": "here", "metadata": {"box": self.box}}

    def change(self, value: int) -> None:
        """Change the box that was given away."""
        self.box.value = value

    def seen(self, peer: Any) -> list[int]:
        """Give the values of the boxes in its history with ``peer``."""
        history = self.get_chat_messages(get_agent_name(peer))
        return [m.metadata["box"].value for m in history if "box" in m.metadata]


class Meddles(Boxes):
    """Changes whatever it gets, as far as it can, and says what it could not."""

    @agent_reply()
    def meddle(self, raw_message: Message, messages: Any) -> tuple[bool, Any]:
        refused = 0
        for message in (raw_message, messages[-1]):
            for change in (
                lambda m: m["metadata"]["tags"].append("mine"),
                lambda m: m["metadata"].update(mine=True),
                lambda m: setattr(m, "content", "mine"),
            ):
                try:
                    change(message)
                except (TypeError, AttributeError):
                    refused += 1
            if "box" in message.metadata:
                message.metadata["box"].value = 99
        return True, f"refused {refused}"
