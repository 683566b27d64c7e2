"""The table of dialects: names, addresses, and what is refused."""

from __future__ import annotations

import pickle

import pytest

from agentcore.errors import ConfigError
from agentcore.models import Dialect, ModelSettings, OpenAIModel, make_model
from agentcore.models.openai.dialects import DIALECTS, dialect_of


def test_a_dialect_is_named_or_given_or_that_of_the_address() -> None:
    """In this order."""
    own = Dialect(system_role=False)
    assert dialect_of(own, "https://api.openai.com/v1/") == own
    assert dialect_of("mistral", "https://api.openai.com/v1/") == DIALECTS["mistral"]
    for url, name in {
        "https://api.openai.com/v1/": "openai",
        "https://mine.openai.azure.com/openai/v1/": "azure",
        "https://api.mistral.ai/v1": "mistral",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1": "qwen",
    }.items():
        assert dialect_of(None, url) == DIALECTS[name]
    for url in ("http://localhost:8000/v1", "https://notapi.openai.com.example/v1", ""):
        assert dialect_of(None, url) == Dialect()


def test_what_is_no_dialect_is_refused_when_the_model_is_made() -> None:
    """With the names there are, and the one that may be meant."""
    with pytest.raises(ConfigError, match=r"'gemni'.* Did you mean 'gemini'.*Known dialects: "):
        OpenAIModel("m", dialect="gemni")
    with pytest.raises(ConfigError, match="'schema', 'json' or 'words', not 'yaml'"):
        OpenAIModel("m", structured="yaml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="structured"):
        Dialect(structured="yaml")  # type: ignore[arg-type]


def test_a_model_with_a_dialect_pickles_and_can_be_a_key() -> None:
    """As all models can."""
    model = OpenAIModel("m", dialect=Dialect(structured="words"), structured="json")
    again = pickle.loads(pickle.dumps(model))
    assert (again, hash(again)) == (model, hash(model))


def test_settings_have_both() -> None:
    """And refuse what is none."""
    made = make_model("a", ModelSettings(model="m", dialect="gemma", structured="words"))
    assert made == OpenAIModel("m", dialect="gemma", structured="words")
    for wrong in ({"dialect": "x"}, {"structured": "x"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ModelSettings(model="m", **wrong)
    with pytest.raises(ConfigError, match="takes no dialect"):
        make_model("a", ModelSettings(model="m", provider="local", dialect="gemma"))
