"""Requests to a scripted server, for the tests of `OpenAIModel`."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from agentcore.errors import ModelError
from agentcore.models import Completion, Delta, OpenAIModel
from tests.chat_protocol.server import Server

T = TypeVar("T")
KEY = "sk-0123456789-secret"
ASKED = [{"role": "user", "content": "hello"}]


def model_at(server: Server, **options: Any) -> OpenAIModel:
    """Make a model on the server, which is not asked again when it fails."""
    return OpenAIModel("m", server.url, KEY, **{"max_retries": 0, "timeout": 20.0} | options)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it on an event loop of its own."""
    return asyncio.run(coroutine)


def ask(model: OpenAIModel, **options: Any) -> Completion:
    """Ask once."""
    return run(model.complete(ASKED, **options))


async def pieces_of(model: OpenAIModel, **options: Any) -> list[Delta]:
    """Read a stream to its end."""
    return [delta async for delta in model.stream(ASKED, **options)]


def refusal(model: OpenAIModel, streams: bool = False, **options: Any) -> ModelError:
    """Ask, and give the error, which names the model and has the key nowhere."""
    asks: Any = pieces_of(model, **options) if streams else model.complete(ASKED, **options)
    with pytest.raises(ModelError) as caught:
        run(asks)
    error = caught.value
    assert error.model == "m"
    assert "'m'" in str(error)
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY.encode() not in pickle.dumps(error)
    return error
