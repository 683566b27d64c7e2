"""Sandboxes: places where code that a model wrote can run and do no harm.

What belongs here starts processes that may see one folder and nothing else, runs Python in them,
and says what came of it. It may import ``base`` only. It holds nothing of agents and models: an
agent that writes code is in ``data``. It needs the extra ``sandbox``; importing it does not.
"""

from agentcore.sandbox.limits import Limits
from agentcore.sandbox.opening import open_sandbox
from agentcore.sandbox.protocol import Result, Sandbox, Session

__all__ = ["Limits", "Result", "Sandbox", "Session", "open_sandbox"]
