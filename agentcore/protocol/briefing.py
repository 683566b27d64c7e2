"""Briefings: what an agent is told before a conversation, and others are told after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.protocol.carryover import Carryover, carried
from agentcore.protocol.transcript import ChatResult

__all__ = ["PROMPT", "Briefing", "SummaryMethod", "briefing_for"]

METHODS: Final = ("last_msg", "reflection_with_llm")
SummaryMethod: TypeAlias = (
    Literal["last_msg", "reflection_with_llm"]
    | Callable[[ChatResult], Any]
    | Callable[[Any, Any, Any], Any]
)
PROMPT: Final = (
    "Summarise what came of the conversation, for those who go on with the work and did not hear "
    "it. Leave out greetings and thanks. Answer with the summary alone."
)
ARGS: Final = ("summary_prompt", "summary_role")


def _mapping(given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"summary_args= is a dict, not {given!r:.200}")
    return dict(given or {})


@attrs.frozen
class Briefing:
    """What stands around a conversation: the carry-over before it, and the summary after it.

    Attributes:
        carryover: texts that the recipient is told with the first message.
        method: ``last_msg``, ``reflection_with_llm``, a function of the `ChatResult`, or one of
            ``(sender, recipient, summary_args)``; ``None`` for no summary.
        prompt: the instruction for the model that summarises; `PROMPT` by default.
        args: further arguments: ``summary_prompt`` and ``summary_role`` for the model; whatever a
            function of three arguments expects.

    Raises:
        TypeError, ValueError: a value has the wrong type, or is not used by the method.
    """

    carryover: tuple[str, ...] = attrs.field(default=(), converter=carried)
    method: SummaryMethod | None = "last_msg"
    prompt: str | None = None
    args: Mapping[str, Any] = attrs.field(default=None, converter=_mapping)

    def __attrs_post_init__(self) -> None:
        if callable(self.method):
            _takes_three(self.method)
            self._check_prompt(self.prompt)
            return
        if self.method is not None and self.method not in METHODS:
            hint = did_you_mean(str(self.method), METHODS)
            raise ValueError(
                f"summary_method is {' or '.join(METHODS)} or a function, "
                f"not {self.method!r:.200}{hint}"
            )
        unknown = [key for key in self.args if key not in ARGS]
        if unknown:
            hint = did_you_mean(str(unknown[0]), ARGS) or f"; it takes {' and '.join(ARGS)}"
            raise TypeError(f"summary_args= has no key {unknown[0]!r}{hint}")
        for each in (self.prompt, *self.args.values()):
            self._check_prompt(each)
        if self.prompt is not None and "summary_prompt" in self.args:
            raise TypeError("the prompt was given twice, as summary_prompt= and in summary_args=")

    def _check_prompt(self, given: Any) -> None:
        """Check the prompt or role for the model that summarises."""
        if given is None:
            return
        if not isinstance(given, str):
            raise TypeError(f"summary_prompt= and summary_role are texts, not {given!r:.200}")
        if self.method != "reflection_with_llm":
            raise TypeError(
                "a summary_prompt= is for a model: use it with summary_method='reflection_with_llm'"
            )

    @property
    def reflects(self) -> bool:
        """Whether a model makes the summary."""
        return self.method == "reflection_with_llm"

    @property
    def instruction(self) -> dict[str, str]:
        """The message with the instruction for the model that summarises."""
        prompt = self.prompt or self.args.get("summary_prompt") or PROMPT
        return {"role": self.args.get("summary_role") or "system", "content": prompt}

    def call(self, result: ChatResult, sender: Any, recipient: Any) -> Any:
        """Call the function that summarises, in the form that it has.

        Args:
            result: the conversation.
            sender, recipient: the agents that it was between, for a function of three arguments.
        """
        function: Any = self.method
        if _takes_three(function):
            return function(sender, recipient, dict(self.args))
        return function(result)


PLAIN: Final = Briefing()


def briefing_for(
    message: object,
    carryover: Carryover = None,
    method: SummaryMethod | None = "last_msg",
    prompt: str | None = None,
    args: Mapping[str, Any] | None = None,
) -> Briefing | None:
    """Return the briefing of a conversation; ``None`` for most, which need nothing of it.

    Args:
        message: its first message; one that a function gives needs a briefing.

    Raises:
        TypeError, ValueError: an argument is wrong; see `Briefing`.
    """
    if carryover is None and method == "last_msg" and prompt is None and args is None:
        return PLAIN if callable(message) else None
    return Briefing(carryover, method, prompt, args)


def _takes_three(function: Callable[..., Any]) -> bool:
    """Say whether a function takes ``(sender, recipient, summary_args)``, and not a `ChatResult`.

    Raises:
        TypeError: it takes neither.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a function in C that does not say
        return False
    if next(iter(signature.parameters), "") != "sender" and _fits(signature, 1):
        return False
    if _fits(signature, 3):
        return True
    name = getattr(function, "__name__", type(function).__name__)
    raise TypeError(
        f"summary_method={name} takes the ChatResult, or (sender, recipient, summary_args); its "
        f"parameters are {signature}"
    )


def _fits(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True
