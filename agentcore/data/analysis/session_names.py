"""The names of the agents that are sessions of an analysis."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

__all__ = ["DEFAULT", "agent_name", "checked_word", "session_in"]

DEFAULT: Final = "default"  # the session of whoever names none: each owner has one


def agent_name(analysis: str, session: str, owner: str) -> str:
    """Return the name of the agent of a session.

    A session that was given a name has it for all owners, so that nobody takes another's by
    accident. The default session is each owner's own.
    """
    whose = f"@{quote(owner, safe='')}" if session == DEFAULT and owner else ""
    return f"{analysis}/{quote(session, safe='')}{whose}"


def session_in(analysis: str, agent: str) -> str | None:
    """Return the session whose agent has a name; ``None`` if it is no session's."""
    if not agent.startswith(f"{analysis}/"):
        return None
    return unquote(agent[len(analysis) + 1 :].partition("@")[0])


def checked_word(value: object, what: str, *, may_be_empty: bool = False) -> str:
    """Return the name of a session or an owner.

    Raises:
        TypeError, ValueError: it is no text, or empty.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what}= is a name, not {value!r:.80}")
    if not value and not may_be_empty:
        raise ValueError(f"{what}= is a name, and not empty")
    return value
