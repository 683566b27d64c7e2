"""A reply that is read while it is made, by an agent and by the caller.

python examples/streaming.py [thread|ray]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from agentcore import (
    AgentRef,
    AgentSystem,
    ConversableAgent,
    Message,
    UserProxyAgent,
    agent_reply,
    connect,
)

STORY = "Once there was an agent who answered one word at a time."


class Storyteller(ConversableAgent):
    """Answers with a stream."""

    @agent_reply()
    def tell_story(self) -> tuple[bool, Message]:
        return self.stream_reply(self.words(), kind="story")

    def words(self) -> Iterator[tuple[str, dict[str, int]]]:
        """Give a word, and its number: no further than somebody reads."""
        for number, word in enumerate(STORY.split()):
            yield word, {"number": number}


class Editor(ConversableAgent):
    """Reads another agent's stream, wherever that lives, and says how long it was."""

    def __init__(self, name: str, *args: Any, storyteller: AgentRef, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        self.storyteller = storyteller

    @agent_reply()
    def count_words(self, raw_message: Message) -> tuple[bool, str]:
        story = self.send(raw_message, self.storyteller).last_message
        assert story is not None
        stream = self.get_agent_stream_messages(
            story["metadata"]["agent"], story["metadata"]["stream_id"]
        )
        return True, f"The story has {len(list(stream))} words."


def main(system: AgentSystem) -> tuple[str, str]:
    """Read a story as it is told, then ask the editor about another one."""
    storyteller = system.spawn(Storyteller, "storyteller")
    editor = system.spawn(Editor, "editor", storyteller=storyteller)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)

    reply = user.initiate_chat(storyteller, message="A story, please.", silent=True).last_message
    assert reply is not None
    said = []
    for word, _metadata in system.get_agent_stream_messages(
        reply["metadata"]["agent"], reply["metadata"]["stream_id"]
    ):
        print(word, end=" ", flush=True)
        said.append(word)
    print()

    verdict = user.initiate_chat(editor, message="How long is it?", silent=True).last_message
    assert verdict is not None
    print(verdict["content"])
    return " ".join(said), verdict["content"]


if __name__ == "__main__":
    with connect(*sys.argv[1:2]) as system:
        main(system)
