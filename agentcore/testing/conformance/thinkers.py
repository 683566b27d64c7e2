"""The agents that `BackendConformance` has think, work in groups and ask many.

They stand in a module, and are made of plain values, so that they can be sent to any process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from agentcore.agents.prompt import prompt
from agentcore.base.errors import AgentCoreError
from agentcore.groups.group import GroupChat
from agentcore.models import Completion, Delta
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents import Asks, Player
from agentcore.tools.approval import ToolRequest
from agentcore.tools.decorator import tool

__all__ = [
    "AsksAll",
    "ChatsWithMany",
    "Hands",
    "Line",
    "Link",
    "Reads",
    "Stuck",
    "Toolbox",
    "Verdict",
    "add",
    "add_later",
    "loudly",
    "only_small",
    "two_at_the_end",
]

PATIENCE = 20.0  # seconds that tools which meet wait for each other; only a failure takes any


class Stuck:
    """A model that never answers; ``cancelled`` once whoever asked it has given up.

    Attributes:
        pieces: what its stream says before it is stuck.
    """

    name = "stuck"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked = 0
        self.cancelled = 0

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Wait for what does not come."""
        self.asked += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Completion("never")

    async def stream(self, messages: Any, **options: Any) -> Any:
        """Say the pieces, then wait."""
        for piece in self.pieces:
            yield Delta(piece)
        yield Delta(completion=await self.complete(messages))


class Odd:
    """A model that answers what is no answer."""

    name = "odd"

    def complete(self, messages: Any, **options: Any) -> Any:
        """Give a number."""
        return 42


class Plain:
    """A model that answers with a str: what it heard."""

    def complete(self, messages: Any, **options: Any) -> Any:
        """Say it again."""
        return f"plain: {messages[-1]['content']}"


# --- tools ---------------------------------------------------------------------------------------


@tool
def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: one.
        b: the other.
    """
    return a + b


@tool
async def add_later(a: int, b: int) -> int:
    """Add two numbers, without haste."""
    await asyncio.sleep(0)
    return a + b


def shout(**arguments: Any) -> str:
    """Say something loud, whatever is asked for."""
    return "hey".upper()


def only_small(request: ToolRequest) -> Any:
    """Approve of calls with small numbers alone, as ``approve=``."""
    return all(value < 10 for value in request.arguments.values()) or "too large for me"


async def only_small_later(request: ToolRequest) -> Any:
    """The same, as ``async def``."""
    return only_small(request)


def breaks(request: ToolRequest) -> Any:
    """Fail to say whether a call may run."""
    raise ValueError("nobody is there")


class Toolbox(Player):
    """Has tools of its own; its human approves of calls, or not."""

    def __init__(
        self, name: str, llm: Any = None, answers: Sequence[str | None] = (), **options: Any
    ) -> None:
        super().__init__(name, llm, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.ran: list[str] = []
        self.barrier = threading.Barrier(2)
        self.later = asyncio.Barrier(2)

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)

    @tool
    def note(self, word: str) -> str:
        """Write a word down."""
        self.ran.append(word)
        return f"noted {word}"

    @tool
    def break_down(self) -> str:
        """Fail."""
        raise ValueError("out of order")

    @tool
    def meet(self, who: str) -> str:
        """Wait until another call is here as well."""
        self.barrier.wait(PATIENCE)
        return f"{who} met"

    @tool
    async def meet_later(self, who: str) -> str:
        """Wait until another call is here as well, and hold no thread."""
        async with asyncio.timeout(PATIENCE):
            await self.later.wait()
        return f"{who} met"

    @tool
    def ask_peer(self, peer: str, question: str) -> str:
        """Ask another agent."""
        return _last(self.send(question, peer))

    @tool
    async def ask_peer_later(self, peer: str, question: str) -> str:
        """Ask another agent, and hold no thread."""
        return _last(await self.a_send(question, peer))

    @tool
    async def hang(self) -> str:
        """Never come back."""
        await asyncio.Event().wait()
        return "never"


class Dies(Player):
    """Has ``closer`` close it in the midst of its turn."""

    @agent_reply()
    async def die(self) -> tuple[bool, Any]:
        await self.a_send("close me", "closer")
        return True, None


def _last(result: ChatResult) -> str:
    message = result.last_message
    return "(nothing)" if message is None else str(message.content)


# --- models and their answers --------------------------------------------------------------------


@attrs.frozen
class Verdict:
    """What a prompt of a type answers.

    Attributes:
        good: whether it is.
        reason: why.
    """

    good: bool
    reason: str


class Judge(Player):
    """Answers with what its model says, by prompts: sync, or ``later``."""

    def __init__(self, name: str, llm: Any, later: bool = False, **options: Any) -> None:
        super().__init__(name, llm, **options)
        self.register_reply(None, self.judge_later if later else self.judge)

    @prompt(llm=lambda self: self.llm)
    def verdict(self, text: str) -> Verdict:  # type: ignore[empty-body]
        """Is this any good? {{ text }}"""

    @prompt(llm=lambda self: self.llm)
    async def verdict_later(self, text: str) -> Verdict:  # type: ignore[empty-body]
        """Is this any good? {{ text }}"""

    @prompt(llm=lambda self: self.llm)
    def title(self, text: str) -> str:  # type: ignore[empty-body]
        """Give {{ text }} a title."""

    def judge(self, raw_message: Message) -> tuple[bool, Any]:
        found = self.verdict(raw_message.content)
        assert isinstance(found, Verdict)
        return True, f"{self.title(raw_message.content)}: {found.good}, {found.reason}"

    async def judge_later(self, raw_message: Message) -> tuple[bool, Any]:
        found = await self.verdict_later(raw_message.content)
        assert isinstance(found, Verdict)
        return True, f"{found.good}, {found.reason}"


def two_at_the_end(messages: Sequence[Mapping[str, Any]], model: Any) -> Any:
    """Show the last two messages, as ``history_policy=``."""
    return messages[-2:]


async def loudly(messages: Sequence[Mapping[str, Any]], model: Any) -> Any:
    """Show what the model itself makes of them, as ``history_policy=``."""
    told = await model.complete([{"role": "user", "content": f"{len(messages)} messages"}])
    return [{"role": "user", "content": told.text.upper()}]


class Reads(Player):
    """Reads streams: ``ref.call("read", agent, stream_id)``."""

    def read(self, agent: Any, stream_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Give the chunks of a stream."""
        chunks = self.get_agent_stream_messages(agent, stream_id)
        return [(text, dict(metadata)) for text, metadata in chunks]


