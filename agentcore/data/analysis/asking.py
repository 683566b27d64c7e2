"""How the model of a session is asked, beside what analysts ask it themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from agentcore.agents.model_lookup import Metered, steady
from agentcore.protocol.model_api import ChatModel, Completion, Output

__all__ = ["Ask", "asking"]

# Asks a model with messages, and perhaps for a form.
Ask: TypeAlias = Callable[..., Awaitable[Completion]]


def asking(model: ChatModel) -> Ask:
    """Return a function that asks a model; its usage counts as the turn's."""
    metered = Metered(model, sampling=steady(model))

    async def ask(
        messages: Sequence[Mapping[str, Any]], output: Output | None = None
    ) -> Completion:
        return await metered.complete(messages, output=output)

    return ask
