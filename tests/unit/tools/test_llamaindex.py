"""LlamaIndex's query engines as tools and in rules, through their own public interfaces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect, tool
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel
from agentcore.tools.decorator import as_tool

pytest.importorskip("llama_index.core")

from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import CompactAndRefine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode

PASSAGES = [TextNode(text="Bob keeps bees."), TextNode(text="Alice mends clocks.")]


class ByWords(BaseRetriever):  # type: ignore[misc]
    """Finds the passage that has most words of the question."""

    def _retrieve(self, query_bundle: Any) -> list[Any]:
        asked = set(query_bundle.query_str.lower().split())
        scored = [
            NodeWithScore(node=node, score=len(asked & set(node.text.lower().split())))
            for node in PASSAGES
        ]
        return [max(scored, key=lambda each: each.score)]


@pytest.fixture
def engine() -> Any:
    """A query engine that needs no server: its model repeats what it is given."""
    return RetrieverQueryEngine(ByWords(), response_synthesizer=CompactAndRefine(llm=MockLLM()))


def ask(agent_class: type[ConversableAgent], question: str, *args: Any, **options: Any) -> str:
    """Ask an agent one thing, and give its answer."""
    with connect("inline") as system:
        agent = system.spawn(agent_class, "librarian", *args, **options)
        user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        return str(user.initiate_chat(agent, question, silent=True).last_message["content"])


def test_a_query_engine_is_a_tool_function(engine: Any) -> None:
    """The model asks it in its own words, and sees what was found."""

    def look_up(question: str) -> str:
        """Look something up in the chronicle.

        Args:
            question: in its words.
        """
        return str(engine.query(question))

    call = ToolCall.of("1", "look_up", question="who mends clocks")
    model = ScriptedModel(call, "Alice does.")
    assert ask(ConversableAgent, "My clock is broken.", model, tools=[look_up]) == "Alice does."
    found = model.calls[-1].messages[-1]["content"]
    assert "Alice mends clocks." in found
    assert "bees" not in found


def test_an_async_query_and_its_sources_are_a_tool_of_an_agent(engine: Any) -> None:
    """What it returns as a dict is JSON for the model."""

    class Librarian(ConversableAgent):
        @tool
        async def look_up(self, question: str) -> dict[str, Any]:
            """Look something up."""
            response = await engine.aquery(question)
            return {"sources": [node.get_content() for node in response.source_nodes]}

    assert as_tool(Librarian("x").look_up).is_async
    found = asyncio.run(Librarian("x").look_up("who keeps bees"))
    assert found == {"sources": ["Bob keeps bees."]}
    call = ToolCall.of("1", "look_up", question="who keeps bees")
    model = ScriptedModel(call, "Bob does.")
    assert ask(Librarian, "I want honey.", model) == "Bob does."
    assert model.calls[-1].messages[-1]["content"] == '{"sources": ["Bob keeps bees."]}'


def test_a_query_engine_answers_in_a_rule(engine: Any) -> None:
    """Where every message is a question for it, no model is needed to decide so."""

    class Chronicle(ConversableAgent):
        @agent_reply()
        def answer(self, raw_message: Any) -> tuple[bool, str]:
            response = engine.query(raw_message["content"])
            return True, response.source_nodes[0].get_content()

    assert ask(Chronicle, "who keeps bees") == "Bob keeps bees."
