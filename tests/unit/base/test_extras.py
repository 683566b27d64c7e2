"""A package that is missing is named, with the command that installs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentcore.base.extras import import_extra
from agentcore.errors import ExtraMissingError


def test_a_module_that_is_there_is_imported() -> None:
    """It is returned as it is."""
    assert import_extra("json", "local", "a test") is json


def test_a_package_that_is_missing_is_an_error_with_the_command() -> None:
    """Also where a part of it was asked for."""
    says = r"a test needs the package 'absent_package'.*agentcore-actors\[local\]"
    for module in ("absent_package", "absent_package.part"):
        with pytest.raises(ExtraMissingError, match=says):
            import_extra(module, "local", "a test")


def test_a_fault_of_the_package_itself_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No extra of ours would install what another package forgot to require."""
    (tmp_path / "half_a_package.py").write_text("import absent_requirement\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="absent_requirement"):
        import_extra("half_a_package", "local", "a test")
