"""`Settings`: how the sessions of an analysis work."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.sandbox import Limits, Sandbox
from agentcore.sandbox.opening import UNSAFE

__all__ = ["Settings"]

_KINDS: Final = ("auto", "sandlock", "bubblewrap")


def _absolute(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).expanduser().absolute()


def _is_time(instance: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise TypeError(f"{attribute.name}= is a number of seconds, not {value!r:.80}")
    if value is not None and not value > 0:
        raise ValueError(f"{attribute.name}= is more than 0 seconds, not {value}")


def _is_count(instance: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{attribute.name}= is a whole number, not {value!r:.80}")
    if value < 0:
        raise ValueError(f"{attribute.name}= is 0 or more, not {value}")


def _is_sandbox(instance: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str):
        if not callable(getattr(value, "start", None)):
            raise TypeError(f"sandbox= is the kind of one, or a Sandbox, not {value!r:.80}")
    elif value not in _KINDS:
        hint = did_you_mean(value, _KINDS)
        raise ValueError(f"there is no sandbox {value!r}: give {', '.join(_KINDS)}{hint}")


def _is_unsafe(instance: Any, attribute: Any, value: Any) -> None:
    if value not in (None, UNSAFE):
        raise ValueError(f"to run code without a sandbox, write unsafe={UNSAFE!r}")


@attrs.frozen(kw_only=True)
class Settings:
    """How the sessions of an analysis work; it goes to the hosts on which they live.

    Attributes:
        llm: the model, or its name in the configuration.
        library: the `Library` of documents, or ``None``.
        sandbox: the kind of sandbox, or a `Sandbox`.
        unsafe: the words by which code may run without one.
        limits: what the code may use.
        folder: in which each session gets a folder that stays; ``None`` for temporary ones.
        repairs: how often the model may correct its code for one question.
        timeout: seconds that a run of code may take; ``None`` for those of the limits.
        idle: seconds after its last use, after which a session is closed; ``None`` for never.
    """

    llm: Any = None
    library: Any = None
    sandbox: str | Sandbox = attrs.field(default="auto", validator=_is_sandbox)
    unsafe: str | None = attrs.field(default=None, validator=_is_unsafe)
    limits: Limits | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(Limits))
    )
    folder: Path | None = attrs.field(default=None, converter=_absolute)
    repairs: int = attrs.field(default=3, validator=_is_count)
    timeout: float | None = attrs.field(default=None, validator=_is_time)
    idle: float | None = attrs.field(default=3600.0, validator=_is_time)
