"""AutoGen 0.2: two agents that answer each other with the same word."""

from __future__ import annotations

from typing import Any

from autogen import Agent, ConversableAgent

from benchmarks.process import timed

ENDLESS = 10**9

# How the rule is registered: whom it answers, and its place in the agent's own chain of replies.
WAYS: dict[str, tuple[Any, int]] = {
    # As AutoGen registers its own, and its documentation shows. At place 0 it answers before
    # AutoGen has looked for a termination message, the limit or a human.
    "documented": ([Agent, None], 0),
    # Behind those checks: what every turn of ours does.
    "checked": ([Agent, None], 2),
    # Likewise before them, and with a bare class, which spares the check of a runtime protocol.
    "bare class": (ConversableAgent, 0),
}


def _answer(recipient: Any, messages: Any, sender: Any, config: Any) -> tuple[bool, str]:
    return True, "pong"


def _agents(way: str = "documented") -> list[ConversableAgent]:
    trigger, place = WAYS[way]
    agents = [
        ConversableAgent(
            name,
            llm_config=False,
            code_execution_config=False,
            human_input_mode="NEVER",
            max_consecutive_auto_reply=ENDLESS,
        )
        for name in ("alice", "bob")
    ]
    for agent in agents:
        agent.register_reply(trigger, _answer, position=place)
    return agents


def conversation(messages: int, way: str) -> float:
    """Give messages a second."""
    alice, bob = _agents(way)

    def talk() -> Any:
        return alice.initiate_chat(bob, message="ping", max_turns=messages // 2, silent=True)

    result, seconds = timed(talk)
    assert len(result.chat_history) == len(alice.chat_messages[bob]) == messages
    return messages / seconds


def recursive() -> str:
    """Let them converse without ``max_turns``: say how that ends."""
    alice, bob = _agents()
    try:
        alice.initiate_chat(bob, message="ping", silent=True)
    except RecursionError:
        return f"RecursionError after {len(alice.chat_messages[bob])} messages"
    return f"stopped after {len(alice.chat_messages[bob])} messages"
