"""Answers by code that a model writes and a sandbox runs.

What belongs here asks a model for code, judges what it gives, and says what is wrong with it. It
may import the rest of ``data`` but ``analysis``. Running the code is the sandbox's.
"""

from agentcore.data.code.agent import CodeAgent
from agentcore.data.code.analyst import CodeAnalyst

__all__ = ["CodeAgent", "CodeAnalyst"]
