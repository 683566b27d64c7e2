"""What came of something that was waited for: a value, or an error, and the turns left over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from agentcore.protocol.transcript import ChatResult, Entry

__all__ = ["Outcome"]


@attrs.frozen
class Outcome:
    """What came of something that was waited for.

    Attributes:
        value: a `ChatResult`, or what a method returned.
        unused: turns that come back.
        error: what is raised instead of giving the value.
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
        """The messages of the conversation, if that is what it was."""
        value = self.value
        return value.transcript if isinstance(value, ChatResult) else ()
