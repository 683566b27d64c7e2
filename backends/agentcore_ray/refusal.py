"""Refusals: what tells whoever waits that a packet could not be read where it arrived."""

from __future__ import annotations

from agentcore import AgentDiedError, StopKind, StopReason
from agentcore.backend import Answer, AskAllReply, Outcome, Stopped, words_of
from agentcore_ray.frame import Frame, split_id

__all__ = ["refusal"]


def refusal(frame: Frame, error: Exception) -> Answer | AskAllReply | Stopped:
    """Give the packet to send to ``frame.sender``, because reading the frame raised ``error``."""
    comes_back = frame.sender == frame.to  # whoever waits for it is in this process
    what = "what came back" if comes_back else f"a message for agent {frame.name!r}"
    where = "here" if comes_back else "where that agent lives"
    failure = AgentDiedError(
        f"{what} could not be read {where}: {words_of(error)}; "
        "is its module installed on every node (runtime_env)?",
        agent=frame.name,
    )
    if frame.asked:
        return Answer(frame.id, Outcome(None, 0, failure))
    reason = StopReason(StopKind.FAILED, frame.name, detail=str(failure))
    id, part = split_id(frame.id)
    if part >= 0:
        return AskAllReply(id, part, None, reason, 0, error=failure, undelivered=not comes_back)
    return Stopped(id, reason, 0, error=failure, undelivered=not comes_back)
