"""The points at which hooks are registered, and how a function is called at one."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Final

import attrs

__all__ = [
    "BEFORE_MODEL",
    "BEFORE_SEND",
    "BEFORE_TOOL",
    "ON_RECEIVED",
    "POINTS",
    "Point",
    "call_of",
]

BEFORE_SEND: Final = "before_send"
ON_RECEIVED: Final = "on_received"
BEFORE_MODEL: Final = "before_model"
BEFORE_TOOL: Final = "before_tool"


@attrs.frozen
class Point:
    """A name that hooks are registered under.

    Attributes:
        place: the point that it means, by its own name.
        offers: the parameters that a hook may have, in the order of a call by position.
        main: the one of them that the hook changes.
        plain: whether a hook is given texts and dicts.
    """

    place: str
    offers: tuple[str, ...]
    main: str
    plain: bool = False


POINTS: Final = {
    BEFORE_SEND: Point(BEFORE_SEND, ("message", "recipient", "sender", "silent"), "message"),
    ON_RECEIVED: Point(ON_RECEIVED, ("message", "sender"), "message"),
    BEFORE_MODEL: Point(BEFORE_MODEL, ("messages", "sender"), "messages"),
    BEFORE_TOOL: Point(BEFORE_TOOL, ("name", "arguments"), "arguments"),
    "process_message_before_send": Point(
        BEFORE_SEND, ("sender", "message", "recipient", "silent"), "message", True
    ),
    "process_last_received_message": Point(ON_RECEIVED, ("content",), "content", True),
    "process_all_messages_before_reply": Point(BEFORE_MODEL, ("messages",), "messages", True),
    "safeguard_tool_inputs": Point(BEFORE_TOOL, ("tool_input",), "tool_input", True),
}

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


def call_of(
    point: Point, parameters: Sequence[inspect.Parameter]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]] | None:
    """Say which values a function is called with; ``None`` if its parameters do not fit.

    Returns:
        those by position, and those by name.
    """
    plain = [each for each in parameters if each.kind in _POSITIONAL]
    named = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    needed = [each for each in plain if each.default is each.empty]
    strange = [each for each in needed if each.name not in point.offers]
    if any(each.default is each.empty and each.name not in point.offers for each in named):
        return None
    by_name = tuple((each.name, each.name) for each in named if each.name in point.offers)
    if any(each.kind is each.VAR_POSITIONAL for each in parameters) and not plain:
        return point.offers, by_name
    if any(each.kind is each.VAR_KEYWORD for each in parameters) and not (plain or named):
        return (), tuple((name, name) for name in point.offers)
    if len(strange) == len(needed) == len(point.offers) > 1:
        return point.offers, by_name
    known = [each.name for each in plain if each.name in point.offers]
    if not strange and not known and not by_name and plain:  # def hook(text="")
        strange = plain[:1]
    if len(strange) > 1 or (strange and point.main in known):
        return None
    if not strange and point.main not in known and (point.main, point.main) not in by_name:
        return None
    return _in_order(point, plain, strange, by_name)


def _in_order(
    point: Point,
    plain: Sequence[inspect.Parameter],
    strange: Sequence[inspect.Parameter],
    by_name: tuple[tuple[str, str], ...],
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    positions: list[str] = []
    later: list[tuple[str, str]] = []
    gap = False
    for each in plain:
        if each not in strange and each.name not in point.offers:
            gap = True  # it keeps its default, so what follows is given by name
            continue
        value = point.main if each in strange else each.name
        if gap:
            later.append((each.name, value))
        else:
            positions.append(value)
    return tuple(positions), (*later, *by_name)
