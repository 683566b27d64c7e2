"""Running tool calls, those that a model proposes or that a peer asks for."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from agentcore.agents.handoff_tools import checked_handoff, described_tools
from agentcore.agents.model_options import DEFAULT_MODEL_OPTIONS, is_source
from agentcore.agents.thinker import Thinker
from agentcore.base import logger
from agentcore.base.error_words import words_of
from agentcore.base.errors import AgentCoreError, BudgetSpentError, SystemClosedError
from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import get_agent_name
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.hook_points import BEFORE_TOOL
from agentcore.protocol.hooks import Hooks
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import ToolCall
from agentcore.runtime.raised import Raised, called, outcome_of
from agentcore.runtime.turns.turn import Turn
from agentcore.runtime.turns.waits import waits_of
from agentcore.tools.approval import (
    ToolRequest,
    approval_question,
    judged,
    read_approval,
)
from agentcore.tools.decorator import Tool, bound_tools
from agentcore.tools.results import result_text
from agentcore.tools.threads import OwnThreads

__all__ = ["Result", "calls_of", "results_message", "run_calls", "settle_handoffs", "tools_of"]

NOTHING = "(an empty text)"
_NOT_ITS_OWN = "only the agent whose model called the tool can; give the tool to that one"
THREADS = OwnThreads()
# Errors of a tool are results for the model, except for these: the turn cannot go on after them.
PASS = (BudgetSpentError, SystemClosedError, AgentDiedError)


@attrs.frozen
class Result:
    """The result of one call.

    Attributes:
        call: the call.
        text: the text that the model is given.
        failed: whether the text describes an error.
        handoff: what the tool returned, if that was a handoff.
    """

    call: ToolCall
    text: str
    failed: bool = False
    handoff: Handoff | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it as a dict, as messages have it in their metadata under ``tool_results``."""
        return {
            "tool_call_id": self.call.id,
            "name": self.call.name,
            "content": self.text or NOTHING,
            "failed": self.failed,
        }


def calls_of(message: Message) -> list[ToolCall]:
    """Read the calls that a message asks for; malformed ones are left out, with a warning."""
    calls = []
    for each in message.tool_calls or ():
        try:
            calls.append(ToolCall.from_dict(each))
        except ValueError as error:
            logger.warning("{}", error)
    return calls


def results_message(results: Sequence[Result]) -> Message:
    """Make one message of all results of a round of calls."""
    content = "\n".join(result.text for result in results) or NOTHING
    return Message(
        content,
        role="tool",
        metadata={"tool_results": [result.as_dict() for result in results]},
        tool_call_id=results[0].call.id if len(results) == 1 else None,
    )


def tools_of(agent: Thinker) -> Steps:
    """Return the tools of an agent by name, with those of its MCP servers, and its handoffs."""
    options = agent._model_options or DEFAULT_MODEL_OPTIONS
    given: list[Any] = []
    for each in options.tools:
        given.extend((yield each.tools()) if is_source(each) else [each])
    if options.handoffs:
        given += yield from described_tools(agent, options.handoffs)
    if not given and not agent._tool_names:
        return {}
    return bound_tools(agent, given, options.removed)


def run_calls(
    agent: Thinker,
    turn: Turn | None,
    tools: Mapping[str, Tool],
    calls: Sequence[ToolCall],
    in_threads: bool = False,
) -> Steps:
    """Run calls, several at the same time, and give their results in order.

    Args:
        in_threads: whether a single call must not run here, because this is the event loop.

    What a tool raises becomes the text of its result. Only the errors in ``PASS`` are raised.
    """
    results: dict[int, Result] = {}
    ready: dict[int, tuple[Tool, dict[str, Any]]] = {}
    for index, call in enumerate(calls):
        tool = tools.get(call.name)
        if tool is None:
            known = f"the tools are: {', '.join(tools)}" if tools else "there are no tools at all"
            text = f"there is no tool {call.name!r}" if call.name else "the call names no tool"
            text += f"; {known}"
            results[index] = Result(call, text, True)
            continue
        text = call.arguments
        if agent._hooks is not None and agent._hooks.has(BEFORE_TOOL):
            text = yield from _hooked(agent, agent._hooks, tool, text)
        arguments = called(partial(tool.read, text))
        if isinstance(arguments, Raised):
            results[index] = Result(call, _misfit(tool, arguments), True)
            continue
        approved, refusal = yield from _approved(agent, turn, tool, arguments)
        if approved:
            ready[index] = (tool, arguments)
        else:
            results[index] = Result(call, refusal, True)
    ran = yield from _run_ready(turn, list(ready.values()), in_threads)
    for index, outcome in zip(ready, ran, strict=True):
        results[index] = _result(agent, calls[index], outcome)
    return [results[index] for index in range(len(calls))]


def _hooked(agent: Thinker, hooks: Hooks, tool: Tool, arguments: str) -> Steps:
    """Let the agent's hooks change the arguments of a call, unless these do not fit anyway."""
    values = called(partial(tool.fitting, arguments))
    if isinstance(values, Raised):
        return arguments
    return (yield from hooks.before_tool(agent, tool.name, values))


