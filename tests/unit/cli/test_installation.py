"""What ``agentcore doctor`` says of extras is what the distribution declares."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from agentcore.base.version import VERSION
from agentcore.cli import installation
from agentcore.cli.installation import EXTRAS, extras, folders

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))


def test_the_table_of_extras_is_that_of_the_distribution() -> None:
    """The extras for users, with every distribution but those of another extra."""
    declared = PROJECT["project"]["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        names = [re.split(r"[\[>=<; ]", each)[0] for each in declared[extra]]
        assert [name for name in names if name != "agentcore-actors"] == list(packages), extra
    assert set(declared) - set(EXTRAS) == {"dev", "docs", "testing"}


def test_the_version_is_that_of_the_distribution() -> None:
    """It is written in two places."""
    assert PROJECT["project"]["version"] == VERSION


def test_an_extra_that_is_missing_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `data` nothing can be analysed; without another one something else is missing."""

    def version(package: str) -> str:
        if package in ("duckdb", "openai"):
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(installation, "version", version)
    found = {each.name: each for each in extras()}
    assert (found["data"].state, found["data"].text) == ("problem", "not installed: duckdb")
    assert found["data"].advice == 'pip install "agentcore-actors[data]"'
    assert (found["openai"].state, found["mcp"].state) == ("note", "ok")


def test_a_temporary_folder_that_cannot_be_written_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder that is not there is such a one for every user."""
    assert [each.state for each in folders()] == ["ok"]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert [each.state for each in folders()] == ["problem"]
