"""What a backend is made of: for those who write one, no concern of those who write agents.

`ActorBackend` says what it has to do. `agentcore.testing.BackendConformance` shows whether it
does.
"""

import warnings
from typing import Any

from agentcore.base.error_words import words_of
from agentcore.base.steps import close_coroutine
from agentcore.config.core import CoreSettings
from agentcore.protocol.address import name_of
from agentcore.protocol.envelope import Conversation, Envelope
from agentcore.protocol.kinds import kinds_of
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import (
    Answer,
    AskAll,
    AskAllReply,
    Begin,
    Call,
    Cancel,
    Question,
    Shown,
    Stopped,
    WaitCycleFound,
    WaitProbe,
)
from agentcore.protocol.sessions import places_of, pool_place
from agentcore.protocol.state import Exchange
from agentcore.runtime.backend import ActorBackend, Node
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.ports import Latch, Runnable, Timer
from agentcore.runtime.raised import report_outcome
from agentcore.runtime.registry import name_in_use
from agentcore.runtime.runtime import Runtime
from agentcore.runtime.system import open_system

__all__ = [
    "ActorBackend",
    "Answer",
    "AskAll",
    "AskAllReply",
    "Begin",
    "Call",
    "Cancel",
    "Console",
    "Conversation",
    "CoreSettings",
    "Envelope",
    "Exchange",
    "Latch",
    "Mailbox",
    "Node",
    "Outcome",
    "Question",
    "Runnable",
    "Runtime",
    "Shown",
    "Stopped",
    "Timer",
    "WaitCycleFound",
    "WaitProbe",
    "close_coroutine",
    "kinds_of",
    "name_in_use",
    "name_of",
    "open_system",
    "places_of",
    "pool_place",
    "report_outcome",
    "words_of",
]

# Names of before the packages: a backend that was written then still imports.
_RENAMED = {
    "Found": WaitCycleFound,
    "Gathered": AskAllReply,
    "Inquire": AskAll,
    "Probe": WaitProbe,
    "Seat": Mailbox,
}


def __getattr__(name: str) -> Any:
    """Give what had another name in 0.1.0.

    Raises:
        AttributeError: nothing had this name.
    """
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    new = _RENAMED[name]
    warnings.warn(
        f"agentcore.backend.{name} is {new.__name__} now", DeprecationWarning, stacklevel=2
    )
    return new
