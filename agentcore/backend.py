"""What a backend is made of: for those who write one, no concern of those who write agents.

`ActorBackend` says what it has to do. `agentcore.testing.BackendConformance` shows whether it
does.
"""

from agentcore._backend import ActorBackend, Latch, Runnable, Timer
from agentcore._config import CoreSettings
from agentcore._console import Console
from agentcore._envelope import (
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
from agentcore._machine import Exchange
from agentcore._ref import kinds_of
from agentcore._residents import name_in_use
from agentcore._runtime import Runtime
from agentcore._seat import Seat
from agentcore._system import open_system

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
