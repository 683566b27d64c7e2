"""Hello, world: one agent, and a user who asks it something.

python examples/hello_world.py [thread|ray]
"""

from __future__ import annotations

import sys

from agentcore import (
    AgentSystem,
    ChatResult,
    ConversableAgent,
    UserProxyAgent,
    agent_reply,
    connect,
)


class Greeter(ConversableAgent):
    """Says the same to everyone."""

    @agent_reply()
    def say_hello(self) -> tuple[bool, str]:
        return True, "Hello, world!"


def main(system: AgentSystem) -> ChatResult:
    """Let the user ask, and give the conversation."""
    greeter = system.spawn(Greeter, "greeter")
    # 0: this user says one thing, and never answers by itself.
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(greeter, message="Hello there, may I ask who you are?")


if __name__ == "__main__":
    with connect(*sys.argv[1:2]) as system:  # no argument: configuration decides
        result = main(system)
    print(f"{result.turns} messages; it stopped for {result.stop}")
