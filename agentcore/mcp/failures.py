"""What an error of the SDK means, in words for whoever asked the server for something."""

from __future__ import annotations

from typing import Any

from agentcore.mcp.refusal import Refusal

__all__ = ["UNREADABLE", "is_closed", "is_timeout", "words"]

# Codes of the SDK's own errors, and how it words them: servers use the same codes.
_CLOSED, _TIMEOUT, UNREADABLE = -32000, -32001, -32700
_CLOSED_WORDS = ("Connection closed", "SSE stream ended", "SSE stream failed")


def is_closed(error: BaseException) -> bool:
    """Return whether the connection ended before the answer."""
    return _code(error) == _CLOSED and str(error).startswith(_CLOSED_WORDS)


def is_timeout(error: BaseException) -> bool:
    """Return whether the answer did not come in time."""
    timed_out = _code(error) == _TIMEOUT and str(error).endswith("timed out")
    return timed_out or isinstance(error, TimeoutError)


def words(error: BaseException) -> str:
    """Say what happened; the text may quote a secret that the server repeats."""
    refusal = Refusal.of(error)
    if refusal is not None:
        return refusal.text()
    if is_closed(error):
        return "it ended, or closed the connection"
    if is_timeout(error):
        return "it did not answer in time"
    code = _code(error)
    if code == UNREADABLE and str(error).startswith("Failed to parse"):
        return "its answer is no message of MCP"
    if code is not None:
        return str(error) or f"error {code}"
    if hasattr(error, "error_count"):  # of pydantic
        return f"its answer is not as MCP has it ({_first(error)})"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _code(error: BaseException) -> int | None:
    code = getattr(error, "code", None)
    return code if isinstance(code, int) and hasattr(error, "data") else None


def _first(error: Any) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
