"""A model's answer, read while it is made.

python examples/streamed_answer.py [thread|ray] [--model NAME]

The model is one of the catalogue, fetched once (0.5 GB), or one of agentcore.toml. Needs the
extra local: pip install "agentcore-actors[local]".
"""

from __future__ import annotations

import argparse
from typing import Any

from agentcore import AgentSystem, ConversableAgent, UserProxyAgent, connect
from agentcore.models import LocalModel, Sampling


def main(system: AgentSystem, model: Any) -> tuple[str, int]:
    """Print the answer piece by piece; give it, and what it cost in tokens."""
    teller = system.spawn(
        ConversableAgent,
        "teller",
        llm=model,
        system_message="You tell very short stories.",
        stream=True,
        sampling=Sampling(temperature=0, max_tokens=120),
    )
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    reply = user.initiate_chat(teller, message="A story about a cat.", silent=True).last_message
    assert reply is not None

    said, tokens = [], 0
    for text, about in system.get_agent_stream_messages(teller, reply["metadata"]["stream_id"]):
        print(text, end="", flush=True)
        said.append(text)
        tokens = about.get("usage", {}).get("total_tokens", tokens)  # with the last piece
    print(f"\n({tokens} tokens)")
    return "".join(said), tokens


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("backend", nargs="?")
    parser.add_argument("--model", default="qwen2.5-0.5b")
    given = parser.parse_args()
    # One of the catalogue, or a name from agentcore.toml.
    model = LocalModel(given.model) if given.model.startswith("qwen2.5-") else given.model
    with connect(given.backend) as system:
        main(system, model)
