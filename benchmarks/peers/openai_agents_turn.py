"""openai-agents: a question and an answer of a model that has it ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from openai.types.responses import ResponseOutputMessage, ResponseOutputText

from benchmarks.process import timed

# Its default records every run, for a service that we have no key of. That costs it more still.
set_tracing_disabled(True)


class Canned(Model):
    """Has one answer."""

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        text = ResponseOutputText(text="pong", type="output_text", annotations=[])
        message = ResponseOutputMessage(
            id="1", content=[text], role="assistant", status="completed", type="message"
        )
        usage = Usage(requests=1, input_tokens=10, output_tokens=1, total_tokens=11)
        return ModelResponse(output=[message], usage=usage, response_id=None)

    def stream_response(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


def turns(count: int) -> float:
    """Ask so many questions, each in a run of its own; give microseconds a turn."""
    agent = Agent("bot", instructions="You answer.", model=Canned())

    async def ask() -> list[Any]:
        return [(await Runner.run(agent, "ping")).final_output for _ in range(count)]

    with asyncio.Runner() as runner:
        runner.run(asyncio.sleep(0))
        answers, seconds = timed(lambda: runner.run(ask()))
    assert answers == ["pong"] * count
    return seconds / count * 1e6
