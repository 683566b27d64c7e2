"""What a model is shown of a history that is too long for it."""

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
    """Chooses what of a history a model is shown. Any function of the two arguments does."""

    def __call__(self, messages: Shown, model: Any) -> Shown | Awaitable[Shown]:
        """Give what is shown.

        Args:
            messages: all there is, without the system message, in OpenAI's shape.
            model: what is going to be asked, with ``await model.complete(...)``.
        """
        raise NotImplementedError


# What ``history_policy=`` takes. The messages are a list of dicts, whatever the policy gives.
PolicyLike: TypeAlias = (
    HistoryPolicy | Callable[[list[dict[str, Any]], Any], Shown | Awaitable[Shown]]
)


@attrs.frozen
class KeepLast(HistoryPolicy):
    """The last ``count`` messages, and as many more as keep calls and results together."""

    count: int = attrs.field(validator=[instance_of(int), ge(1)])

    def __call__(self, messages: Shown, model: Any) -> Shown:
        """Give the last messages."""
        return messages[_start(messages, self.count) :]


@attrs.frozen
class Summarise(HistoryPolicy):
    """The last ``keep`` messages, and a summary of what came before, once there are ``after``."""

    keep: int = attrs.field(default=6, validator=[instance_of(int), ge(1)])
    after: int = attrs.field(default=20, validator=[instance_of(int), ge(1)])
    instruction: str = INSTRUCTION
    # What was summarised is summarised once: by how many messages, and their text.
    _known: dict[tuple[int, str], str] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    async def __call__(self, messages: Shown, model: Any) -> Shown:
        """Ask the model for the summary, unless it is known already."""
        if len(messages) <= max(self.after, self.keep):
            return messages
        # In steps of what may pile up, so that not every turn costs a summary.
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
    """Say where the last ``count`` messages begin, so that no result is without its call."""
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
    """Show a model the last ``count`` messages alone: ``history_policy=keep_last(20)``.

    The reply's metadata then has ``history``: how many were shown, of how many.

    Raises:
        TypeError, ValueError: ``count`` is no whole number, or less than 1.
    """
    return KeepLast(count)


def summarise(keep: int = 6, after: int = 20) -> Summarise:
    """Have a long history summarised by the agent's own model.

    Args:
        keep: how many of the last messages are shown as they are, at the least.
        after: how many there may be before the earlier ones are summarised.

    Raises:
        TypeError, ValueError: one is no whole number, or less than 1.
    """
    return Summarise(keep, after)
