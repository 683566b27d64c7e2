"""The model's place in a turn.

What a model does in a turn is written as a generator without I/O: it yields whatever is to be
awaited, and is sent what came of it. So the turn runs it on its own thread, lets what has to be
waited for run on the process's event loop, and holds no thread meanwhile; a model that answers at
once costs no hand-off at all.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
from loguru import logger

from agentcore.agents.history_view import alternated, as_shown, system_first
from agentcore.agents.model_lookup import Metered, model_for
from agentcore.agents.model_options import DEFAULT_MODEL_OPTIONS, ModelOptions
from agentcore.agents.tool_calls import Result, calls_of, results_message, run_calls, tools_of
from agentcore.base.checks import several
from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.models.calls import completing, model_name
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.protocol.condition import Predicate
from agentcore.protocol.decisions import StopReply
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion, Delta, ToolCall
from agentcore.protocol.transcript import Entry, StopKind
from agentcore.runtime.streams.registry import stream_message

if TYPE_CHECKING:
    from agentcore.agents.agent import ConversableAgent
    from agentcore.runtime.turns.fan_out import Turn
    from agentcore.tools.decorator import Tool

__all__ = ["deliberate"]


def _is_answered(transcript: Sequence[Entry]) -> bool:
    return not transcript[-1].depth and transcript[-1].sender != transcript[0].sender


ANSWERED: Final = Predicate(_is_answered)


def deliberate(
    agent: ConversableAgent, turn: Turn | None, message: Message, history: Any, peer: AgentRef
) -> Steps | None:
    """Give the steps in which an agent runs tools for its peer, or asks its model.

    Returns:
        ``None`` if it has neither the tools that ``message`` asks for, nor a model.
    """
    if message.tool_calls and _has_tools(agent):
        return _run_for_peer(agent, turn, message, history, peer)
    if agent.llm is None:
        return None
    return _think(agent, turn, history, peer)


def _has_tools(agent: ConversableAgent) -> bool:
    return bool(agent._tool_names) or bool((agent._model_options or DEFAULT_MODEL_OPTIONS).tools)


def _run_for_peer(
    agent: ConversableAgent, turn: Turn | None, message: Message, history: Any, peer: AgentRef
) -> Steps:
    tools = yield from tools_of(agent)
    calls = calls_of(message)
    if agent.llm is not None and not any(call.name in tools for call in calls):
        return (yield from _think(agent, turn, history, peer))
    results = yield from run_calls(agent, turn, tools, calls)
    return results_message(results) if results else None


@attrs.define
class _Round:
    """What stays the same while a model thinks about one message."""

    agent: ConversableAgent
    turn: Turn | None
    model: Any
    mind: ModelOptions
    tools: dict[str, Tool]
    history: Any
    peer: AgentRef

    def timeout(self) -> float | None:
        """Give the seconds that the conversation has left."""
        turn = self.turn
        deadline = None if turn is None else turn.inherited.deadline
        if turn is None or deadline is None:
            return None
        return max(0.0, deadline - turn.runtime.backend.now())


def _think(agent: ConversableAgent, turn: Turn | None, history: Any, peer: AgentRef) -> Steps:
    """Ask the model, and run the calls that it proposes, until it answers."""
    mind = agent._model_options or DEFAULT_MODEL_OPTIONS
    tools = yield from tools_of(agent)
    at = _Round(agent, turn, model_for(agent, agent.llm), mind, tools, history, peer)
    try:
        return (yield from _rounds(at))
    except ModelError as error:
        if at.timeout() != 0.0:
            raise
        # It was told how long it has: that this is over is no failure of its own.
        raise ChatTimeoutError(
            f"no answer in time (timeout=): {error}", agent=agent.name
        ) from error


def _rounds(at: _Round) -> Steps:
    most = at.mind.max_tool_rounds
    for count in range(most + 1):
        if count and at.timeout() == 0.0:  # what took too long may have been a call
            raise ChatTimeoutError("no time is left (timeout=)", agent=at.agent.name)
        if count and at.turn is not None and not at.turn.exchange.budget:
            return StopReply(StopKind.MAX_TURNS, "no turn is left for what the model would answer")
        shown, cut = yield from _shown(at)
        if at.mind.stream:
            completion, chunks = yield from _ask_stream(at, shown)
            if chunks is not None:
                return _streamed(at, chunks, cut)
        else:
            completion = yield from _ask(at, shown)
        if not completion.tool_calls:
            return _reply(at, completion, cut)
        if count < most:
            halted = yield from _run_round(at, completion)
            if halted is not None:
                return halted
        elif at.turn is not None and at.turn.exchange.budget:  # it is said, and has its cost
            _spend(at, _proposal(completion, _with_ids(completion.tool_calls)))
    return StopReply(
        StopKind.MAX_TOOL_ROUNDS,
        f"the model proposed calls in {most} rounds, and then again (max_tool_rounds=)",
    )


def _shown(at: _Round) -> Steps:
    """Give what the model is shown, and what of it was left out."""
    in_text = bool(getattr(at.model, "names_in_text", False))
    everything = as_shown(at.history, at.mind.streamed, in_text)
    kept: Sequence[Any] = everything
    if at.mind.history_policy is not None:
        kept = at.mind.history_policy(everything, Metered(at.model))
        if inspect.isawaitable(kept):
            kept = yield kept
        kept = list(several(kept, "history_policy= gives a list of messages"))
    cut = None
    if kept != everything:
        cut = {"shown": len(kept), "of": len(everything)}
        logger.info("the model of {} is shown {shown} messages, of {of}", at.agent.name, **cut)
    shown = system_first(at.agent.system_message, kept)
    return (alternated(shown) if getattr(at.model, "alternates", False) else shown), cut


def _options(at: _Round) -> dict[str, Any]:
    specs = [tool.spec() for tool in at.tools.values()]
    return {"tools": specs, "sampling": at.mind.sampling, "timeout": at.timeout()}


def _ask(at: _Round, shown: list[Any]) -> Steps:
    return completing(at.model, shown, **_options(at))


def _reply(at: _Round, completion: Completion, cut: Any) -> Any:
    if not completion.text:
        name = model_name(at.model)
        raise ModelError(
            f"model {name} answered nothing to {at.peer.name!r} "
            f"(finish reason {completion.finish_reason!r})",
            model=name,
        )
    return Message(completion.text, metadata=_metadata(completion, cut))


def _metadata(completion: Completion, cut: Any = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if completion.usage:
        metadata["usage"] = completion.usage.as_dict()
    if completion.finish_reason not in ("stop", "tool_calls"):
        metadata["finish_reason"] = completion.finish_reason
    if cut is not None:
        metadata["history"] = cut
    return metadata


# --- rounds of tool calls ----------------------------------------------------------------------


def _run_round(at: _Round, completion: Completion) -> Steps:
    """Have the proposed calls run, by the agent itself or by whoever runs them for it."""
    calls = _with_ids(completion.tool_calls)
    proposal = _proposal(completion, calls)
    executor = at.mind.executor
    if executor is not None and get_agent_name(executor) != at.agent.name:
        return (yield from _run_elsewhere(at, proposal, calls, executor))
    if at.turn is not None and at.turn.exchange.budget < 2:
        return StopReply(
            StopKind.MAX_TURNS, "no turns are left for the calls that the model proposed"
        )
    _spend(at, proposal)  # first: what the tools say to others comes after it
    results = results_message((yield from run_calls(at.agent, at.turn, at.tools, calls)))
    _spend(at, results)
    _record(at, proposal, results)
    return None


def _proposal(completion: Completion, calls: Sequence[ToolCall]) -> Message:
    return Message(
        completion.text or None,
        metadata=_metadata(completion),
        tool_calls=[call.as_dict() for call in calls],
    )


def _spend(at: _Round, message: Message) -> None:
    """Put what the agent says to itself into the transcript; it costs a turn."""
    if at.turn is not None:
        name = at.agent.name
        at.turn.spend((Entry(name, name, message, 1),))


def _run_elsewhere(
    at: _Round, proposal: Message, calls: Sequence[ToolCall], executor: Any
) -> Steps:
    assert at.turn is not None
    known = at.agent._messages.get(get_agent_name(executor)) is at.history
    # Not max_turns=2: tools may have conversations of their own.
    outcome = yield at.turn.conversing(proposal, executor, until=ANSWERED)
    chat = outcome.get()
    last = chat.last_message
    if last is None or last.role != "tool":
        why = str(chat.stop) if last is proposal or last is None else f"it said {last.content!r}"
        failed = f"{get_agent_name(executor)} ran nothing: {why}"
        last = results_message([Result(call, failed, True) for call in calls])
        known = False
    if not known:
        _record(at, proposal, last)
    return None


def _record(at: _Round, proposal: Message, results: Message) -> None:
    """Keep a round where the model sees it, both halves or none."""
    if isinstance(at.history, History):
        at.history.record(proposal, True)
        at.history.record(results, True)
    else:
        at.history.extend([proposal.as_role("assistant"), results])


def _with_ids(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Give calls with ids of which none is empty or there twice."""
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


