"""A group of three, with a model that says who speaks next.

python examples/group_of_three.py [thread|ray] [--model NAME]

The model is one of the catalogue, fetched once (1.1 GB), or one of agentcore.toml. Needs the
extra local: pip install "agentcore-actors[local]".
"""

from __future__ import annotations

import argparse
from typing import Any

from agentcore import (
    AgentSystem,
    ChatResult,
    ConversableAgent,
    GroupChat,
    TextMention,
    UserProxyAgent,
    connect,
)
from agentcore.models import LocalModel, Sampling

PARTS = {
    "planner": "You plan. Say in one sentence what the text should be about.",
    "writer": "You write. Write the text that the planner asked for, in two sentences.",
    "critic": "You judge. Say in one sentence what is good or bad. If it is good, add: APPROVED",
}


def main(system: AgentSystem, model: Any) -> ChatResult:
    """Have the three write a text; the group's model chooses who speaks."""
    members = [
        system.spawn(
            ConversableAgent,
            name,
            llm=model,
            system_message=part,
            sampling=Sampling(temperature=0, max_tokens=120),
        )
        for name, part in PARTS.items()
    ]
    team = system.spawn(
        GroupChat,
        "team",
        members,
        llm=model,  # the manager: it sees names, descriptions and who said what
        max_round=6,
        until=TextMention("APPROVED", sources=["critic"]),
        allowed_transitions={
            "planner": ["writer"],
            "writer": ["critic"],
            "critic": ["writer", "planner"],
        },
    )
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(team, message="A text about the sea for a postcard, please.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("backend", nargs="?")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    given = parser.parse_args()
    # One of the catalogue, or a name from agentcore.toml.
    model = LocalModel(given.model) if given.model.startswith("qwen2.5-") else given.model
    with connect(given.backend) as system:
        result = main(system, model)
        assert result.last_message is not None
        print("the group:", dict(result.last_message["metadata"]["group"]))
