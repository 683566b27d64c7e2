"""Why conversations stop."""

from __future__ import annotations

from enum import StrEnum

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.message import Message

__all__ = ["TERMINATE", "TERMINATION_MESSAGE", "StopKind", "StopReason", "stop_reason"]


class StopKind(StrEnum):
    """Why a conversation stopped. A member equals its name: ``stop.kind == "NO_REPLY"``.

    Where several hold at once, it is the first of TERMINATE, TERMINATION_MESSAGE, CONDITION,
    MAX_TURNS and MAX_AUTO_REPLY.

    Attributes:
        NO_REPLY: the final rule's reply was ``None``.
        NO_RULE: no rule was final, and there was no model and no ``default_auto_reply``.
        TERMINATE: the message's metadata has a true ``TERMINATE``.
        TERMINATION_MESSAGE: ``is_termination_msg(message)`` was true.
        CONDITION: a condition given as ``until=`` held; ``detail`` says which.
        MAX_TURNS: the budget (``max_turns``) was spent.
        MAX_AUTO_REPLY: the agent had sent ``max_consecutive_auto_reply`` replies in a row.
        MAX_TOOL_ROUNDS: a model proposed tool calls more than ``max_tool_rounds`` times in a turn.
        MAX_ROUND: the members of a group had said ``max_round`` messages.
        NO_SPEAKER: a group had nobody to speak next.
        HUMAN_EXIT: a human typed ``exit``, or the console was closed.
        DEADLINE: the ``timeout`` was over.
        CANCELLED: it was cancelled.
        FAILED: a rule raised, or an agent was closed, or its process ended.
    """

    NO_REPLY = "NO_REPLY"
    NO_RULE = "NO_RULE"
    TERMINATE = "TERMINATE"
    TERMINATION_MESSAGE = "TERMINATION_MESSAGE"
    CONDITION = "CONDITION"
    MAX_TURNS = "MAX_TURNS"
    MAX_AUTO_REPLY = "MAX_AUTO_REPLY"
    MAX_TOOL_ROUNDS = "MAX_TOOL_ROUNDS"
    MAX_ROUND = "MAX_ROUND"
    NO_SPEAKER = "NO_SPEAKER"
    HUMAN_EXIT = "HUMAN_EXIT"
    DEADLINE = "DEADLINE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


TERMINATE, TERMINATION_MESSAGE = StopKind.TERMINATE, StopKind.TERMINATION_MESSAGE


@attrs.frozen
class StopReason:
    """Why a conversation stopped, and where.

    Attributes:
        kind: which of the reasons it was.
        agent: the agent whose turn decided it; for ``DEADLINE`` and ``CANCELLED`` the initiator.
        rule: the rule that decided it, where one did.
        message: the last message that the agent had received, where there was one.
        detail: the condition that held, the error, or the like, in words.
    """

    kind: StopKind
    agent: str = ""
    rule: str | None = None
    message: Message | None = None
    detail: str = ""

    def __str__(self) -> str:
        where = f" at {self.agent}" if self.agent else ""
        rule = f", rule {self.rule}" if self.rule else ""
        return f"{self.kind}{where}{rule}" + (f": {self.detail}" if self.detail else "")


stop_reason = fast_constructor(StopReason)
