"""How the model of a session is asked, beside what analysts ask it themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from agentcore.agents.model_lookup import Metered
from agentcore.protocol.model_api import NO_SAMPLING, ChatModel, Completion, Output, Sampling

__all__ = ["Ask", "asking"]

# Asks a model with messages, and perhaps for a form.
Ask: TypeAlias = Callable[..., Awaitable[Completion]]


def asking(model: ChatModel) -> Ask:
    """Return a function that asks a model: a local one at temperature 0.

    Servers keep their own settings, which some of them let nobody change.
    """
    metered = Metered(model)
    sampling = Sampling(temperature=0) if getattr(model, "hosted", False) else NO_SAMPLING

    async def ask(
        messages: Sequence[Mapping[str, Any]], output: Output | None = None
    ) -> Completion:
        return await metered.complete(messages, output=output, sampling=sampling)

    return ask
