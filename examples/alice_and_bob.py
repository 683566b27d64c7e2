"""Three agents: a user asks Alice, Alice asks her friend Bob, and answers the user.

python examples/alice_and_bob.py               on threads, then on a local Ray cluster
python examples/alice_and_bob.py thread        on threads alone; or: ray

The agents do not know where they run. The one thing that differs is what connect() is given.
"""

# A prompt has a docstring and no body, which strict mypy would otherwise complain about.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from agentcore import (
    AgentRef,
    AgentSystem,
    ChatResult,
    ConversableAgent,
    Message,
    UserProxyAgent,
    agent_reply,
    connect,
    get_agent_name,
    prompt,
)

OPTIONS: dict[str, dict[str, Any]] = {"thread": {}, "ray": {"hosts": 2}}


class Bob(ConversableAgent):
    """Answers everyone."""

    @prompt()
    def agent_prompt(self) -> str:
        """You are Bob, a friendly agent. Asked who you are, you say that you are Alice's friend."""

    def __init__(self, name: str, llm: Any = None, retrieval: Any = None, **kwargs: Any) -> None:
        super().__init__(name, llm, retrieval, self.agent_prompt(), **kwargs)

    @agent_reply()
    def introduce_self(self) -> tuple[bool, str]:
        return True, "I am Bob, a good friend of Alice. Nice to meet you!"

    def pid(self) -> int:
        """The process that this agent lives in."""
        return os.getpid()


class Alice(ConversableAgent):
    """Forwards every question to Bob, and answers with what he says."""

    @prompt()
    def agent_prompt(self) -> str:
        """You are Alice, a friendly agent. You forward every question to your friend Bob."""

    def __init__(
        self, name: str, llm: Any = None, retrieval: Any = None, *, bob: AgentRef, **kwargs: Any
    ) -> None:
        super().__init__(name, llm, retrieval, self.agent_prompt(), **kwargs)
        self.bob = bob

    @agent_reply()
    def introduce_self(
        self, raw_message: Message, messages: Sequence[Message], sender: AgentRef
    ) -> tuple[bool, Any]:
        self.send(raw_message, self.bob)  # returns when Alice and Bob have finished
        answer = self._messages[get_agent_name(self.bob)][-1]
        return True, answer["content"]

    # It names its sender, so it comes before the rule above, which answers anyone.
    @agent_reply(lambda self: [self.bob])
    def reply_bob(self) -> tuple[bool, None]:
        return True, None  # nothing to say: this ends the conversation with Bob

    def pid(self) -> int:
        """The process that this agent lives in."""
        return os.getpid()


def main(system: AgentSystem) -> ChatResult:
    """Hold the conversation, and give it."""
    bob = system.spawn(Bob, "bob")
    alice = system.spawn(Alice, "alice", bob=bob)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(alice, message={"content": "Who are you?"})


def run(backend: str) -> ChatResult:
    """Hold the conversation on one backend, and say how it went."""
    print(f"=== {backend} ===\n", flush=True)
    with connect(backend, **OPTIONS.get(backend, {})) as system:
        result = main(system)
        pids = {"user": os.getpid()}
        pids |= {name: system.agent(name).call("pid") for name in ("alice", "bob")}
    print(f"\n--- {backend}: what happened ---")
    print("processes: ", ", ".join(f"{name} in {pid}" for name, pid in pids.items()))
    print("transcript:")
    for entry in result.transcript:
        print("   ", entry)
    print(f"stopped:    {result.stop}\n", flush=True)
    return result


if __name__ == "__main__":
    results = [run(backend) for backend in sys.argv[1:] or OPTIONS]
    if len(results) > 1:
        equal = all(result.transcript == results[0].transcript for result in results)
        print("The transcripts are equal." if equal else "THE TRANSCRIPTS DIFFER.")
        sys.exit(not equal)
