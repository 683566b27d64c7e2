"""autogen-core: two agents of one runtime, by direct messages."""

# No `from __future__ import annotations`: its message handlers are found by their types.
import asyncio
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)

from benchmarks.process import timed


@dataclass
class Text:
    """What is said."""

    content: str


@dataclass
class Talk:
    """A conversation of this many messages is to begin."""

    messages: int


@dataclass
class Talked:
    """So many were said."""

    messages: int


class Answerer(RoutedAgent):
    """Answers every message with the same word."""

    def __init__(self) -> None:
        super().__init__("answers")
        self.history: list[Text] = []

    @message_handler
    async def reply(self, message: Text, ctx: MessageContext) -> Text:
        """Answer."""
        answer = Text("pong")
        self.history += (message, answer)
        return answer


class Caller(RoutedAgent):
    """Loops over messages to its peer."""

    def __init__(self) -> None:
        super().__init__("asks")
        self.history: list[Text] = []

    @message_handler
    async def talk(self, message: Talk, ctx: MessageContext) -> Talked:
        """Converse."""
        peer = AgentId("answerer", "default")
        said = Text("ping")
        for _ in range(message.messages // 2):
            self.history += (said, await self.send_message(said, peer))
            said = Text("pong")
        return Talked(len(self.history))


@dataclass
class Fan:
    """So many agents are to be asked at once, so many times."""

    agents: int
    times: int


class Asker(RoutedAgent):
    """Asks many at once."""

    def __init__(self) -> None:
        super().__init__("asks many")
        self.history: list[Text] = []

    @message_handler
    async def fan(self, message: Fan, ctx: MessageContext) -> Talked:
        """Ask all, and wait for all answers."""
        peers = [AgentId("answerer", f"{index}") for index in range(message.agents)]
        self.history.clear()
        for _ in range(message.times):
            question = Text("ping")
            for answer in await asyncio.gather(
                *(self.send_message(question, peer) for peer in peers)
            ):
                self.history += (question, answer)
        return Talked(len(self.history))


async def _prepare() -> SingleThreadedAgentRuntime:
    runtime = SingleThreadedAgentRuntime()
    await Answerer.register(runtime, "answerer", Answerer)
    await Caller.register(runtime, "caller", Caller)
    await Asker.register(runtime, "asker", Asker)
    runtime.start()
    return runtime


def conversation(messages: int) -> float:
    """Give messages a second."""
    with asyncio.Runner() as runner:
        runtime = runner.run(_prepare())

        async def talk() -> Talked:
            return await runtime.send_message(Talk(messages), AgentId("caller", "default"))

        talked, seconds = timed(lambda: runner.run(talk()))
        runner.run(runtime.stop())
    assert talked.messages == messages
    return messages / seconds


def fan_out(agents: int, times: int) -> float:
    """Let an agent ask many others at once, again and again; give fan-outs a second."""
    with asyncio.Runner() as runner:
        runtime = runner.run(_prepare())

        async def fan(times: int) -> Talked:
            return await runtime.send_message(Fan(agents, times), AgentId("asker", "default"))

        runner.run(fan(2))  # agents are made when they are first told something
        talked, seconds = timed(lambda: runner.run(fan(times)))
        runner.run(runtime.stop())
    assert talked.messages == 2 * agents * times
    return times / seconds
