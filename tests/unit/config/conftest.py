"""What the tests of the configuration share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in an empty directory, without a variable of agentcore's."""
    for name in [name for name in os.environ if name.startswith("AGENTCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
