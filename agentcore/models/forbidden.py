"""The switch that forbids requests to real models, in a run of tests above all.

It is a variable of the environment, so that it reaches the processes that a run begins: the
hosts of a Ray cluster that it starts, and its subprocesses.
"""

from __future__ import annotations

import os

from agentcore.base.errors import ModelsForbiddenError

__all__ = ["VARIABLE", "check_allowed"]

VARIABLE = "AGENTCORE_FORBID_MODELS"
_OFF = ("", "0", "false", "no", "off")


def check_allowed(model: str) -> None:
    """Let a real model be asked, if this run does not forbid it: called before each request.

    Args:
        model: its name, for the error.

    Raises:
        ModelsForbiddenError: ``AGENTCORE_FORBID_MODELS`` is set.
    """
    if os.environ.get(VARIABLE, "").strip().lower() not in _OFF:
        raise ModelsForbiddenError(
            f"model {model!r} was about to be asked, and this run forbids real models "
            f"({VARIABLE} is set, or agentcore_forbid_models for pytest): give the agent "
            "agentcore.testing.ScriptedModel or RecordingModel, or take the setting away",
            model=model,
        )
