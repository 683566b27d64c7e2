"""Running tool calls, those that a model proposes or that a peer asks for."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from loguru import logger

from agentcore.agents.model_options import DEFAULT_MODEL_OPTIONS, is_source
from agentcore.agents.thinker import Thinker
from agentcore.base.errors import BudgetSpentError, SystemClosedError
from agentcore.base.steps import Steps
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import ToolCall
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

__all__ = ["Result", "calls_of", "results_message", "run_calls", "tools_of"]

NOTHING = "(an empty text)"
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
    """

    call: ToolCall
    text: str
    failed: bool = False

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
    """Give the tools of an agent by name, those of its MCP servers included."""
    options = agent._model_options or DEFAULT_MODEL_OPTIONS
    given: list[Any] = []
    for each in options.tools:
        given.extend((yield each.tools()) if is_source(each) else [each])
    if not given and not agent._tool_names:
        return {}
    return bound_tools(agent, given)


def run_calls(
    agent: Thinker, turn: Turn | None, tools: Mapping[str, Tool], calls: Sequence[ToolCall]
) -> Steps:
    """Run calls, several at the same time, and give their results in order.

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
        try:
            arguments = tool.read(call.arguments)
        except ValueError as error:
            results[index] = Result(call, str(error), True)
            continue
        approved, refusal = yield from _approved(agent, tool, arguments)
        if approved:
            ready[index] = (tool, arguments)
        else:
            results[index] = Result(call, refusal, True)
    ran = yield from _run_ready(turn, list(ready.values()))
    for index, outcome in zip(ready, ran, strict=True):
        results[index] = _result(agent, calls[index], outcome)
    return [results[index] for index in range(len(calls))]


def _approved(agent: Thinker, tool: Tool, arguments: dict[str, Any]) -> Steps:
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
    try:
        verdict = approve(ToolRequest(agent.name, tool.name, arguments))
        if inspect.isawaitable(verdict):
            verdict = yield verdict
    except PASS:
        raise
    except Exception as error:
        return False, f"the call of {tool.name} was refused: approve= raised {_words(error)}"
    return judged(verdict, tool.name)


def _run_ready(turn: Turn | None, ready: list[tuple[Tool, dict[str, Any]]]) -> Steps:
    """Run tools; give for each its value, or the exception that it raised."""
    if len(ready) > 1:
        outcomes = yield _at_once(turn, ready)
        return outcomes
    if not ready:
        return []
    ((tool, arguments),) = ready
    try:
        value = tool.function(**arguments)
        if inspect.isawaitable(value):
            value = yield value
    except PASS:
        raise
    except Exception as error:
        return [error]
    return [value]


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
    for outcome in outcomes:
        if isinstance(outcome, PASS) or (
            isinstance(outcome, BaseException) and not isinstance(outcome, Exception)
        ):
            raise outcome
    return list(outcomes)


async def _one_of_many(tool: Tool, arguments: dict[str, Any]) -> Any:
    if tool.is_async:
        return await tool.function(**arguments)
    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    value = await loop.run_in_executor(THREADS, lambda: context.run(tool.function, **arguments))
    return await value if inspect.isawaitable(value) else value


def _result(agent: Thinker, call: ToolCall, outcome: Any) -> Result:
    if isinstance(outcome, Exception):
        logger.warning("tool {} of {} raised {}", call.name, agent.name, _words(outcome))
        return Result(call, f"{call.name} failed: {_words(outcome)}", True)
    return Result(call, result_text(outcome))


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