# --- answers as streams ------------------------------------------------------------------------


def _ask_stream(at: _Round, shown: list[Any]) -> Steps:
    """Ask for a stream; give the completion, or the stream once it has begun to speak.

    With tools at hand it is read to its end first, since a model may say something and call a
    tool after that.
    """
    if not callable(getattr(at.model, "stream", None)):  # then it is one piece
        completion = yield from _ask(at, shown)
        if completion.tool_calls:
            return completion, None
        return completion, _rest([Delta(completion.text), Delta(completion=completion)], None)
    source = at.model.stream(shown, **_options(at))
    heard: list[Delta] = []
    while True:
        delta = yield from _next(source)
        if delta is None:
            name = model_name(at.model)
            raise ModelError(f"the stream of model {name} ended before its answer", model=name)
        heard.append(delta)
        if delta.completion is not None:
            if delta.completion.tool_calls:
                return delta.completion, None
            return delta.completion, _rest(heard, None)
        if delta.text and not at.tools:
            return Completion(), _rest(heard, source)


def _next(source: AsyncIterator[Delta] | Iterator[Delta]) -> Steps:
    if isinstance(source, AsyncIterator):
        return (yield _anext(source))
    return next(source, None)


async def _anext(source: AsyncIterator[Delta]) -> Delta | None:
    return await anext(source, None)


async def _rest(heard: list[Delta], source: Any) -> AsyncIterator[Delta]:
    try:
        for delta in heard:
            yield delta
        if source is None:
            return
        if hasattr(source, "__anext__"):
            async for delta in source:
                yield delta
        else:
            for delta in source:
                yield delta
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def _streamed(at: _Round, deltas: AsyncIterator[Delta], cut: Any) -> Message:
    agent, mind, model = at.agent, at.mind, model_name(at.model)
    said: list[str] = []
    ids: list[str] = []

    async def chunks() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        completion: Completion | None = None
        try:
            async for delta in deltas:
                if delta.text:
                    said.append(delta.text)
                    yield delta.text, {}
                completion = delta.completion or completion
        finally:
            mind.keep(ids[0], "".join(said))
            await deltas.aclose()  # type: ignore[attr-defined]
        if completion is None:
            raise ModelError(f"the stream of model {model} ended before its answer", model=model)
        yield "", _metadata(completion)

    metadata = {} if cut is None else {"history": cut}
    message = stream_message(agent, chunks(), metadata)
    ids.append(str(message.metadata["stream_id"]))
    return message
