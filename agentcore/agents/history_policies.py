"""History policies: which part of a long history a model is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs
from attrs.validators import ge, instance_of

__all__ = ["HistoryPolicy", "KeepLast", "PolicyLike", "Summarise", "keep_last", "summarise"]

Shown: TypeAlias = Sequence[Mapping[str, Any]]
INSTRUCTION = (
    "Summarise the conversation so far in a few sentences, for one who is to go on with it: what "
    "was asked, what was found out or decided, what is still open. Answer with the summary alone."
)


class HistoryPolicy:
    """The interface of history policies; any function of the two arguments is one too::

    def last_question(messages, model):
        return messages[-1:]

    ConversableAgent("alice", model, history_policy=last_question)
    """

    def __call__(self, messages: Shown, model: Any) -> Shown | Awaitable[Shown]:
        """Give the messages that the model is shown.

        Args:
            messages: the whole history, without the system message, as the OpenAI API has it.
            model: the model that is going to be asked; a policy may ask it for a summary, with
                ``await model.complete(messages)``.
        """
        raise NotImplementedError


# What ``history_policy=`` takes. The messages are a list of dicts, whatever the policy gives.
PolicyLike: TypeAlias = (
    HistoryPolicy | Callable[[list[dict[str, Any]], Any], Shown | Awaitable[Shown]]
)


@attrs.frozen
class KeepLast(HistoryPolicy):
    """Shows the last ``count`` messages, or a few more, to keep tool calls and results together."""

    count: int = attrs.field(validator=[instance_of(int), ge(1)])

    def __call__(self, messages: Shown, model: Any) -> Shown:
        """Give the last messages; see `HistoryPolicy`."""
        return messages[_start(messages, self.count) :]


@attrs.frozen
class Summarise(HistoryPolicy):
    """Shows the last ``keep`` messages, and a summary of those before, once there are ``after``."""

    keep: int = attrs.field(default=6, validator=[instance_of(int), ge(1)])
    after: int = attrs.field(default=20, validator=[instance_of(int), ge(1)])
    instruction: str = INSTRUCTION
    # The last summary, by the number of messages that it covers and the end of their text, so that
    # a history is not summarised again in each turn.
    _known: dict[tuple[int, str], str] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    async def __call__(self, messages: Shown, model: Any) -> Shown:
        """Ask the model for a summary, unless the last one still fits; see `HistoryPolicy`."""
        if len(messages) <= max(self.after, self.keep):
            return messages
        # Move the end of the summary in steps, so that not every turn costs a new one.
        step = max(1, self.after - self.keep)
        end = _start(messages, len(messages) - (len(messages) - self.keep) // step * step)
        if not end:
            return messages
        told = "\n".join(_line(each) for each in messages[:end])
        key = (end, told[-200:])
        if key not in self._known:
            asked = [
                {"role": "system", "content": self.instruction},
                {"role": "user", "content": told},
            ]
            self._known.clear()
            self._known[key] = (await model.complete(asked)).text
        summary = {
            "role": "user",
            "content": f"(Summary of what was said before: {self._known[key]})",
        }
        return [summary, *messages[end:]]


def _start(messages: Shown, count: int) -> int:
    """Give the index where the last ``count`` messages begin, or of the call before a result."""
    start = max(0, len(messages) - count)
    while start and messages[start]["role"] == "tool":
        start -= 1
    return start


def _line(message: Mapping[str, Any]) -> str:
    calls = "".join(
        f" [calls {call['function']['name']}]" for call in message.get("tool_calls", ())
    )
    return f"{message.get('name') or message['role']}: {message['content'] or ''}{calls}"


def keep_last(count: int) -> KeepLast:
    """Show a model only the last ``count`` messages: ``history_policy=keep_last(20)``.

    The reply's metadata then has ``history``: how many messages were shown, and of how many.

    Raises:
        TypeError, ValueError: ``count`` is no whole number, or less than 1.
    """
    return KeepLast(count)


def summarise(keep: int = 6, after: int = 20) -> Summarise:
    """Let the agent's own model summarise a long history: ``history_policy=summarise()``.

    Args:
        keep: how many of the last messages are shown as they are, at least.
        after: how many messages a history may have before its earlier ones are summarised.

    Raises:
        TypeError, ValueError: one is no whole number, or less than 1.
    """
    return Summarise(keep, after)
