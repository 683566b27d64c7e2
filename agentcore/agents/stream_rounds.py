"""Calls that a model proposes in an answer that is passed on already, because it began with text.

The turn is over then, and the transcript closed. So the calls run in turns of their own, as a call
of the agent's method does, and their messages are in the stream's own view of the history only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import attrs

from agentcore.agents.shown import shown_messages
from agentcore.agents.thinking_round import proposal_of
from agentcore.agents.thought import Thought
from agentcore.agents.tool_calls import Result, calls_of, results_message, run_calls
from agentcore.base.errors import ModelError
from agentcore.base.steps import run_async
from agentcore.models.calls import model_identity, model_name, streaming, was_cut_off
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion, Delta, ToolCall, Usage

__all__ = ["StreamRounds", "run_calls_of_stream"]


class StreamRounds:
    """The rounds of calls within one stream.

    Attributes:
        text: what the model said before the calls.
    """

    def __init__(self, thought: Thought) -> None:
        self._thought = thought
        self._history: list[Message] = list(thought.history) if thought.tools else []
        self._usage = Usage()
        self._count = 0
        self.text = ""

    async def after(self, completion: Completion) -> AsyncIterator[Delta] | Iterator[Delta]:
        """Run the calls of a completion; return the stream of the model's next answer.

        Raises:
            ModelError: the model proposed calls more often than ``max_tool_rounds``.
        """
        thought, options, model = self._thought, self._thought.options, self._thought.model
        if self._count == options.max_tool_rounds:
            name = model_name(model)
            text = f"model {name} proposed calls in {self._count} rounds, and then again"
            raise ModelError(f"{text} (max_tool_rounds=)", model=name)
        self._count += 1
        self.text += completion.text
        self._usage += completion.usage
        proposal = proposal_of(completion, model_identity(model))
        results = await self._results(proposal, was_cut_off(completion))
        self._history += [proposal.as_role("assistant"), results]
        asked, _ = await run_async(shown_messages(attrs.evolve(thought, history=self._history)))
        show = options.show_thinking
        return streaming(model, asked, show_thinking=show, **thought.arguments())

    def whole(self, completion: Completion) -> Completion:
        """Return the last completion with what was said and used before it."""
        if not self._count:
            return completion
        usage = self._usage + completion.usage
        return attrs.evolve(completion, text=self.text + completion.text, usage=usage)

    async def _results(self, proposal: Message, cut_off: bool) -> Message:
        calls = calls_of(proposal)
        if cut_off:
            return results_message(
                [Result(call, "not run: the answer was cut off", True) for call in calls]
            )
        agent: Any = self._thought.agent
        mailbox = agent._mailbox
        if mailbox is None:  # it was let go since
            ran = await run_calls_of_stream(agent, None, self._thought.tools, calls)
        else:
            args = (self._thought.tools, calls)
            ran = await mailbox.runtime.ask_to_call(mailbox.ref, "_run_calls_of_stream", args, {})
        return results_message([_told(result) for result in ran])


async def run_calls_of_stream(
    agent: Any, turn: Any, tools: Any, calls: Sequence[ToolCall]
) -> list[Result]:
    """Run the calls, on threads as far as they are no coroutines."""
    ran: list[Result] = await run_async(run_calls(agent, turn, tools, calls, in_threads=True))
    return ran


def _told(result: Result) -> Result:
    if result.handoff is None:
        return result
    return Result(result.call, "not handed off: your answer has begun; finish it yourself", True)
