"""What a model answers, taken as it may come: at once or later, a `Completion` or a text."""

from __future__ import annotations

import inspect
from typing import Any

from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.protocol.model_api import Completion

__all__ = ["completing", "model_name"]


def model_name(model: Any) -> str:
    """Give the name of a model, for errors."""
    return str(getattr(model, "name", "") or type(model).__name__)


def completing(model: Any, messages: Any, **options: Any) -> Steps:
    """Ask a model, as `ChatModel.complete` takes it; the steps come to a `Completion`.

    Raises:
        ModelError: what it answered is none.
    """
    answer = model.complete(messages, **options)
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
