"""Names of tools, as models take them."""

from __future__ import annotations

import pytest

from agentcore.mcp.names import safe_names

pytest.importorskip("mcp", reason="the mcp extra is not installed")


def test_names_become_what_models_take() -> None:
    """Other characters become ``_``, and no two names become the same."""
    names = ["a.b", "a/b", "a_b", "x" * 70, "x" * 71, ""]
    safe = safe_names(names)
    assert list(safe.values()) == ["a_b", "a_b_2", "a_b_3", "x" * 64, "x" * 62 + "_2", "tool"]
