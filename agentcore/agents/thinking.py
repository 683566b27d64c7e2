"""What a model does in a turn: it answers, or proposes tool calls and is asked again.

It is written as a generator without I/O, which yields what is to be awaited and is sent the
outcome. The turn runs its steps on a worker, and awaits on the process's event loop without
blocking a thread. So a model that answers at once costs no hand-off between threads.
"""

from __future__ import annotations

from typing import Any, Final

from agentcore.agents.knowledge import keep_in_memory
from agentcore.agents.model_lookup import charge, model_for, note_usage
from agentcore.agents.model_options import DEFAULT_MODEL_OPTIONS, is_source
from agentcore.agents.model_stream import ask_stream, streamed_reply
from agentcore.agents.shown import shown_messages
from agentcore.agents.thinker import Thinker
from agentcore.agents.thinking_round import proposal_of, run_round
from agentcore.agents.thought import Thought, answer_metadata
from agentcore.agents.tool_calls import calls_of, results_message, run_calls, tools_of
from agentcore.base import logger
from agentcore.base.errors import McpError, ModelError
from agentcore.base.steps import Steps
from agentcore.models.alternation import alternated
from agentcore.models.calls import is_empty, model_identity, model_name
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.protocol.decisions import StopReply
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion
from agentcore.protocol.stop import StopKind
from agentcore.runtime.turns.turn import Turn

__all__ = ["deliberate"]

AGAIN: Final = "(You gave no answer. Give it now, as text.)"


def deliberate(
    agent: Thinker, turn: Turn | None, message: Message, history: Any, peer: AgentRef
) -> Steps | None:
    """Give the steps in which an agent runs tools for its peer, or asks its model.

    Args:
        turn: the turn; ``None`` outside of any conversation.
        message: the message to answer.
        history: the agent's history with the peer, or a list of messages.
        peer: the agent that is answered.

    Returns:
        ``None`` if it has no model, and no tools although ``message`` asks for calls.
    """
    if message.tool_calls and _has_tools(agent):
        return _run_for_peer(agent, turn, message, history, peer)
    if agent.llm is None:
        return None
    return _think(agent, turn, history, peer)


def _has_tools(agent: Thinker) -> bool:
    return bool(agent._tool_names) or bool((agent._model_options or DEFAULT_MODEL_OPTIONS).tools)


def _run_for_peer(
    agent: Thinker, turn: Turn | None, message: Message, history: Any, peer: AgentRef
) -> Steps:
    tools = yield from tools_of(agent)
    calls = calls_of(message)
    if agent.llm is not None and not any(call.name in tools for call in calls):
        return (yield from _think(agent, turn, history, peer))
    results = yield from run_calls(agent, turn, tools, calls)
    return results_message(results) if results else None


def _think(agent: Thinker, turn: Turn | None, history: Any, peer: AgentRef) -> Steps:
    """Ask the model, and run the calls that it proposes, until it answers."""
    options = agent._model_options or DEFAULT_MODEL_OPTIONS
    tools = yield from tools_of(agent)
    thought = Thought(agent, turn, model_for(agent, agent.llm), options, tools, history, peer)
    try:
        reply = yield from _rounds(thought)
    except ModelError as error:
        if thought.timeout() != 0.0:
            raise
        # The model was given the time that is left, and failed because that is over.
        raise ChatTimeoutError(
            f"no answer in time (timeout=): {error}", agent=agent.name
        ) from error
    return (yield from keep_in_memory(thought, reply))


def _rounds(thought: Thought) -> Steps:
    most = thought.options.max_tool_rounds
    for count in range(most + 1):
        if count and thought.timeout() == 0.0:  # a tool may have taken too long
            raise ChatTimeoutError("no time is left (timeout=)", agent=thought.agent.name)
        if count and thought.turn is not None and not thought.turn.exchange.budget:
            return StopReply(StopKind.MAX_TURNS, "no turn is left for what the model would answer")
        if count and any(map(is_source, thought.options.tools)):
            thought.tools = yield from _tools_anew(thought)
        shown, cut = yield from shown_messages(thought)
        completion, chunks = yield from _asked(thought, shown, after_tools=count > 0)
        if chunks is not None:
            return streamed_reply(thought, chunks, cut)
        if not completion.tool_calls:
            return _reply(thought, completion, cut)
        if count < most:
            halted = yield from run_round(thought, completion)
            if halted is not None:
                return halted
        elif thought.turn is not None and thought.turn.exchange.budget:
            # The transcript shows it, though it is not run.
            thought.spend(proposal_of(completion, model_identity(thought.model)))
    return StopReply(
        StopKind.MAX_TOOL_ROUNDS,
        f"the model proposed calls in {most} rounds, and then again (max_tool_rounds=)",
    )


def _tools_anew(thought: Thought) -> Steps:
    """Give the tools as they are after a round of calls: it may have changed those of a source."""
    try:
        return (yield from tools_of(thought.agent))
    except McpError as error:
        # The turn goes on: the model is told so by a call, if it makes one.
        logger.warning("the tools of {} are as before the calls: {}", thought.agent.name, error)
        return thought.tools


def _asked(thought: Thought, shown: list[Any], after_tools: bool) -> Steps:
    """Ask the model, once more if it gave no answer where it was about to, once a turn.

    Returns:
        as `ask_stream`; without ``stream=True`` there is no stream.
    """
    completion, chunks = yield from _ask(thought, shown)
    if chunks is not None or not is_empty(completion) or thought.asked_again:
        return completion, chunks
    if not (after_tools or completion.thinking):
        return completion, chunks
    logger.info("the model of {} gave no answer, and is asked once more", thought.agent.name)
    thought.asked_again = True
    thought.earlier = completion.thinking
    note_usage(completion.usage)
    # The same request may well get the same answer. The history does not have what is added.
    shown = [*shown, {"role": "user", "content": AGAIN}]
    if getattr(thought.model, "alternates", False):
        shown = alternated(shown)
    return (yield from _ask(thought, shown))


def _ask(thought: Thought, shown: list[Any]) -> Steps:
    if thought.options.stream:
        completion, chunks = yield from ask_stream(thought, shown)
    else:
        completion, chunks = (yield from thought.ask(shown)), None
    if chunks is None:  # else it is charged for when the stream has been read
        charge(completion.usage, thought.agent)
    return completion, chunks


def _reply(thought: Thought, completion: Completion, cut: Any) -> Any:
    if is_empty(completion):
        name = model_name(thought.model)
        raise ModelError(
            f"model {name} answered nothing to {thought.peer.name!r} "
            f"(finish reason {completion.finish_reason!r})",
            model=name,
        )
    whole = thought.with_earlier(completion)
    return Message(completion.text, metadata=answer_metadata(whole, cut))
