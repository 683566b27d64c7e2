"""What a model is shown: of a history what the policy keeps, what is known, what hooks make."""

from __future__ import annotations

import inspect
from typing import Any

from agentcore.agents.history_view import as_shown, system_first
from agentcore.agents.knowledge import with_knowledge
from agentcore.agents.model_lookup import Metered
from agentcore.agents.thought import Thought
from agentcore.base import logger
from agentcore.base.checks import several
from agentcore.base.steps import Steps
from agentcore.models.alternation import alternated
from agentcore.models.calls import model_identity

__all__ = ["shown_messages"]


def shown_messages(thought: Thought) -> Steps:
    """Return the messages that the model is shown, and how many of how many, if not all."""
    in_text = bool(getattr(thought.model, "names_in_text", False))
    identity = model_identity(thought.model)
    everything = as_shown(thought.history, thought.options.streamed, in_text, identity)
    kept: Any = everything
    if thought.options.history_policy is not None:
        kept = thought.options.history_policy(everything, Metered(thought.model, thought.agent))
        if inspect.isawaitable(kept):
            kept = yield kept
        kept = list(several(kept, "history_policy= gives a list of messages"))
    cut = None
    if kept != everything:
        cut = {"shown": len(kept), "of": len(everything)}
        logger.info("the model of {} is shown {shown} messages, of {of}", thought.agent.name, **cut)
    kept = yield from with_knowledge(thought, kept)
    hooks = thought.agent._hooks
    if hooks is not None:
        kept = yield from hooks.before_model(thought.agent, kept, thought.peer)
    asked = system_first(thought.agent.system_message, kept)
    return (alternated(asked) if getattr(thought.model, "alternates", False) else asked), cut
