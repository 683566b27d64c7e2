"""What each kind of sandbox holds back on this machine: tried, and not only looked up."""

from __future__ import annotations

from collections.abc import Iterator

from agentcore.cli.finding import Finding

__all__ = ["sandboxes"]


def sandboxes() -> Iterator[Finding]:
    """Yield for each kind whether it can be used, and what it held back when it was tried."""
    return iter(())
