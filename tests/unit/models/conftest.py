"""What the tests of models share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore.models.openai import learned
from tests.chat_protocol.server import Server, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of which nothing is known, and no variable of the SDK's in the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(learned, "_changes", {})  # ports are used again
    with serving() as running:
        yield running
