"""The one place that asks a model: it may answer at once or by an awaitable, with a text too."""

from __future__ import annotations

import inspect
from typing import Any
from urllib.parse import urlsplit

from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.models.valid_messages import valid_messages
from agentcore.protocol.model_api import Completion

__all__ = ["completing", "model_identity", "model_name"]


def model_name(model: Any) -> str:
    """Return the name of a model, for errors: its ``name``, or else its class's."""
    return str(getattr(model, "name", "") or type(model).__name__)


def model_identity(model: Any) -> str:
    """Return what tells a model from others: its name, and the host of its server if it has one."""
    url = getattr(model, "base_url", None)
    host = urlsplit(url).netloc.rpartition("@")[2] if isinstance(url, str) else ""
    return f"{model_name(model)} at {host}" if host else model_name(model)


def completing(model: Any, messages: Any, **options: Any) -> Steps:
    """Ask a model, with the arguments of `ChatModel.complete`.

    Returns:
        steps whose value is a `Completion`; a model may answer with a str instead, or an awaitable.

    Raises:
        ModelError: the model answered with anything else.
    """
    answer = model.complete(valid_messages(messages), **options)
    if inspect.isawaitable(answer):
        answer = yield answer
    if isinstance(answer, Completion):
        return answer
    if isinstance(answer, str):
        return Completion(answer)
    name = model_name(model)
    raise ModelError(
        f"model {name} answered {answer!r:.200}: complete() gives a Completion or a str",
        model=name,
    )
