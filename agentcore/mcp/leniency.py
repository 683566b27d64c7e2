"""What a server answers, made into what the SDK accepts: what is not as it should be is left out.

The SDK fails a whole answer for one block, tool or schema in it that it does not know.
"""

from __future__ import annotations

import json
import re
from typing import Any

from agentcore.base import logger
from agentcore.mcp.results import text_of

__all__ = ["message_in", "readable"]

_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_MESSAGE = re.compile(r'\{\s*"(jsonrpc|id|method|result|error)"')


def readable(method: str, result: dict[str, Any]) -> dict[str, Any]:
    """Give the result of a request, so that the SDK can read it.

    Args:
        method: of the request.
        result: what the server answered.
    """
    if method == "tools/list":
        return _listing(result)
    if method == "tools/call" and result.get("resultType") in (None, "complete"):
        return _called(result)
    return result


def _called(result: dict[str, Any]) -> dict[str, Any]:
    """Give a tool's result as one text.

    Without its structured content, which the SDK would compare with the tool's output schema.
    """
    return {
        "content": [{"type": "text", "text": text_of(result)}],
        "isError": result.get("isError") in (True, "true"),
        "resultType": "complete",
    }


def _listing(result: dict[str, Any]) -> dict[str, Any]:
    tools = result.get("tools")
    cursor = result.get("nextCursor")
    found = [_tool(each) for each in tools] if isinstance(tools, list) else []
    kept = {key: value for key, value in result.items() if key not in ("tools", "nextCursor")}
    kept["tools"] = [each for each in found if each is not None]
    if isinstance(cursor, str):
        kept["nextCursor"] = cursor
    return kept


def _tool(listed: Any) -> dict[str, Any] | None:
    """Give a tool with what is used of it; without its output schema, to which nothing is held."""
    if not isinstance(listed, dict) or not isinstance(listed.get("name"), str):
        logger.warning("an MCP server lists a tool without a name: it is left out")
        return None
    tool = {key: listed[key] for key in ("name", "title", "description") if _is_text(listed, key)}
    tool["inputSchema"] = _schema(listed.get("inputSchema"))
    hints = listed.get("annotations")
    if isinstance(hints, dict):
        tool["annotations"] = {k: hints[k] for k in _HINTS if isinstance(hints.get(k), bool)}
    return tool


def _is_text(listed: dict[str, Any], key: str) -> bool:
    return isinstance(listed.get(key), str)


def _schema(given: Any) -> dict[str, Any]:
    schema = dict(given) if isinstance(given, dict) else {}
    schema["type"] = "object"
    properties = schema.get("properties")
    if isinstance(properties, dict):
        schema["properties"] = {
            name: each if isinstance(each, dict | bool) else {} for name, each in properties.items()
        }
    else:
        schema.pop("properties", None)
    required = schema.get("required")
    if isinstance(required, list):
        schema["required"] = [each for each in required if isinstance(each, str)]
    else:
        schema.pop("required", None)
    if not isinstance(schema.get("$schema"), str):
        schema.pop("$schema", None)
    return schema


def message_in(line: str) -> tuple[str, Any]:
    """Look for a JSON-RPC message in a line that is none as a whole.

    A server that prints without a newline writes in front of its next message.

    Returns:
        what stands around the message, and the message; all of the line and ``None`` if it has
        no message.
    """
    for found in _MESSAGE.finditer(line):
        try:
            value, end = json.JSONDecoder().raw_decode(line, found.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value.get("jsonrpc") == "2.0":
            return line[: found.start()] + line[end:], value
    return line, None
