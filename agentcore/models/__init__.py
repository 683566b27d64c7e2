"""Language models: what agents ask of them, and models to use.

Nothing here imports a package of an extra before a model is used.
"""

from agentcore.models._model import (
    ChatModel,
    Completion,
    Delta,
    Output,
    Sampling,
    ToolCall,
    ToolSpec,
    Usage,
)

__all__ = [
    "ChatModel",
    "Completion",
    "Delta",
    "Output",
    "Sampling",
    "ToolCall",
    "ToolSpec",
    "Usage",
]