def _misfit(tool: Tool, raised: Raised) -> str:
    """Say why arguments cannot be read; the class of a parameter may raise anything."""
    if raised.interrupts or isinstance(raised.error, AgentCoreError):
        raise raised.error
    if isinstance(raised.error, ValueError):
        return str(raised.error)
    return f"the arguments of {tool.name} cannot be read: {words_of(raised.error)}"


def _approved(agent: Thinker, turn: Turn | None, tool: Tool, arguments: dict[str, Any]) -> Steps:
    approve = tool.approve
    if approve is None:
        approve = (agent._model_options or DEFAULT_MODEL_OPTIONS).approve
    if approve is None:
        return True, ""
    if approve is True:
        answer: Any = agent.get_human_input(approval_question(agent.name, tool, arguments))
        if inspect.isawaitable(answer):
            answer = yield answer
        return read_approval(answer)
    request = ToolRequest(agent.name, tool.name, arguments)
    verdict = yield from _attempt(turn, partial(approve, request))
    if isinstance(verdict, Raised):
        words = words_of(verdict.error)
        return False, f"the call of {tool.name} was refused: approve= raised {words}"
    return judged(verdict, tool.name)


def _attempt(turn: Turn | None, function: Callable[[], Any]) -> Steps:
    """Call a function of the user's and await what it gives; give its value, or what it `Raised`.

    Only the errors in ``PASS``, Ctrl-C and a cancellation of the turn are raised.
    """
    value = called(function)
    if inspect.isawaitable(value):
        value = yield from _awaited(turn, outcome_of(value))
    return _checked(value)


def _awaited(turn: Turn | None, coroutine: Coroutine[Any, Any, Any]) -> Steps:
    """Await a coroutine that raises only if its task was cancelled, or it was closed.

    Code of the user's may have done that itself. Then it is what it `Raised`.
    """
    try:
        value = yield coroutine
    except (asyncio.CancelledError, RuntimeError) as error:
        if turn is None or turn.mailbox.closed:
            raise
        return Raised.just(error)
    return value


def _checked(outcome: Any) -> Any:
    """Give the outcome of a call, unless that is an error that the turn cannot go on after."""
    if isinstance(outcome, Raised) and (outcome.interrupts or isinstance(outcome.error, PASS)):
        raise outcome.error
    return outcome


def _run_ready(
    turn: Turn | None, ready: list[tuple[Tool, dict[str, Any]]], in_threads: bool
) -> Steps:
    """Run tools; give for each its value, or what it `Raised`."""
    if len(ready) > 1 or (ready and in_threads):
        outcomes = yield from _awaited(turn, _at_once(turn, ready))
        if isinstance(outcomes, Raised):
            return [outcomes] * len(ready)
        return [_checked(outcome) for outcome in outcomes]
    if not ready:
        return []
    ((tool, arguments),) = ready
    return [(yield from _attempt(turn, partial(tool.function, **arguments)))]


async def _at_once(turn: Turn | None, ready: list[tuple[Tool, dict[str, Any]]]) -> list[Any]:
    """Run several tools at the same time: ``async def`` ones on this loop, others in threads."""
    threads = None if turn is None else waits_of(turn).tool_threads
    if threads is not None:
        threads.lend(asyncio.get_running_loop())
    try:
        outcomes = await asyncio.gather(
            *(_one_of_many(tool, arguments) for tool, arguments in ready), return_exceptions=True
        )
    finally:
        if threads is not None:
            await threads.take_back()
    # An exception here is that of a tool that cancelled its own task, or closed it.
    return [Raised.just(each) if isinstance(each, BaseException) else each for each in outcomes]


async def _one_of_many(tool: Tool, arguments: dict[str, Any]) -> Any:
    call = partial(called, partial(tool.function, **arguments))
    if tool.is_async:
        value = call()
    else:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        value = await loop.run_in_executor(THREADS, lambda: context.run(call))
    return await outcome_of(value) if inspect.isawaitable(value) else value


def _result(agent: Thinker, call: ToolCall, outcome: Any) -> Result:
    if isinstance(outcome, Raised):
        words = words_of(outcome.error)
        logger.warning("tool {} of {} raised {}", call.name, agent.name, words)
        return Result(call, f"{call.name} failed: {words}", True)
    if isinstance(outcome, Handoff):
        to = get_agent_name(outcome.to)
        return Result(call, f"not handed off to {to!r}: {_NOT_ITS_OWN}", True, outcome)
    return Result(call, result_text(outcome))


def settle_handoffs(
    turn: Turn | None, results: Sequence[Result]
) -> tuple[list[Result], Handoff | None]:
    """Return the results of calls that an agent's own model proposed, and what they hand off.

    The first handoff that can be made is; the others are told so.
    """
    settled: list[Result] = []
    made: Handoff | None = None
    for result in results:
        if result.handoff is None:
            settled.append(result)
            continue
        to = get_agent_name(result.handoff.to)
        if made is not None:
            first = get_agent_name(made.to)
            text = f"not handed off to {to!r}: the conversation is handed off to {first!r}"
            settled.append(Result(result.call, text, True))
            continue
        checked = checked_handoff(turn, result.handoff)
        if isinstance(checked, str):
            settled.append(Result(result.call, checked, True))
        else:
            made = checked
            settled.append(Result(result.call, f"handed off to {to!r}"))
    return settled, made
