"""Sequences of chats, each of which is told the summaries of those before it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from agentcore.agents.history_view import as_shown
from agentcore.agents.model_lookup import Metered, model_for, wait_for_model
from agentcore.agents.own_turn import own_turn
from agentcore.base.steps import Steps, run_async, run_now
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.chat_options import ChatOptions, Until
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.chats import a_converse, converse
from agentcore.runtime.turns.turn import Turn

__all__ = ["Planned", "nested_chats", "planned", "run_chats", "run_chats_later"]

METHODS: Final = ("last_msg", "reflection_with_llm")
SummaryMethod: TypeAlias = Literal["last_msg", "reflection_with_llm"] | Callable[[ChatResult], Any]
PROMPT: Final = (
    "Summarise what came of the conversation, for those who go on with the work and did not hear "
    "it. Leave out greetings and thanks. Answer with the summary alone."
)
CONTEXT: Final = "Context:"


@attrs.frozen
class Planned:
    """One chat of a sequence; its attributes are the keys that the user's dict may have.

    Attributes:
        recipient: an agent object, a ref or a name.
        message: the first message, or a function that gives it and has any of the parameters
            ``recipient``, ``messages`` (the message that is being answered) and ``carryover`` (a
            list of str). By default it is the message that is being answered, or what
            ``generate_init_message`` gives.
        carryover: a text or several that the recipient is told, beside the summaries of the chats
            before.
        carries: whether the recipient is told those summaries.
        summary_method: ``last_msg``, ``reflection_with_llm``, or a function of the `ChatResult`.
        summary_prompt: the instruction for the model that summarises.
        max_turns, until, timeout, silent, clear_history, session: as in ``initiate_chat``.
    """

    recipient: AgentLike
    message: MessageLike | Callable[..., Any] | None = None
    carryover: str | Iterable[object] | None = ()
    carries: bool = True
    summary_method: SummaryMethod = "last_msg"
    summary_prompt: str = PROMPT
    max_turns: int | None = None
    until: Until | None = None
    timeout: float | None = None
    silent: bool = False
    clear_history: bool = True
    session: str = ""

    def options(self) -> ChatOptions:
        """Give the options that the chat begins with.

        Raises:
            TypeError, ValueError: one of them has the wrong type, or is out of range.
        """
        return ChatOptions(
            self.clear_history,
            self.silent,
            self.max_turns,
            self.until,
            self.timeout,
            session=self.session,
        )


def planned(chats: Iterable[Any]) -> tuple[Planned, ...]:
    """Read a sequence of chats, each a mapping with the keys of `Planned`.

    Raises:
        TypeError: an entry is no mapping, or has an unknown key, or no recipient.
        ValueError: an entry has an unknown summary method.
    """
    known = [field.name for field in attrs.fields(Planned)]
    read = []
    for index, chat in enumerate(chats):
        if not isinstance(chat, Mapping):
            raise TypeError(f"chat {index} of the sequence is a dict, not {type(chat).__name__}")
        unknown = [key for key in chat if key not in known]
        if unknown or "recipient" not in chat:
            problem = f"has no key {unknown[0]!r}" if unknown else "needs a recipient"
            raise TypeError(f"chat {index} of the sequence {problem}; keys: {', '.join(known)}")
        entry = Planned(**chat)
        _check(index, entry)
        method = entry.summary_method
        if not callable(method) and method not in METHODS:
            raise ValueError(
                f"chat {index}: summary_method is {' or '.join(METHODS)} or a function, "
                f"not {method!r}"
            )
        read.append(entry)
    return tuple(read)


def _check(index: int, entry: Planned) -> None:
    """Check what would otherwise fail when the chat begins, after others of the sequence."""
    try:
        get_agent_name(entry.recipient)
        entry.options()
        if not isinstance(entry.carryover, str | Iterable):
            raise TypeError(f"carryover= is a text or several, not {entry.carryover!r}")
    except (TypeError, ValueError) as error:
        raise type(error)(f"chat {index} of the sequence: {error}") from error


@attrs.frozen
class _Begin:
    """What the steps of a sequence yield to begin a chat; they are sent its `ChatResult`."""

    message: Any
    recipient: Any
    options: ChatOptions


def run_chats(
    agent: Any, turn: Turn, chats: Sequence[Planned], answered: Message | None
) -> list[ChatResult]:
    """Run the chats one after the other as part of a turn, and block its thread.

    Args:
        answered: the message that the turn answers; ``None`` if there is none.
    """

    def take(wanted: Any) -> Any:
        if isinstance(wanted, _Begin):
            return converse(turn, wanted.message, wanted.recipient, wanted.options)
        return wait_for_model(wanted)

    results: list[ChatResult] = run_now(_chats(agent, chats, answered), take)
    return results


async def run_chats_later(
    agent: Any, turn: Turn, chats: Sequence[Planned], answered: Message | None
) -> list[ChatResult]:
    """`run_chats` for ``async def`` code."""

    def begin(wanted: Any) -> Any:
        if isinstance(wanted, _Begin):
            return a_converse(turn, wanted.message, wanted.recipient, wanted.options)
        return wanted

    results: list[ChatResult] = await run_async(_chats(agent, chats, answered), begin)
    return results


async def nested_chats(
    self: Any, raw_message: Message, config: Sequence[Planned] | None
) -> tuple[bool, Any]:
    """Have chats first, and reply with the last summary: the rule of `register_nested_chats`."""
    turn = own_turn(self)
    if not config or turn is None or turn.is_initiators:
        return False, None
    results = await run_chats_later(self, turn, config, raw_message)
    return True, results[-1].summary or None


def _chats(agent: Any, chats: Sequence[Planned], answered: Message | None) -> Steps:
    results: list[ChatResult] = []
    for chat in chats:
        told = [result.summary for result in results if result.summary] if chat.carries else []
        carryover = [*_texts(chat.carryover), *told]
        message = _first(agent, chat, answered, carryover)
        if inspect.isawaitable(message):
            message = yield message
        message = _with_context(as_message(message), carryover)
        result = yield _Begin(message, chat.recipient, chat.options())
        summary = yield from _summary(agent, chat, result)
        results.append(attrs.evolve(result, summary=summary))
    return results


def _texts(carryover: Any) -> list[str]:
    return [carryover] if isinstance(carryover, str) else [str(each) for each in carryover or ()]


def _first(agent: Any, chat: Planned, answered: Message | None, carryover: list[str]) -> Any:
    if callable(chat.message) and not isinstance(chat.message, Message):
        known = {"recipient": chat.recipient, "messages": answered, "carryover": carryover}
        names = inspect.signature(chat.message).parameters
        return chat.message(**{name: known[name] for name in names if name in known})
    if chat.message is not None:
        return chat.message
    return agent.generate_init_message() if answered is None else answered


def _with_context(message: Message, carryover: Sequence[str]) -> Message:
    if not carryover or not isinstance(message.content, str):
        return message
    told = "\n".join(carryover)
    return Message(**{**dict(message), "content": f"{message.content}\n{CONTEXT}\n{told}"})


def _summary(agent: Any, chat: Planned, result: ChatResult) -> Steps:
    last = result.last_message
    if callable(chat.summary_method):
        summary = chat.summary_method(result)
        if inspect.isawaitable(summary):
            summary = yield summary
        return "" if summary is None else str(summary)
    if chat.summary_method == "last_msg" or last is None:
        content = None if last is None else last.content
        return content if isinstance(content, str) else ""
    said = [e.message.as_role("user").named(e.sender) for e in result.transcript if not e.depth]
    shown = as_shown(said, lambda stream_id: None, names_in_text=True)
    told = "\n".join(str(each["content"]) for each in shown)
    asked = [
        {"role": "system", "content": chat.summary_prompt},
        {"role": "user", "content": told},
    ]
    completion = yield Metered(model_for(agent, agent.llm)).complete(asked)
    return completion.text
