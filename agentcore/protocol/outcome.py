"""Outcomes: a value or an error, and the part of the budget that was not used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from agentcore.protocol.transcript import ChatResult, Entry

__all__ = ["Outcome"]


@attrs.frozen
class Outcome:
    """What came of a conversation, a call or a question.

    Attributes:
        value: the `ChatResult` of a conversation, or what a method returned.
        unused: turns of its budget that were not used, and go back to the turn that lent them.
        error: the exception to raise instead of giving the value; ``None`` if there was none.
    """

    value: Any
    unused: int = 0
    error: BaseException | None = None

    def get(self) -> Any:
        """Give the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value

    @property
    def transcript(self) -> Sequence[Entry]:
        """The messages, if it is the outcome of a conversation; otherwise empty."""
        value = self.value
        return value.transcript if isinstance(value, ChatResult) else ()
