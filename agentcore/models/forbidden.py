"""The switch that forbids requests to real models, meant for runs of tests.

It is an environment variable, because the processes that a run starts inherit it: subprocesses, and
the hosts of a local Ray cluster.
"""

from __future__ import annotations

import os

from agentcore.base.errors import ModelsForbiddenError

__all__ = ["VARIABLE", "check_allowed"]

VARIABLE = "AGENTCORE_FORBID_MODELS"
_OFF = ("", "0", "false", "no", "off")


def check_allowed(model: str) -> None:
    """Raise if this run forbids real models. Each real model calls it before each request.

    Args:
        model: the model's name, for the error.

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