# --- groups --------------------------------------------------------------------------------------


class Link(Player):
    """Adds its name to what it heard last: in what a group says, its order shows.

    Args:
        says: what it does instead, by how often it has spoken (the first time is 1): a text or a
            message, ``None`` for nothing, a `Handoff`, or an exception, which it raises.
        later: whether its rule is ``async def``.
    """

    def __init__(
        self, name: str, says: Mapping[int, Any] | None = None, later: bool = False, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.says = dict(says or {})
        self.spoken = 0
        self.register_reply(None, self.link_later if later else self.link)

    def link(self, raw_message: Message) -> tuple[bool, Any]:
        self.spoken += 1
        said = self.says.get(self.spoken, ...)
        if isinstance(said, Exception):
            raise said
        return True, f"{raw_message.content} {self.name}" if said is ... else said

    async def link_later(self, raw_message: Message) -> tuple[bool, Any]:
        await asyncio.sleep(0)
        return self.link(raw_message)

    def told(self, peer: Any) -> list[tuple[str | None, str]]:
        """Give who said what, of its history with ``peer``, in order."""
        history = self.get_chat_messages(get_agent_name(peer))
        own = self.name
        return [(own if m.role == "assistant" else m.name, m.content) for m in history]


class Line(Player):
    """Sends what it heard to ``peer``, and answers with the last that was said there."""

    def __init__(self, name: str, peer: Any, later: bool = False, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.spoken = 0
        self.register_reply(None, self.pass_on_later if later else self.pass_on)

    def pass_on(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, f"{_last(self.send(raw_message.content, self.peer))}!"

    async def pass_on_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, f"{_last(await self.a_send(raw_message.content, self.peer))}!"


class Chairs(Player):
    """Begins a conversation with a group once, in its turn, and is a member of that group."""

    def __init__(self, name: str, group: str, later: bool = False) -> None:
        super().__init__(name)
        self.group = group
        self.began = False
        self.register_reply(None, self.chair_later if later else self.chair)

    def chair(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == self.group:
            return True, f"{raw_message.content} {self.name}"
        result = self.send(raw_message.content, self.group)
        return True, f"{len(result.transcript)} messages, {result.stop.kind}"

    async def chair_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == self.group:
            return True, f"{raw_message.content} {self.name}"
        result = await self.a_send(raw_message.content, self.group)
        return True, f"{len(result.transcript)} messages, {result.stop.kind}"

    told = Link.told


class ChoosesForAll(Link):
    """A member whose human says who speaks next."""

    def __init__(self, name: str, answers: Sequence[str | None] = (), **options: Any) -> None:
        super().__init__(name, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)


class Chooses(GroupChat):
    """A group whose human says who speaks next."""

    def __init__(
        self, name: str, agents: Sequence[Any], answers: Sequence[str | None], **options: Any
    ) -> None:
        super().__init__(name, agents, speaker_selection="manual", **options)
        self.answers = list(answers)

    async def get_human_input(self, prompt: str) -> str | None:  # type: ignore[override]
        return self.answers.pop(0)


def shortest_first(
    last_speaker: str | None, messages: Sequence[Any], candidates: tuple[str, ...]
) -> str | None:
    """Choose by the length of names; whoever spoke last is passed over; nobody after ``stop``."""
    if messages[-1]["content"].endswith("stop"):
        return None
    return min((name for name in candidates if name != last_speaker), key=len, default=None)


async def last_candidate(candidates: tuple[str, ...]) -> str:
    """Choose the last who may speak."""
    return candidates[-1]


def nobody_known(candidates: tuple[str, ...]) -> str:
    """Choose someone who is not there."""
    return "zoe"


# --- conversations that are handed on, and questions to many -------------------------------------


class Hands(Player):
    """Hands over what it hears, to the first of ``to`` the first time, and so on; then answers.

    Args:
        to: names; each may be a pair of a name and what is said.
    """

    def __init__(self, name: str, *to: Any, answer: Any = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.to = list(to)
        self.answer = answer

    @agent_reply()
    def hand(self, raw_message: Message) -> tuple[bool, Any]:
        if self.to:
            to = self.to.pop(0)
            return True, Handoff(*((to,) if isinstance(to, str | AgentRef) else to))
        return True, self.answer


class Relays(Asks):
    """Asks others as `Asks` does, and tells what was said last, whoever said it."""

    @agent_reply()
    def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        answers = [_last(self.send(raw_message, peer)) for peer in self.peers(sender)]
        return True, f"{self.name}({', '.join(answers)})"


class AsksAll(Player):
    """Asks all of ``peers`` at once before it answers: with what they said, or why not.

    Args:
        asking: options of `ask_all`.
        later: whether its rule is ``async def``.
    """

    def __init__(
        self,
        name: str,
        peers: Sequence[Any],
        later: bool = False,
        asking: Mapping[str, Any] | None = None,
        catches: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.peers = peers
        self.asking = dict(asking or {})
        self.catches = catches
        self.answers: Any = ()
        self.register_reply(None, self.ask_later if later else self.ask_now)

    def ask_now(self, raw_message: Message) -> tuple[bool, Any]:
        try:
            self.answers = self.ask_all(raw_message, self.peers, **self.asking)
        except AgentCoreError as error:
            return self._caught(error)
        return True, self._told()

    async def ask_later(self, raw_message: Message) -> tuple[bool, Any]:
        try:
            self.answers = await self.a_ask_all(raw_message, self.peers, **self.asking)
        except AgentCoreError as error:
            return self._caught(error)
        return True, self._told()

    def _caught(self, error: AgentCoreError) -> tuple[bool, Any]:
        if not self.catches:
            raise error
        return True, f"caught {type(error).__name__}"

    def _told(self) -> str:
        told = [_last(each) if each.turns > 1 else str(each.stop.kind) for each in self.answers]
        return f"{self.name}({', '.join(told)})"

    def kinds(self) -> list[str]:
        """Say why each of the last questions stopped."""
        return [str(each.stop.kind) for each in self.answers]

    def failure(self) -> str:
        """Name the type of the first failure there was."""
        return type(self.answers.error).__name__


class AsksAllOrAnswers(AsksAll):
    """Asks all when a user asks, and answers anyone else."""

    def ask_now(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if sender.name.startswith("user"):
            return super().ask_now(raw_message)
        return True, f"{self.name} answers"

    async def ask_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if sender.name.startswith("user"):
            return await super().ask_later(raw_message)
        return True, f"{self.name} answers"


class Pollster(Player):
    """Has a tool that asks many."""

    @tool
    def ask_around(self, peers: list[str]) -> str:
        """Ask several agents how they are."""
        return ", ".join(_last(each) for each in self.ask_all("how are you?", peers))


class ChatsWithMany(Player):
    """Has a sequence of chats in its turn, and answers with their summaries."""

    def __init__(
        self, name: str, chats: Sequence[Mapping[str, Any]], later: bool = False, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.chats = chats
        self.register_reply(None, self.chat_later if later else self.chat)

    def chat(self, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name in self._peers():
            return True, None
        return True, " | ".join(each.summary for each in self.initiate_chats(self.chats))

    async def chat_later(self, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name in self._peers():
            return True, None
        results = await self.a_initiate_chats(self.chats)
        return True, " | ".join(each.summary for each in results)

    def _peers(self) -> set[str]:
        return {get_agent_name(chat["recipient"]) for chat in self.chats}


class Front(Player):
    """Answers ``user`` with what came of a sequence of chats: `register_nested_chats`."""

    def __init__(self, name: str, chats: Sequence[Mapping[str, Any]], **options: Any) -> None:
        super().__init__(name, **options)
        self.register_nested_chats(chats, "user")


def first_words(result: ChatResult) -> str:
    """Summarise a chat by how it began, as ``summary_method``."""
    return f"began {result.transcript[0].content}"


def greeting(recipient: Any, carryover: Sequence[str]) -> str:
    """Give the first message of a chat, as ``message``."""
    return f"hello {get_agent_name(recipient)}, {len(carryover)} carried over"
