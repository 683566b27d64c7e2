"""A package that is missing is named, with the command that installs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentcore.base.extras import import_extra, require_extra
from agentcore.errors import ExtraMissingError
from tests.unit.config.sections import python


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


def test_a_package_is_found_missing_without_being_imported() -> None:
    """Where an object is made that needs it later, in words that are the same."""
    says = r"a test needs the package 'absent_package'.*agentcore-actors\[local\]"
    require_extra("json", "local", "a test")
    with pytest.raises(ExtraMissingError, match=says):
        require_extra("absent_package", "local", "a test")


@pytest.mark.parametrize(
    ("package", "use"),
    [
        ("openai", "ConversableAgent('a', llm=OpenAIModel('m'))"),
        ("openai", "asyncio.run(OpenAIModel('m').complete([]))"),
        ("xllamacpp", "ConversableAgent('a', llm=LocalModel('qwen2.5-0.5b'))"),
        ("jsonschema", "ConversableAgent('a', tools=[print])"),
        ("pytest", "agentcore.testing.BackendConformance"),
        ("hypothesis", "importlib.import_module('agentcore.testing.strategies')"),
    ],
)
def test_an_agent_says_at_once_what_is_missing(package: str, use: str) -> None:
    """Before a conversation is begun, and before anything else that the model lacks, as a key."""
    code = f"""
import asyncio, importlib, sys
sys.modules[{package!r}] = None
import agentcore, agentcore.testing
from agentcore import ConversableAgent
from agentcore.models import LocalModel, OpenAIModel
try:
    {use}
except agentcore.errors.ExtraMissingError as error:
    print(error)
"""
    extra = {"xllamacpp": "local", "openai": "openai", "jsonschema": "tools"}.get(
        package, "testing"
    )
    said = python(code)
    assert f"needs the package {package!r}" in said
    assert f"agentcore-actors[{extra}]" in said
