"""How the tests of scripted models ask a model, without an agent."""

from __future__ import annotations

from agentcore.models import Completion
from agentcore.testing import ScriptedModel

ASKED = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "who are you?"}]


def texts(model: ScriptedModel, times: int) -> list[str]:
    """Ask several times."""
    answers = [model.complete(ASKED) for _ in range(times)]
    assert all(isinstance(answer, Completion) for answer in answers)
    return [answer.text for answer in answers if isinstance(answer, Completion)]
