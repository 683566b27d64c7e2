"""Tools with parameters that models fill in nearly, and results that are no plain data."""

from __future__ import annotations

import decimal
import pathlib
import sys
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.rules import agent_reply
from agentcore.tools.decorator import Tool, tool

__all__ = ["PICTURE", "TREE", "Grumbler", "complain", "deliver", "hand_over", "picture"]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)


@tool
def deliver(code: str, count: int = 1, paid: bool = False, labels: list[str] | None = None) -> Any:
    """Deliver something to a ZIP code."""
    return [code, count, paid, labels]


@tool
def hand_over(path: pathlib.Path, price: decimal.Decimal) -> Any:
    """Hand a file over."""
    return [type(path).__name__.endswith("Path"), path, price]


class Silent:
    """Ends the process when its text is asked for, or would."""

    def __repr__(self) -> str:
        sys.exit(2)


@tool
def picture() -> Any:
    """Take a picture."""
    return {"image": PICTURE, "taken_by": Silent()}


class Mute(Exception):
    """Raises when its text is asked for."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@tool
def complain() -> None:
    """Complain."""
    raise Mute


class Grumbler(ConversableAgent):
    @agent_reply()
    def grumble(self) -> None:
        """Complain."""
        raise Mute


def _count(**node: Any) -> int:
    return 1 + sum(_count(**child) for child in node.get("children", ()))


TREE = Tool(
    "count_nodes",
    "Count the nodes of a tree.",
    {
        "type": "object",
        "properties": {
            "label": {"$ref": "#/definitions/label"},
            "children": {"type": "array", "items": {"$ref": "#"}},
        },
        "definitions": {"label": {"type": "string", "nullable": True}},
        "additionalProperties": False,
    },
    _count,
)
