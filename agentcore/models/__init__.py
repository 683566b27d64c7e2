"""Language models: what agents ask of them, and models to use.

This package holds the clients of servers, the models that run locally, and the settings that
models are made of. It may import ``base`` and ``protocol`` only: the configuration is read above,
in ``config``, which then knows `ModelSettings`. Nothing here knows of agents or turns, and nothing
imports a package of an extra before a model is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentcore.models.openai.dialects import Dialect
from agentcore.models.openai.model import OpenAIModel
from agentcore.models.settings import ModelSettings, make_model, named_model
from agentcore.protocol.model_api import (
    ChatModel,
    Completion,
    Delta,
    Output,
    Sampling,
    ToolCall,
    ToolSpec,
    Usage,
)

if TYPE_CHECKING:
    from agentcore.models.local import LocalModel

__all__ = [
    "ChatModel",
    "Completion",
    "Delta",
    "Dialect",
    "LocalModel",
    "ModelSettings",
    "OpenAIModel",
    "Output",
    "Sampling",
    "ToolCall",
    "ToolSpec",
    "Usage",
    "make_model",
    "named_model",
]


def __getattr__(name: str) -> Any:
    """Import `LocalModel` when it is first asked for: other programs do not need its modules."""
    if name == "LocalModel":
        from agentcore.models.local import LocalModel

        return LocalModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
