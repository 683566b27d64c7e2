"""API keys, wrapped so that no log or traceback shows them, and removed from other texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["Secret", "as_secret", "redacted"]

HIDDEN = "***"
_SHORTEST: Final = 6  # characters of a secret that is replaced within words, too


class Secret:
    """A text that is shown as ``***`` everywhere; only `reveal` returns it.

    It is not an attrs class, because ``attrs.asdict`` would expose the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. A method, because tools that print variables do not call methods."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._text,)


def as_secret(value: str | Secret | None) -> Secret | None:
    """Wrap a str; leave ``None`` and a `Secret` as they are."""
    return Secret(value) if isinstance(value, str) else value


def redacted(text: str, secrets: Iterable[Secret]) -> str:
    """Return ``text`` with ``***`` in place of each secret that it contains.

    A secret of few characters, as servers without keys are given, is replaced where it stands
    alone: within words it would make the text unreadable.
    """
    for secret in secrets:
        revealed = secret.reveal().strip()
        if len(revealed) >= _SHORTEST:
            text = text.replace(revealed, HIDDEN)
        elif revealed:
            text = re.sub(rf"(?<!\w){re.escape(revealed)}(?!\w)", HIDDEN, text)
    return text
