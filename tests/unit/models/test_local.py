"""`LocalModel` is its settings; what it answers is in tests/model."""

from __future__ import annotations

import pickle

import pytest

from agentcore.errors import ConfigError
from agentcore.models import LocalModel, Sampling


def test_a_local_model_is_its_settings() -> None:
    """It pickles, equal ones are equal, and its name is said."""
    model = LocalModel("qwen2.5-0.5b", sampling=Sampling(temperature=0), context=2048)
    assert pickle.loads(pickle.dumps(model)) == model
    assert (model.name, model.hosted, model.names_in_text) == ("qwen2.5-0.5b", True, True)


def test_an_unknown_model_is_refused_where_it_is_made() -> None:
    """The error lists the catalogue."""
    with pytest.raises(ConfigError, match=r"no local model 'qwen'.*qwen2\.5-0\.5b"):
        LocalModel("qwen")
