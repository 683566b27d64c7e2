"""The agents that are measured: ordinary ones, as a user would write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentcore import AgentRef, ConversableAgent, agent_reply
from benchmarks.process import resident, set_collecting, stack_depth, threads


class Ping(ConversableAgent):
    """Answers every message with the same word, by a rule."""

    @agent_reply()
    def answer(self, raw_message: Any, messages: Any, sender: Any) -> tuple[bool, str]:
        return True, "pong"

    def set_collecting(self, enabled: bool) -> None:
        """Collect the garbage of the agent's process, and then do so automatically or not."""
        set_collecting(enabled)


class Asker(Ping):
    """Asks many at once, and waits for all the answers."""

    def fan(self, peers: Sequence[AgentRef], times: int) -> int:
        """Ask all of them, again and again; give how many answers came."""
        answers = 0
        for _ in range(times):
            results = self.ask_all("ping", peers, silent=True)
            said = [result.last_message for result in results]
            answers += sum(message is not None and message.content == "pong" for message in said)
        return answers


class Watcher(ConversableAgent):
    """Answers likewise, and looks at its process now and then.

    Args:
        every: after how many of its turns it looks.
    """

    def __init__(self, name: str, every: int, **options: Any) -> None:
        super().__init__(name, **options)
        self._every = every
        self._seen: list[tuple[int, int, int]] = []

    @agent_reply()
    def answer(self, raw_message: Any, messages: Any, sender: Any) -> tuple[bool, str]:
        if len(messages) // 2 % self._every == 0:
            self._seen.append((threads(), stack_depth(), resident()))
        return True, "pong"

    def seen(self) -> list[tuple[int, int, int]]:
        """Give threads, frames on the stack and resident bytes, in order."""
        return self._seen


class Idle(ConversableAgent):
    """Has one rule, and waits for somebody to talk to it."""

    @agent_reply()
    def answer(self, raw_message: Any) -> tuple[bool, str]:
        return True, "pong"
