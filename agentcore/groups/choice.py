"""The input and the outcome of a speaker selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["Choice", "SelectionContext"]


@attrs.frozen
class SelectionContext:
    """The state of a group's conversation when its next speaker is selected.

    Attributes:
        last_speaker: the name of who said the last message, a member or not; ``None`` before the
            first message.
        messages: what was said so far, in order: mappings with ``name`` and ``content``.
    """

    last_speaker: str | None = None
    messages: Sequence[Mapping[str, Any]] = ()


@attrs.frozen
class Choice:
    """The outcome of a speaker selection.

    Attributes:
        name: the member who speaks next; ``None`` if nobody does, which ends the chat.
        strategy: the name of the strategy that selected; it stands in the stop reason.
    """

    name: str | None
    strategy: str
