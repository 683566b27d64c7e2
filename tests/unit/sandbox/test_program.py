"""What code may see of this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agentcore.sandbox.program import environment, readable


def test_python_can_be_read_and_the_rest_of_the_system_cannot() -> None:
    """No folder of users, of settings or of programs."""
    paths = readable()
    assert any(Path(sys.executable).is_relative_to(path) for path in paths)
    assert any(Path(os.__file__).resolve().is_relative_to(path) for path in paths)
    wide = {"/", "/usr", "/usr/local", "/usr/bin", "/etc", "/home", "/root", "/bin", "/proc"}
    assert not wide.intersection(paths)


def test_the_environment_has_nothing_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the settings of the processor's linear algebra."""
    monkeypatch.setenv("API_KEY", "secret")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    found = environment(tmp_path)
    assert "secret" not in str(found)
    assert found["OPENBLAS_CORETYPE"] == "Haswell"
    assert found["HOME"] == found["TMPDIR"] == str(tmp_path)
