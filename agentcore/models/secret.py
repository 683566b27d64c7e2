"""Keys, and texts that may have one in them."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Secret", "as_secret", "redacted"]

HIDDEN = "***"


class Secret:
    """A text that shows itself to nobody who does not ask for it by `reveal`.

    No attrs class: ``attrs.asdict`` would take it apart.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text. A method, since what prints variables with tracebacks calls none."""
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
    """Wrap a text, if it is one and not wrapped yet."""
    return Secret(value) if isinstance(value, str) else value


def redacted(text: str, secrets: Iterable[Secret]) -> str:
    """Give ``text`` with stars in the place of each secret that it has in it."""
    for secret in secrets:
        revealed = secret.reveal().strip()
        if revealed:
            text = text.replace(revealed, HIDDEN)
    return text
