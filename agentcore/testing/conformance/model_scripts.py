"""What is put into the script of a model, and what the model was shown."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.model_api import ToolCall
from agentcore.testing.models.script_items import Delayed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["AT_ONCE_AND_LATER", "shown", "timed", "tool_call", "tool_results"]

AT_ONCE_AND_LATER = pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])


def timed(item: Any, later: bool) -> Any:
    """Give an item of a script: the model answers with it at once, or is awaited."""
    return Delayed(0, item) if later else item


def tool_call(name: str, id: str = "1", **arguments: Any) -> ToolCall:
    """Make a tool call, which a model answers with."""
    return ToolCall.of(id, name, **arguments)


def shown(model: ScriptedModel, call: int = -1) -> list[tuple[str, Any]]:
    """Give role and content of each message that the model was shown.

    Args:
        call: the index of the request; by default the last.
    """
    return [(each["role"], each.get("content")) for each in model.calls[call].messages]


def tool_results(model: ScriptedModel, call: int = -1) -> list[tuple[str, str]]:
    """Give id and content of each tool result that the model was shown.

    Args:
        call: the index of the request; by default the last.
    """
    messages = model.calls[call].messages
    return [(m["tool_call_id"], m["content"]) for m in messages if m["role"] == "tool"]
