"""An assistant that calls tools, on a model that runs on this machine.

python examples/assistant_with_tools.py [thread|ray] [--model NAME]

The model is one of the catalogue, fetched once (1.1 GB), or one of agentcore.toml. Needs the
extras local and tools: pip install "agentcore-actors[local,tools]".
"""

from __future__ import annotations

import argparse
from typing import Any, Literal

from agentcore import AgentSystem, ChatResult, ConversableAgent, UserProxyAgent, connect, tool
from agentcore.models import LocalModel, Sampling

Fruit = Literal["apples", "pears", "plums"]
STOCK = {"apples": 12, "pears": 0, "plums": 40}
PRICES = {"apples": 0.5, "pears": 0.7, "plums": 0.25}


@tool
def price_of(fruit: Fruit, count: int) -> float:
    """Work out what some pieces of a fruit cost.

    Args:
        fruit: which fruit.
        count: how many pieces.
    """
    return PRICES[fruit] * count


class Shopkeeper(ConversableAgent):
    """Knows what there is in the shop: its method is a tool, like the function above."""

    @tool
    def in_stock(self, fruit: Fruit) -> int:
        """Say how many pieces of a fruit there are.

        Args:
            fruit: which fruit.
        """
        return STOCK[fruit]


def main(system: AgentSystem, model: Any) -> ChatResult:
    """Ask two questions that only the tools can answer."""
    shopkeeper = system.spawn(
        Shopkeeper,
        "shopkeeper",
        llm=model,
        system_message="You keep a fruit shop. Look things up with the tools, then answer briefly.",
        tools=[price_of],
        sampling=Sampling(temperature=0, max_tokens=200),
    )
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    user.initiate_chat(shopkeeper, message="How many plums are in stock?")
    return user.initiate_chat(shopkeeper, message="What do 4 apples cost?", clear_history=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("backend", nargs="?")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    given = parser.parse_args()
    # One of the catalogue, or a name from agentcore.toml.
    model = LocalModel(given.model) if given.model.startswith("qwen2.5-") else given.model
    with connect(given.backend) as system:
        result = main(system, model)
        print(f"{result.usage.total_tokens} tokens in the last conversation; {result.stop}")
