"""Which model a command asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentcore.cli.model_choice import choose_model
from agentcore.errors import ConfigError
from agentcore.models import LocalModel, OpenAIModel


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, with no weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENTCORE_CACHE", str(tmp_path))
    monkeypatch.delenv("AGENTCORE_CONFIG", raising=False)


def configure(*names: str) -> None:
    """Configure models of these names."""
    tables = (f'[models.{name}]\nmodel = "gpt-{name}"\n' for name in names)
    Path("agentcore.toml").write_text("".join(tables), encoding="utf-8")


def test_a_configured_model_goes_by_its_name() -> None:
    """The agents look it up themselves; users are shown the model behind it."""
    configure("fast", "large")
    chosen = choose_model("large")
    assert (chosen.llm, chosen.name) == ("large", "gpt-large")
    assert choose_model(None).llm == "fast"


def test_the_only_configured_model_is_meant() -> None:
    """Of several none is, unless one is called `fast`."""
    configure("house")
    assert choose_model(None).llm == "house"
    configure("house", "other")
    with pytest.raises(ConfigError, match=r"configured are house, other"):
        choose_model(None)


def test_a_provider_and_a_name_need_no_configuration() -> None:
    """Local ones by the catalogue's names too, servers with their address."""
    for given in ("local:qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b", "some/file.gguf"):
        assert isinstance(choose_model(given).llm, LocalModel), given
    chosen = choose_model("openai:qwen2.5:7b@http://localhost:8000/v1")
    assert isinstance(chosen.llm, OpenAIModel)
    assert chosen.name == "qwen2.5:7b"


def test_without_a_name_local_weights_are_used_if_they_are_there(tmp_path: Path) -> None:
    """A server is never asked without having been named."""
    with pytest.raises(ConfigError, match="say which model"):
        choose_model(None)
    (tmp_path / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").write_bytes(b"")
    assert choose_model(None).name == "qwen2.5-coder-1.5b"


@pytest.mark.parametrize("given", ["fats", "openai:", "other:name", "openai:m@localhost"])
def test_any_other_name_is_refused_with_the_forms_there_are(given: str) -> None:
    """The error says how a model is named."""
    configure("fast")
    with pytest.raises(ConfigError, match=r"(Configured are: fast\..*openai:gpt-4o-mini|address)"):
        choose_model(given)
