"""`Finding`: one thing that the doctor looked at."""

from __future__ import annotations

from typing import Literal

import attrs

__all__ = ["Finding"]


@attrs.frozen
class Finding:
    """One thing that the doctor looked at, and how it is.

    Attributes:
        area: ``versions``, ``extras``, ``models``, ``sandbox``, ``ray`` or ``folders``.
        name: what was looked at.
        state: ``ok``; ``note``, if something is not at hand that not everybody needs; or
            ``problem``, if ``agentcore analyse`` cannot do its work without it.
        text: what was found, in words.
        advice: what to do about it; empty if there is nothing to do.
    """

    area: str
    name: str
    state: Literal["ok", "note", "problem"]
    text: str
    advice: str = ""
