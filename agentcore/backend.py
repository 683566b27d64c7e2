"""What a backend is made of: for those who write one, no concern of those who write agents.

`ActorBackend` says what it has to do. `agentcore.testing.BackendConformance` shows whether it
does.
"""

from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import kinds_of
from agentcore.protocol.envelope import (
    Answer,
    Begin,
    Call,
    Cancel,
    Conversation,
    Envelope,
    Found,
    Gathered,
    Inquire,
    Outcome,
    Probe,
    Question,
    Shown,
    Stopped,
)
from agentcore.protocol.transitions import Exchange
from agentcore.runtime.backend import ActorBackend, Latch, Runnable, Timer
from agentcore.runtime.console import Console
from agentcore.runtime.mailbox import Seat
from agentcore.runtime.registry import name_in_use
from agentcore.runtime.runtime import Runtime
from agentcore.runtime.system import open_system

__all__ = [
    "ActorBackend",
    "Answer",
    "Begin",
    "Call",
    "Cancel",
    "Console",
    "Conversation",
    "CoreSettings",
    "Envelope",
    "Exchange",
    "Found",
    "Gathered",
    "Inquire",
    "Latch",
    "Outcome",
    "Probe",
    "Question",
    "Runnable",
    "Runtime",
    "Seat",
    "Shown",
    "Stopped",
    "Timer",
    "kinds_of",
    "name_in_use",
    "open_system",
]
