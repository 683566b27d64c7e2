"""A function of the user's that selects the next speaker: ``speaker_selection=function``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import SpeakerError
from agentcore.groups.choice import SelectionContext
from agentcore.protocol.agent_ref import get_agent_name

__all__ = ["SpeakerFunction"]

PARAMETERS: Final = ("last_speaker", "messages", "candidates")


@attrs.frozen
class SpeakerFunction:
    """A strategy that calls a function of the user's.

    The function is given those of these arguments that it has parameters for: ``last_speaker`` (a
    name, or ``None`` before the first message), ``messages`` and ``candidates`` (names, in the
    members' order). It returns one of the candidates (a name, an agent or a ref), the
    name of a strategy that chooses this time, or ``None`` to end the chat. An ``async def``
    function is used in two steps: await what `ask` gives, then `read` the result.

    Raises:
        SpeakerError: it is no function, or needs a parameter that does not exist.
    """

    function: Callable[..., Any]
    _names: tuple[str, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_names", _parameters(self.function))

    @property
    def name(self) -> str:
        """``function`` and the function's name, so that it is not taken for a built-in strategy."""
        return f"function {_name_of(self.function)}"

    @property
    def is_async(self) -> bool:
        """Whether `ask` gives an awaitable."""
        call = getattr(self.function, "__call__", None)  # noqa: B004 - a callable object
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def ask(self, candidates: tuple[str, ...], context: SelectionContext) -> Any:
        """Call the function, and give what it returns."""
        known = {
            "last_speaker": context.last_speaker,
            "messages": context.messages,
            "candidates": candidates,
        }
        positional = [known[name[1:]] for name in self._names if name[0] == "/"]
        named = {name: known[name] for name in self._names if name[0] != "/"}
        return self.function(*positional, **named)

    def read(self, answer: Any, candidates: tuple[str, ...]) -> str | None:
        """Give the name of the agent that the function returned.

        Raises:
            SpeakerError: it is no agent, or an agent that may not speak now.
        """
        if answer is None:
            return None
        what = f"speaker_selection={_name_of(self.function)}"
        try:
            name = get_agent_name(answer)
        except TypeError:
            raise SpeakerError(
                f"{what} returned {answer!r:.200}; it returns a member (a name, an agent or a "
                "ref), the name of a strategy, or None to end the chat"
            ) from None
        if name not in candidates:
            raise SpeakerError(
                f"{what} returned {name!r}, who may not speak now"
                f"{did_you_mean(name, candidates)}; the candidates are: {', '.join(candidates)}"
            )
        return name

    def choose(self, candidates: tuple[str, ...], context: SelectionContext) -> str | None:
        """Call the function, unless nobody may speak, and read what it returns."""
        return self.read(self.ask(candidates, context), candidates) if candidates else None


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _parameters(function: Any) -> tuple[str, ...]:
    """Give the parameters to fill; positional-only ones are marked by a leading ``/``."""
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
