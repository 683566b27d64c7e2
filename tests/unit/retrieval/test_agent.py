"""`RetrievalAgent`: what is its own beside the reader's."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentcore import AgentSystem, ReplyError, UserProxyAgent, connect
from agentcore.errors import LibraryError, ModelError
from agentcore.retrieval import Library, RetrievalAgent
from agentcore.testing import ScriptedModel, WordEmbedder

FOUND: Any = {"quote": "The pump weighs 7 kg.", "passages": [1]}


@pytest.fixture(scope="module")
def system() -> Iterator[AgentSystem]:
    """Give an open system."""
    with connect("inline") as opened:
        yield opened


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Give a library with one document."""
    made = Library(tmp_path / "library", embedder=WordEmbedder())
    made.add_text("The pump weighs 7 kg.", source="pump.md")
    return made


def ask(agent: Any, message: Any = "How heavy is the pump?", **options: Any) -> Any:
    """Ask once, and return the reply."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(agent, message, silent=True, **options)


def test_a_reply_may_be_whole(system: AgentSystem, library: Library) -> None:
    """With the same metadata; the tokens of all completions count once."""
    model = ScriptedModel(FOUND, "7 kg.")
    agent = system.spawn(RetrievalAgent, "whole", model, library=library, stream=False)
    result = ask(agent)
    assert result.last_message.content == "7 kg."
    assert list(result.last_message.metadata["contexts"]) == ["The pump weighs 7 kg."]
    assert result.usage == agent.call("get_total_usage")


def test_the_tokens_of_a_stream_count_with_those_before_it(
    system: AgentSystem, library: Library
) -> None:
    """Once it was read."""
    agent = system.spawn(RetrievalAgent, "streams", ScriptedModel(FOUND, "7 kg."), library)
    result = ask(agent)
    before = result.usage
    assert list(system.get_agent_stream_messages("streams", result.last_message.content))
    assert result.usage == agent.call("get_total_usage")
    assert result.usage.total_tokens > before.total_tokens > 0


def test_a_stream_that_nobody_read_is_no_part_of_a_follow_up(
    system: AgentSystem, library: Library
) -> None:
    """Its text is not known, and its id would say nothing."""
    model = ScriptedModel(FOUND, "How heavy is the pump?", FOUND)
    agent = system.spawn(RetrievalAgent, "unread", model, library)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    first = user.initiate_chat(agent, "How heavy is the pump?", silent=True)
    user.initiate_chat(agent, "And now?", silent=True, clear_history=False)
    assert first.last_message is not None
    assert first.last_message.content not in model.calls[1].messages[-1]["content"]


def test_an_agent_of_one_owner_answers_for_no_other(system: AgentSystem, library: Library) -> None:
    """It raises, instead of finding nothing."""
    model = ScriptedModel(FOUND, "7 kg.")
    agent = system.spawn(RetrievalAgent, "anns", model, library, owner="ann", stream=False)
    with pytest.raises(ReplyError, match="answers for another owner than 'bob'") as raised:
        ask(agent, {"content": "How heavy?", "metadata": {"owner": "bob"}})
    assert isinstance(raised.value.__cause__, LibraryError)
    assert ask(agent).last_message.content == "7 kg."


def test_without_a_model_it_says_what_is_missing(system: AgentSystem, library: Library) -> None:
    """At the first question."""
    agent = system.spawn(RetrievalAgent, "dumb", library=library)
    with pytest.raises(ReplyError, match="give it llm=") as raised:
        ask(agent)
    assert isinstance(raised.value.__cause__, ModelError)


@pytest.mark.parametrize("given", [None, "./library"])
def test_what_is_no_library_is_refused(given: Any) -> None:
    """At once."""
    with pytest.raises(TypeError, match=r'library= is a Library, as Library\("./library"\), not'):
        RetrievalAgent("agent", ScriptedModel(), given)


def test_a_library_may_be_given_as_byzer_agent_has_it(library: Library) -> None:
    """As retrieval=; and the object pickles with it."""
    agent = RetrievalAgent("agent", None, retrieval=library)
    assert pickle.loads(pickle.dumps(agent)).library.place == library.place
