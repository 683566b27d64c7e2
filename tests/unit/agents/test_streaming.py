"""The message that says where a stream is read, as ``stream_reply`` makes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    connect,
)
from tests.unit.runtime.streams.streaming_agents import (
    Source,
    Streamer,
    ask,
)


@pytest.fixture(params=["thread", "inline"])
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    with connect(request.param) as system:
        yield system


def test_the_answer_says_where_its_stream_is_and_asks_for_no_answer(system: AgentSystem) -> None:
    """A stream's message has the documented metadata, a text, and what the rule adds."""
    message = ask(system, ["a", "b"], contexts=["page 3"])
    stream_id = message["metadata"]["stream_id"]
    assert message["metadata"] == {
        "stream": True,
        "agent": "alice",
        "stream_id": stream_id,
        "TERMINATE": True,
        "contexts": ["page 3"],
    }
    assert isinstance(stream_id, str)
    assert stream_id
    assert isinstance(message.content, str)
    assert message.content


def test_the_answer_is_there_before_any_chunk_is_made(system: AgentSystem) -> None:
    """``stream_reply`` runs nothing of its source."""
    source = Source()
    ask(system, source.plain())
    assert source.made == 0


def test_a_rule_may_let_the_conversation_go_on_after_a_stream() -> None:
    """``TERMINATE`` in the rule's own metadata wins over the default."""
    agent = Streamer("alice")
    _, message = agent.stream_reply(["a"], TERMINATE=False)
    assert message["metadata"]["TERMINATE"] is False


def test_the_metadata_that_leads_to_the_stream_cannot_be_overwritten() -> None:
    """A rule that would send its readers elsewhere gets an error that names the key."""
    with pytest.raises(ValueError, match="'stream_id'"):
        Streamer("alice").stream_reply(["a"], stream_id="mine")


@pytest.mark.parametrize("source", [3, None, Source().plain], ids=["int", "None", "function"])
def test_what_cannot_be_iterated_is_refused_at_once(source: Any) -> None:
    """A generator function that was not called is the likeliest slip, and is named."""
    with pytest.raises(TypeError, match="what calling it returns"):
        Streamer("alice").stream_reply(source)
