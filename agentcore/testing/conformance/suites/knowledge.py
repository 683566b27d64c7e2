"""Conformance: what agents know of documents and of earlier chats, on whatever host they live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentcore.memory.long_term import Memory
from agentcore.memory.message_store import MessageStore
from agentcore.protocol.transcript import ChatResult
from agentcore.retrieval.agent import RetrievalAgent
from agentcore.retrieval.library import Library
from agentcore.retrieval.search_tool import search_library
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.calling_refs import Passes
from agentcore.testing.conformance.agents.hooked import Hooked
from agentcore.testing.conformance.dialogue import ask
from agentcore.testing.conformance.model_scripts import shown, tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel
from agentcore.testing.word_embedder import WordEmbedder

__all__ = ["Knowledge"]

NOTHING_NEW: Any = {"facts": []}


def _memory(folder: Path) -> Memory:
    pytest.importorskip("lancedb")
    return Memory(Library(folder / "memory", embedder=WordEmbedder()))


def _of(owner: str, text: str) -> dict[str, Any]:
    return {"content": text, "metadata": {"owner": owner}}


def _streamed(system: AgentSystem, result: ChatResult) -> str:
    where = result.last_message["metadata"]  # type: ignore[index]
    pieces = system.get_agent_stream_messages(where["agent"], where["stream_id"])
    return "".join(text for text, _ in pieces)


class Knowledge:
    """`RetrievalAgent`, ``retrieval=`` and ``memory=`` of any agent, `MessageStore`."""

    @pytest.fixture
    def library(self, tmp_path: Path) -> Library:
        """Give a library with a document of everybody's and one of Ann's."""
        pytest.importorskip("lancedb")
        made = Library(tmp_path / "library", embedder=WordEmbedder())
        made.add_text("The X1 pump weighs 7 kg. Its warranty is three years.", source="x1.md")
        made.add_text("The code of the pump room is 4711.", source="ann.md", owner="ann")
        return made

    def test_an_answer_is_streamed_with_its_contexts_and_their_sources(
        self, system: AgentSystem, library: Library
    ) -> None:
        """Also to a follow-up question, which is searched for as the model wrote it again."""
        model = ScriptedModel(
            {"quote": "The X1 pump weighs 7 kg", "passages": [1]},
            "It weighs 7 kg.",
            "How long is the warranty of the X1 pump?",
            {"quote": "Its warranty is three years.", "passages": [1]},
            "Three years.",
        )
        reader = system.spawn(RetrievalAgent, "reader", model, library)
        user = Says("user", None)
        first = ask(reader, "How heavy is the X1 pump?", user)
        assert _streamed(system, first) == "It weighs 7 kg."
        assert first.last_message is not None
        found = first.last_message.metadata
        assert found["contexts"][0].startswith("The X1 pump weighs 7 kg.")
        assert list(found["sources"]) == ["x1.md"]
        second = ask(reader, "And how long is its warranty?", user, clear_history=False)
        assert _streamed(system, second) == "Three years."
        assert "It weighs 7 kg." in str(shown(model, 2))
        assert "How long is the warranty of the X1 pump?" in str(shown(model, 4))

    def test_what_is_not_in_the_documents_of_the_asker_is_said_not_to_be(
        self, system: AgentSystem, library: Library
    ) -> None:
        """Ann has the code, Bob has not, whatever the model would say to him."""
        model = ScriptedModel(
            {"quote": "The code of the pump room is 4711", "passages": [1]},
            "4711.",
            {"quote": "The code is 4711", "passages": [1]},
        )
        reader = system.spawn(RetrievalAgent, "reader", model, library)
        question = "What is the code of the pump room?"
        assert _streamed(system, ask(reader, _of("ann", question))) == "4711."
        bobs = ask(reader, _of("bob", question))
        assert _streamed(system, bobs) == "The answer is not in the documents."
        assert bobs.last_message is not None
        assert not bobs.last_message.metadata["found"]
        assert "4711" not in str(bobs.last_message.metadata["contexts"])

    def test_a_model_is_shown_passages_before_the_last_message(
        self, system: AgentSystem, library: Library
    ) -> None:
        """The system message and the history stay as they are."""
        model = ScriptedModel("7 kg.")
        agent = system.spawn(
            Hooked, "agent", {}, llm=model, retrieval=library, system_message="Be brief."
        )
        ask(agent, _of("bob", "How heavy is the X1 pump?"))
        system_text, question = shown(model)
        assert system_text == ("system", "Be brief.")
        assert "The X1 pump weighs 7 kg." in question[1]
        assert "4711" not in question[1]
        assert question[1].endswith("How heavy is the X1 pump?")
        assert agent.call("heard", "user")[0] == ("user", "How heavy is the X1 pump?")

    def test_a_model_that_calls_tools_searches_itself(
        self, system: AgentSystem, library: Library
    ) -> None:
        """It finds what belongs to the owner of the message."""
        model = ScriptedModel(tool_call("search_library", query="code of the pump room"), "4711.")
        agent = system.spawn(Hooked, "agent", {}, llm=model, tools=[search_library(library)])
        ask(agent, _of("ann", "What is the code?"))
        ((_, told),) = tool_results(model)
        assert "4711" in told
        assert "ann.md" in told

    def test_what_one_chat_said_is_known_in_the_next_and_to_its_owner_alone(
        self, system: AgentSystem, tmp_path: Path
    ) -> None:
        """Another agent with the same memory knows it; what contradicts it takes its place."""
        memory = _memory(tmp_path)
        once, now = "NPS means net promoter score.", "NPS means nurse planning system."
        models = [
            ScriptedModel("Noted.", {"facts": [once]}, "Fine.", {"facts": [now]}, {"replaces": 1}),
            ScriptedModel("I know.", NOTHING_NEW, "What is that?", NOTHING_NEW),
        ]
        first, second = (
            system.spawn(Hooked, f"agent{n}", {}, llm=model, memory=memory, system_message="Hi.")
            for n, model in enumerate(models)
        )
        ask(first, _of("ann", once))
        ask(second, _of("ann", "What is my NPS?"))
        assert "net promoter score" in shown(models[1], 0)[-1][1]
        ask(second, _of("bob", "What is my NPS?"))
        assert shown(models[1], 2) == [("system", "Hi."), ("user", "What is my NPS?")]
        ask(first, _of("ann", f"No: {now}"))
        assert [fact.text for fact in memory.facts("ann")] == [now]

    def test_agents_anywhere_share_the_messages_of_a_group(self, system: AgentSystem) -> None:
        """Their turns call its methods, and so does who finds it by its name."""
        store = system.spawn(MessageStore, "message_store")
        clerk = system.spawn(Passes, "clerk", store)
        clerk.call("pass_on", "put", "team", "hello")
        system.agent("message_store").call("put", "others", "hi", sender="bob")
        (kept,) = clerk.call("pass_on", "get", "team")
        assert (kept.id, kept.message.content) == (1, "hello")
        assert clerk.call("pass_on", "clear", "team") == 1
        assert system.agent("message_store").call("groups") == ("others",)
