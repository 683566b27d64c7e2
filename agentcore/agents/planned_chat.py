"""Chats that are to be held, one of a sequence each, as users describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.briefing import Briefing
from agentcore.protocol.chat_options import DEFAULT_OPTIONS, ChatOptions, check_context
from agentcore.protocol.message import MessageLike

__all__ = ["PlannedChat", "planned"]

OWN_KEYS: Final = ("recipient", "sender", "message", "carries")
OPTIONS: Final = ("clear_history", "silent", "max_turns", "until", "timeout", "session")
BRIEFING: Final = {
    "carryover": "carryover",
    "summary_method": "method",
    "summary_prompt": "prompt",
    "summary_args": "args",
}
KEYS: Final = (*OWN_KEYS, *BRIEFING, *OPTIONS)
PLAIN: Final = Briefing()


@attrs.frozen
class PlannedChat:
    """One chat that is to be held.

    Attributes:
        recipient: an agent object, a ref or a name.
        message: the first message, or a function that gives it (see `MessageFunction`). By default
            it is the message that is being answered, or what ``generate_init_message`` gives.
        options: as of ``initiate_chat``; with their briefing.
        carries: whether the recipient is told the summaries of the chats before.
        sender: the agent that begins it; ``None`` for the one that holds the sequence.
        context: keywords for ``generate_init_message`` or the function.
        id: the id that the conversation is to have; a new one by default.
    """

    recipient: AgentLike
    message: MessageLike | Callable[..., Any] | None = None
    options: ChatOptions = DEFAULT_OPTIONS
    carries: bool = True
    sender: AgentLike | None = None
    context: Mapping[str, Any] = attrs.field(factory=dict)
    id: str = ""

    @property
    def briefing(self) -> Briefing:
        """The carry-over and the summary."""
        return self.options.briefing or PLAIN


def planned(chats: Iterable[Any]) -> tuple[PlannedChat, ...]:
    """Read a sequence of chats, each a dict with the keys of ``initiate_chat``, and some more.

    Raises:
        TypeError: an entry is no dict, or has an unknown key, or no recipient, or a value of a
            wrong type.
        ValueError: a value of an entry is out of range.
    """
    if isinstance(chats, str | Mapping):
        raise TypeError(f"a sequence of chats is a list of dicts, not {chats!r:.200}")
    return tuple(_read(index, chat) for index, chat in enumerate(chats))


def _read(index: int, chat: Any) -> PlannedChat:
    if not isinstance(chat, Mapping):
        raise TypeError(f"chat {index} of the sequence is a dict, not {type(chat).__name__}")
    unknown = next((key for key in chat if key not in KEYS), None)
    if unknown is not None or "recipient" not in chat:
        hint = "" if unknown is None else did_you_mean(str(unknown), KEYS)
        problem = "needs a recipient" if unknown is None else f"has no key {unknown!r}{hint}"
        raise TypeError(f"chat {index} of the sequence {problem}; keys: {', '.join(KEYS)}")
    try:
        sender, message = chat.get("sender"), chat.get("message")
        for agent in (chat["recipient"], *(() if sender is None else (sender,))):
            get_agent_name(agent)
        check_context(message, {})
        briefing = Briefing(**{BRIEFING[key]: chat[key] for key in BRIEFING if key in chat})
        options = ChatOptions(**{key: chat[key] for key in OPTIONS if key in chat})
    except (TypeError, ValueError) as error:
        raise type(error)(f"chat {index} of the sequence: {error}") from error
    options = attrs.evolve(options, briefing=briefing)
    carries = bool(chat.get("carries", True))
    return PlannedChat(chat["recipient"], message, options, carries, sender)
