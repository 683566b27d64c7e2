"""What backends with several processes carry: envelopes to agents, packets between processes."""

from agentcore._envelope import (
    Answer,
    Begin,
    Call,
    Cancel,
    Conversation,
    Envelope,
    Found,
    Outcome,
    Probe,
    Question,
    Stopped,
)
from agentcore._machine import Exchange

__all__ = [
    "Answer",
    "Begin",
    "Call",
    "Cancel",
    "Conversation",
    "Envelope",
    "Exchange",
    "Found",
    "Outcome",
    "Probe",
    "Question",
    "Stopped",
]
