"""One conversation for each reason to stop.

python examples/stop_reasons.py [thread|ray]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from agentcore import (
    AgentRef,
    AgentSystem,
    ChatError,
    ChatResult,
    ConversableAgent,
    GroupChat,
    MaxMessages,
    StopKind,
    StopReason,
    TextMention,
    UserProxyAgent,
    agent_reply,
    connect,
)
from agentcore.models import Completion, ToolCall
from agentcore.testing import ScriptedModel


class Talker(ConversableAgent):
    """Always has an answer."""

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        return True, "Go on."


class Silent(ConversableAgent):
    """Decides to say nothing."""

    @agent_reply()
    def decline(self) -> tuple[bool, None]:
        return True, None


class Undecided(ConversableAgent):
    """Has a rule, which leaves every message to others, and there are none."""

    @agent_reply()
    def leave(self) -> tuple[bool, None]:
        return False, None


class LastWord(ConversableAgent):
    """Answers, and asks for no answer."""

    @agent_reply()
    def answer(self) -> tuple[bool, dict[str, Any]]:
        return True, {"content": "That was all.", "metadata": {"TERMINATE": True}}


class Finished(ConversableAgent):
    """Ends its answer with the word that ends conversations."""

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        return True, "Done. TERMINATE"


class Leaver(UserProxyAgent):
    """A human who leaves at once: get_human_input can be overridden."""

    def get_human_input(self, prompt: str) -> str:
        return "exit"


class Slow(ConversableAgent):
    """Never comes to an end; an async rule holds no thread while it waits."""

    @agent_reply()
    async def answer(self) -> tuple[bool, str]:
        await asyncio.Event().wait()
        return True, "never said"


class Broken(ConversableAgent):
    """Its rule raises."""

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        raise ZeroDivisionError("no answer to that")


def look() -> str:
    """Look again."""
    return "nothing new"


def failing(conversation: Callable[[], ChatResult]) -> ChatResult:
    """Give the partial result of a conversation that fails: the error brings it along."""
    try:
        return conversation()
    except ChatError as error:
        if error.result is None:
            raise
        return error.result


def cancelled(initiator: AgentRef, recipient: AgentRef) -> ChatResult:
    """Begin a conversation, and think better of it."""
    chat = initiator.start_chat(recipient, message="Are you there?", silent=True)
    chat.cancel()
    return chat.result()


def main(system: AgentSystem) -> dict[StopKind, StopReason]:
    """Hold the conversations; give the reasons by the kind that was expected."""
    kinds = (Talker, Silent, Undecided, LastWord, Finished, Leaver, Slow, Broken)
    agents = {kind: system.spawn(kind, kind.__name__.lower()) for kind in kinds}
    talker = agents[Talker]
    brief = system.spawn(Talker, "brief", max_consecutive_auto_reply=2)

    def chat(recipient: AgentRef, **options: Any) -> ChatResult:
        return talker.initiate_chat(recipient, message="Well?", silent=True, **options)

    never_done = ScriptedModel(then=Completion(tool_calls=[ToolCall("1", "look")]))
    looking = system.spawn(ConversableAgent, "looking", never_done, tools=[look], max_tool_rounds=2)
    options: dict[str, Any] = {"speaker_selection": "round_robin"}
    two = system.spawn(GroupChat, "two", [talker, brief], max_round=2, **options)
    nobody = system.spawn(GroupChat, "nobody", [talker], allowed_transitions={}, **options)
    one_word = MaxMessages(50) | TextMention("Go on", sources="brief")
    results = {
        StopKind.NO_REPLY: chat(agents[Silent]),
        StopKind.NO_RULE: chat(agents[Undecided]),
        StopKind.TERMINATE: chat(agents[LastWord]),
        StopKind.TERMINATION_MESSAGE: chat(agents[Finished]),
        StopKind.CONDITION: chat(brief, until=one_word),
        StopKind.MAX_TURNS: chat(brief, max_turns=3),
        StopKind.MAX_AUTO_REPLY: chat(brief),
        StopKind.MAX_TOOL_ROUNDS: chat(looking),
        StopKind.MAX_ROUND: chat(two),
        StopKind.NO_SPEAKER: chat(nobody),
        StopKind.HUMAN_EXIT: chat(agents[Leaver]),
        StopKind.DEADLINE: failing(lambda: chat(agents[Slow], timeout=0.1)),
        StopKind.CANCELLED: cancelled(talker, agents[Slow]),
        StopKind.FAILED: failing(lambda: chat(agents[Broken])),
    }
    for expected, result in results.items():
        print(f"{expected:20} messages: {result.turns}; {result.stop}")
    return {expected: result.stop for expected, result in results.items()}


if __name__ == "__main__":
    with connect(*sys.argv[1:2]) as system:
        main(system)
