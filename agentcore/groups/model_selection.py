"""A model selects the next speaker: what it is shown, and how often it is asked."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.history_view import as_shown
from agentcore.agents.model_lookup import Metered, charge, model_for
from agentcore.agents.model_options import DEFAULT_MODEL_OPTIONS
from agentcore.base import logger
from agentcore.base.checks import several
from agentcore.base.steps import Steps
from agentcore.groups.name_matching import names_several, read_choice
from agentcore.groups.selection_prompt import SelectionQuestion, selection_output
from agentcore.models.calls import completing
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Usage

__all__ = ["ask_model"]


def ask_model(
    agent: ConversableAgent, question: SelectionQuestion, log: Sequence[Message]
) -> Steps:
    """Ask the model of a group's agent who speaks next, again if need be.

    The agent's ``history_policy=`` and ``sampling=`` hold, as where its model answers.

    Returns:
        steps whose value is a pair: the name, or ``None`` if the model named nobody; and the
        `Usage` of all of its answers.
    """
    options = agent._model_options or DEFAULT_MODEL_OPTIONS
    model = model_for(agent, agent.llm)
    said: Any = log
    if options.history_policy is not None:
        said = options.history_policy(as_shown(log, lambda _: None), Metered(model, agent))
        if inspect.isawaitable(said):
            said = yield said
        said = several(said, "history_policy= gives a list of messages")
    asked, usage, candidates = question.messages(said), Usage(), question.candidates
    output = selection_output(candidates)
    text = ""
    for _ in range(1 + question.selector.retries):
        completion = yield from completing(model, asked, output=output, sampling=options.sampling)
        usage += completion.usage
        charge(completion.usage, agent)
        text = completion.text
        name = read_choice(text, candidates)
        if name is not None:
            return name, usage
        answered = {"role": "assistant", "content": text or "(nothing)"}
        asked = [*asked, answered, question.again(text, names_several(text, candidates))]
    logger.warning("the model of group {} named nobody: {!r:.200}", agent.name, text)
    return None, usage
