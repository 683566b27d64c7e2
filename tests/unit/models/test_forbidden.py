"""The switch that forbids requests to real models."""

from __future__ import annotations

import pytest

from agentcore.errors import ModelsForbiddenError
from agentcore.testing import models_forbidden
from tests.chat_protocol.asking import ask, model_at, refusal
from tests.chat_protocol.server import Server

pytest.importorskip("openai")


@pytest.mark.parametrize("streams", [False, True])
def test_a_run_can_forbid_real_models(server: Server, streams: bool) -> None:
    """No request is made; the error names the model and what to use."""
    with models_forbidden():
        error = refusal(model_at(server), streams)
    assert isinstance(error, ModelsForbiddenError)
    assert "ScriptedModel" in str(error)
    assert server.asked == []
    ask(model_at(server))


@pytest.mark.parametrize("value", ["", "0", "false", "No"])
def test_the_switch_can_be_off(server: Server, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """As a variable of the environment is."""
    monkeypatch.setenv("AGENTCORE_FORBID_MODELS", value)
    assert ask(model_at(server)).text == "hello"
