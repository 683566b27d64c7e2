"""A ring of 1,000 agents: each hands a token to the next, until it is back where it began.

python examples/ring.py [thread|ray]

Each hand-over is a conversation of two neighbours, which has stopped before the next one begins.
So nothing is nested and nothing waits, however long the ring is.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import pairwise
from time import perf_counter

from agentcore import (
    AgentRef,
    AgentSystem,
    ConversableAgent,
    Message,
    StopKind,
    agent_reply,
    connect,
)

SIZE = 1_000


class Member(ConversableAgent):
    """Takes the token, counts itself, and tells whoever it had the token from."""

    tokens_seen = 0  # a class attribute is where every instance begins

    @agent_reply()
    def take_token(self, raw_message: Message) -> tuple[bool, dict[str, object]]:
        self.tokens_seen += 1
        token = str(int(raw_message["content"]) + 1)
        # TERMINATE: record this answer, do not answer it.
        return True, {"content": token, "metadata": {"TERMINATE": True}}

    def seen(self) -> int:
        """How often the token came by."""
        return self.tokens_seen


def hand_over(token: str, giver: AgentRef, taker: AgentRef) -> tuple[str, StopKind]:
    """Let ``giver`` hand the token to ``taker``; give the token as it is then."""
    result = giver.initiate_chat(taker, message=token, silent=True)
    assert result.last_message is not None
    return result.last_message["content"], result.stop.kind


def main(system: AgentSystem, size: int = SIZE) -> tuple[str, Counter[str]]:
    """Send a token around once; give it, and why the conversations stopped."""
    began = perf_counter()
    members = system.spawn_many(Member, [f"member-{number}" for number in range(size)])
    spawned = perf_counter()
    print(f"{size:,} agents in {spawned - began:.2f} s")

    token, reasons = "0", Counter[str]()
    for giver, taker in pairwise([*members, members[0]]):
        token, kind = hand_over(token, giver, taker)
        reasons[kind] += 1
    took = perf_counter() - spawned
    print(f"the token went around in {took:.2f} s, {size / took:,.0f} conversations a second")
    kinds = ", ".join(f"{kind} ({count:,})" for kind, count in reasons.items())
    print(f"it counted {token} agents; the conversations stopped for {kinds}")
    return token, reasons


if __name__ == "__main__":
    with connect(*sys.argv[1:2]) as system:
        main(system)
