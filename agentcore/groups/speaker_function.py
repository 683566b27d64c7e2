"""A function of the user's that chooses who speaks next."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import SpeakerError
from agentcore.groups.transitions import Floor
from agentcore.protocol.agent_ref import get_agent_name

__all__ = ["Function"]

PARAMETERS: Final = ("last_speaker", "messages", "candidates")


@attrs.frozen
class Function:
    """A function of the user's, called with what it names.

    It takes what it names of ``last_speaker`` (a name, or ``None`` before the first message),
    ``messages`` and ``candidates`` (names, in members' order), and returns one of the candidates,
    as a name, an agent or a ref, or ``None`` to end the chat. It may be an ``async def``: then
    await what `ask` gives, and `read` that.

    Raises:
        SpeakerError: it is no function, or needs a parameter that does not exist.
    """

    function: Callable[..., Any]
    _names: tuple[str, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_names", _parameters(self.function))

    @property
    def name(self) -> str:
        """``function`` and its name, which may be that of a strategy."""
        return f"function {_name_of(self.function)}"

    @property
    def is_async(self) -> bool:
        """Whether what `ask` gives is to be awaited."""
        call = getattr(self.function, "__call__", None)  # noqa: B004 - of an object, its method
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def ask(self, candidates: tuple[str, ...], floor: Floor) -> Any:
        """Call it; give what it returns."""
        known = {
            "last_speaker": floor.last_speaker,
            "messages": floor.messages,
            "candidates": candidates,
        }
        positional = [known[name[1:]] for name in self._names if name[0] == "/"]
        named = {name: known[name] for name in self._names if name[0] != "/"}
        return self.function(*positional, **named)

    def read(self, answer: Any, candidates: tuple[str, ...]) -> str | None:
        """Give the name that an answer means.

        Raises:
            SpeakerError: it is no agent, or none that may speak now.
        """
        if answer is None:
            return None
        what = f"speaker_selection={_name_of(self.function)}"
        try:
            name = get_agent_name(answer)
        except TypeError:
            raise SpeakerError(
                f"{what} returned {answer!r:.200}; it returns a member (a name, an agent or a "
                "ref), or None to end the chat"
            ) from None
        if name not in candidates:
            raise SpeakerError(
                f"{what} returned {name!r}, who may not speak now"
                f"{did_you_mean(name, candidates)}; the candidates are: {', '.join(candidates)}"
            )
        return name

    def choose(self, candidates: tuple[str, ...], floor: Floor) -> str | None:
        """Call it, unless nobody may speak, and read what it returns."""
        return self.read(self.ask(candidates, floor), candidates) if candidates else None


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _parameters(function: Any) -> tuple[str, ...]:
    """Give the names that ``function`` is called with; ``/`` stands before those without one."""
    expected = (
        f"speaker_selection={_name_of(function)} takes what it names of {', '.join(PARAMETERS)}"
    )
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise SpeakerError(f"{expected}; of this it cannot be told ({error})") from error
    names = []
    for parameter in parameters:
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            continue
        if parameter.name in PARAMETERS:
            alone = parameter.kind is Parameter.POSITIONAL_ONLY
            names.append(f"/{parameter.name}" if alone else parameter.name)
        elif parameter.default is Parameter.empty:
            raise SpeakerError(f"{expected}; there is no {parameter.name!r}")
    return tuple(names)
