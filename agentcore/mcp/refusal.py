"""What a server over HTTP says with its status instead of answering, and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs

__all__ = ["Refusal"]

_KEY = "agentcore/refusal"  # in the data of a JSON-RPC error
_LONGEST = 300  # characters of a server's words
# How servers that keep their sessions in memory say after a restart that they know none; the
# protocol asks for 404, and has asked for it since its second year only.
_NO_SESSION = re.compile(
    r"(no valid|invalid|missing|unknown|expired|no such|no) (or expired )?(mcp[- ])?session"
    r"|session\b.{0,40}\b(not found|not exist|unknown|invalid|missing|expired|terminated|required)"
    r"|not initialized",
    re.IGNORECASE,
)
_ABOUT_KEYS = (401, 403)
_DO = {
    401: "it asks for a key: give one by headers= or headers_env=, or renew the one it has",
    403: "the key may not do this: check headers= and headers_env=, and what the key is good for",
    404: "nothing speaks MCP at this address: check its path (most end in /mcp)",
    405: "it takes no messages at this address: check its path (most end in /mcp); servers that "
    "only speak the older HTTP with SSE cannot be used",
    406: "it does not speak streamable HTTP at this address: check its path (most end in /mcp)",
    429: "it was asked too often",
}


@attrs.frozen
class Refusal:
    """An HTTP status of 400 or more, which a server gave to a request.

    Attributes:
        status: the status.
        said: the server's words, if it gave any that are plain text.
        wait: what it asks for by ``Retry-After``: seconds, or a date.
        connected: whether the request came after the handshake, so that the server knew, or
            should have known, with whom it speaks.
    """

    status: int
    said: str = ""
    wait: str = ""
    connected: bool = False

    @property
    def of_session(self) -> bool:
        """Whether the server refused because it does not know the session: it did nothing."""
        if not self.connected or self.status >= 500 or self.status in (*_ABOUT_KEYS, 405, 429):
            return False
        return self.status == 404 or _NO_SESSION.search(self.said) is not None

    @property
    def of_key(self) -> bool:
        """Whether it refused the key, which may have been renewed when it is asked again."""
        return self.status in _ABOUT_KEYS

    def text(self) -> str:
        """Say what it was, in the server's words, and what to do."""
        words = f"{self.status} {_phrase(self.status)}".rstrip()
        if self.said:
            words += f" ({self.said})"
        do = _DO.get(self.status, "")
        if self.of_session:
            do = "it does not know the session"
        elif self.status >= 500:
            do = "it failed, or what stands before it cannot reach it: try later"
        if self.wait:
            unit = " s" if self.wait.isdigit() else ""
            do += f"{'; ' if do else ''}it asks to wait {'' if unit else 'until '}{self.wait}{unit}"
        return f"{words}: {do}" if do else words

    @classmethod
    def read(
        cls, status: int, headers: Mapping[str, str], body: bytes, connected: bool
    ) -> tuple[Refusal, dict[str, Any]]:
        """Read a response; give as well the JSON-RPC error that stands for it.

        The error is the server's own where the body holds one, since the SDK acts on its code.
        """
        text = body.decode(errors="replace")
        value: Any = None
        if not text.lstrip().startswith("<"):
            try:
                value = json.loads(text)
            except ValueError:
                value = text
        refusal = cls(status, _words(value), headers.get("retry-after", "")[:40], connected)
        given = value.get("error") if isinstance(value, dict) else None
        given = given if isinstance(given, dict) else {}
        code, data = given.get("code"), given.get("data")
        return refusal, {
            "code": code if type(code) is int else -32603,
            "message": refusal.said or _phrase(status) or str(status),
            "data": (data if isinstance(data, dict) else {}) | {_KEY: attrs.asdict(refusal)},
        }

    @classmethod
    def of(cls, error: BaseException) -> Refusal | None:
        """Give the refusal that an error of the SDK stands for, if it stands for one."""
        data = getattr(error, "data", None)
        fields = data.get(_KEY) if isinstance(data, dict) else None
        return None if fields is None else cls(**fields)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _words(value: Any) -> str:
    """Give what a body says in words, in one line."""
    if isinstance(value, dict):
        found = (value.get(key) for key in ("message", "error_description", "error", "detail"))
        return next((words for each in found if (words := _words(each))), "")
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
