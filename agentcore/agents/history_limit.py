"""How much an agent remembers: messages of a history, and peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.checks import did_you_mean

__all__ = ["NO_LIMIT", "HistoryLimit", "HistoryLimitLike", "checked_history_limit"]


def _at_least_one(limit: object, field: Any, value: object) -> None:
    if value is not None and (type(value) is not int or value < 1):
        raise ValueError(
            f"{field.name} of history_limit= is a whole number, 1 or more, or None for any "
            f"number, not {value!r}"
        )


@attrs.frozen
class HistoryLimit:
    """How much an agent remembers: ``history_limit=HistoryLimit(messages=100, peers=1_000)``.

    What is beyond it is forgotten: the earliest messages of a history, and the history with the
    peer that was in touch least recently. Peers of conversations that go on at once must be within
    it. A `HistoryPolicy` forgets nothing; it says what of a history a model is shown.

    Attributes:
        messages: how many messages a history has at most; ``None`` for any number. The results of
            calls go with the calls. While an agent answers, its rounds of tools come on top.
        peers: with how many peers there is a history; ``None`` for any number.

    Raises:
        ValueError: one is no whole number, or less than 1.
    """

    messages: int | None = attrs.field(default=None, validator=_at_least_one)
    peers: int | None = attrs.field(default=None, validator=_at_least_one)


# What ``history_limit=`` takes: a number is that of messages.
HistoryLimitLike: TypeAlias = HistoryLimit | int | Mapping[str, int | None]

NO_LIMIT = HistoryLimit()


def checked_history_limit(given: HistoryLimitLike | None) -> HistoryLimit:
    """Return the limit that ``history_limit=`` means; ``None`` means none.

    Raises:
        ValueError, TypeError: it is none.
    """
    if given is None:
        return NO_LIMIT
    if isinstance(given, HistoryLimit):
        return given
    if isinstance(given, Mapping):
        known = [field.name for field in attrs.fields(HistoryLimit)]
        for key in given:
            if key not in known:
                raise TypeError(
                    f"history_limit= has {' and '.join(known)}, and no {key!r}"
                    f"{did_you_mean(str(key), known)}"
                )
        return HistoryLimit(**given)
    if isinstance(given, int):
        return HistoryLimit(messages=given)
    raise TypeError(
        "history_limit= is a number of messages, or HistoryLimit(messages=..., peers=...), "
        f"not {given!r:.100}"
    )
