"""Rounds of tool calls: a model proposes calls, and its agent or an executor runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from agentcore.agents.handoff_tools import is_handoff
from agentcore.agents.history_view import OWN_FIELDS
from agentcore.agents.thought import Thought, answer_metadata
from agentcore.agents.tool_calls import Result, results_message, run_calls, settle_handoffs
from agentcore.base.steps import Steps
from agentcore.models.calls import model_identity, was_cut_off
from agentcore.protocol.agent_ref import get_agent_name
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.condition import Predicate
from agentcore.protocol.decisions import Handoff, StopReply
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion, ToolCall
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transcript import Entry
from agentcore.runtime.turns.chats import waiting_for_chat

__all__ = ["NOT_RUN", "proposal_of", "run_round"]


def _is_answered(transcript: Sequence[Entry]) -> bool:
    return not transcript[-1].depth and transcript[-1].sender != transcript[0].sender


# One answer of the executor. max_turns=2 would be wrong, since tools may begin conversations.
NOT_RUN: Final = (
    "not run: the answer was cut off at max_tokens; call again, with less before and in the call"
)
ONE_ANSWER: Final = ChatOptions(clear_history=False, until=Predicate(_is_answered))


def run_round(thought: Thought, completion: Completion) -> Steps:
    """Run the calls that a model proposed, in the agent itself or in its executor.

    If its answer was cut off, none is run, and the model is told so.

    Returns:
        ``None``, when the results are in the history; a `Handoff` if a tool returned one; a
        `StopReply` if no turns are left for the calls, or ``until=`` holds already.
    """
    calls = _with_ids(completion.tool_calls)
    proposal = proposal_of(completion, model_identity(thought.model))
    cut_off = was_cut_off(completion)
    executor = None if cut_off or _hands_off(thought, calls) else thought.options.executor
    if executor is not None and get_agent_name(executor) != thought.agent.name:
        return (yield from _run_elsewhere(thought, proposal, calls, executor))
    if thought.turn is not None and thought.turn.exchange.budget < 2:
        return StopReply(
            StopKind.MAX_TURNS, "no turns are left for the calls that the model proposed"
        )
    stop = thought.stop_at(proposal, thought.agent.name)
    if stop is not None:
        return stop
    handoff: Handoff | None = None
    thought.spend(proposal)  # first: in the transcript, what tools send comes after the proposal
    if cut_off:
        # None of them: what the model wanted to write after the last it had no tokens for.
        ran = [Result(call, NOT_RUN, True) for call in calls]
    else:
        ran = yield from run_calls(thought.agent, thought.turn, thought.tools, calls)
        ran, handoff = settle_handoffs(thought.turn, ran)
    results = results_message(ran)
    thought.spend(results)
    _record(thought, proposal, results)
    return handoff


def _hands_off(thought: Thought, calls: Sequence[ToolCall]) -> bool:
    """Return whether one of the calls is of ``handoffs=``, which no executor has."""
    return any(is_handoff(thought.tools.get(call.name)) for call in calls)


def proposal_of(completion: Completion, identity: str = "") -> Message:
    """Make the message in which the agent proposes the calls of a completion.

    Args:
        identity: which model completed; fields that it is to be sent back are kept with its name.
    """
    calls = _with_ids(completion.tool_calls)
    metadata = answer_metadata(completion)
    if completion.extra or any(call.extra for call in calls):
        metadata[OWN_FIELDS] = {"model": identity, "fields": completion.extra}
    return Message(
        completion.text or None,
        metadata=metadata,
        tool_calls=[call.as_dict() for call in calls],
    )


def _run_elsewhere(
    thought: Thought, proposal: Message, calls: Sequence[ToolCall], executor: Any
) -> Steps:
    assert thought.turn is not None
    stop = thought.stop_at(proposal, get_agent_name(executor))
    if stop is not None:
        return stop
    known = thought.agent._messages.get(get_agent_name(executor)) is thought.history
    outcome = yield waiting_for_chat(thought.turn, proposal, executor, ONE_ANSWER)
    chat = outcome.get()
    last = chat.last_message
    if last is None or last.role != "tool":
        why = str(chat.stop) if last is proposal or last is None else f"it said {last.content!r}"
        failed = f"{get_agent_name(executor)} ran nothing: {why}"
        last = results_message([Result(call, failed, True) for call in calls])
        known = False
    if not known:
        _record(thought, proposal, last)
    return None


def _record(thought: Thought, proposal: Message, results: Message) -> None:
    """Add a round to the history that the model is shown: proposal and results, never one alone."""
    if isinstance(thought.history, History):
        thought.history.record_round(proposal, results)
    else:
        thought.history.extend([proposal.as_role("assistant"), results])


def _with_ids(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Give the calls with ids that are unique and not empty, since results are matched by them."""
    seen: set[str] = set()
    given = []
    for index, call in enumerate(calls):
        id = call.id
        while not id or id in seen:
            id = f"{call.id or 'call'}_{index}"
            index += len(calls)
        seen.add(id)
        given.append(attrs.evolve(call, id=id))
    return tuple(given)
