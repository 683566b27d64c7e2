"""Saying in a few sentences what a long output comes to, without any number that is not in it."""

from __future__ import annotations

import re
from typing import Any, Final

from agentcore.protocol.usage import NO_USAGE, Usage

__all__ = ["numbers_not_in", "said_briefly"]

_SHOWN: Final = 4_000  # characters of the output that the model is shown
_KEPT: Final = 1_500  # characters of the output that are the answer if the model says wrong numbers
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")


async def said_briefly(model: Any, question: str, output: str) -> tuple[str, Usage]:
    """Return what a long output of code comes to, and the tokens that this took.

    The model says it. If it states a number that the output does not have, its words do not count,
    and the answer is the beginning of the output.
    """
    cut = output if len(output) <= _SHOWN else f"{output[:_SHOWN]}\n…"
    text = (
        f"Task: {question}\n\nThe computation printed:\n{cut}\n\n"
        "Answer the task in a few sentences, only with what was printed."
    )
    completion = await model.complete([{"role": "user", "content": text}])
    said = completion.text.strip()
    if said and not numbers_not_in(said, f"{question}\n{output}"):
        return said, completion.usage or NO_USAGE
    return f"{output[:_KEPT]}\n… ({len(output)} characters in all)", completion.usage or NO_USAGE


def numbers_not_in(text: str, source: str) -> tuple[str, ...]:
    """Return the numbers of a text that a source does not have, rounded as the text has them."""
    known = [_value(number) for number in _NUMBER.findall(source)]
    return tuple(number for number in _NUMBER.findall(text) if not any(map(_near(number), known)))


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _near(number: str) -> Any:
    decimals = len(number.partition(".")[2])
    value, slack = _value(number), 0.5 * 10**-decimals if decimals else 0.0
    return lambda known: abs(known - value) <= slack * 1.000001
