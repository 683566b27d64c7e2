"""What a model is told from ``retrieval=`` and ``memory=``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore import AgentSystem, ConversableAgent, ReplyError, UserProxyAgent, connect
from agentcore.agents.knowledge import CHARACTERS, PASSAGES
from agentcore.errors import LibraryError, ModelError, OutputError
from agentcore.protocol.model_api import ToolCall
from agentcore.retrieval import Passage
from agentcore.testing import ScriptedModel

NAMES = 300 * PASSAGES  # characters that sources, numbers and tags may take


class Shelf:
    """A library that always finds the same, and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[tuple[str, int, str | None]] = []

    def search(self, query: str, *, limit: int, owner: str | None) -> list[Passage]:
        """Return all passages."""
        self.asked.append((query, limit, owner))
        return [Passage(text, "a.md") for text in self.texts]


class LaterShelf(Shelf):
    """The same, as ``async def``."""

    async def search(self, query: str, *, limit: int, owner: str | None) -> Any:
        """Return all passages."""
        return super().search(query, limit=limit, owner=owner)


class Notebook:
    """A memory that knows one sentence, and keeps what it heard, of whom."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[tuple[str, str]] = []
        self.error = error

    async def recall(self, text: str, *, owner: str) -> str:
        """Return the sentence."""
        return f"{owner} likes tea."

    async def learn(self, text: str, *, owner: str, model: Any) -> None:
        """Note it, or raise."""
        self.heard.append((owner, text))
        if self.error is not None:
            raise self.error


@pytest.fixture(scope="module", autouse=True)
def system() -> Iterator[AgentSystem]:
    """Give an open system."""
    with connect("inline") as opened:
        yield opened


def user(name: str = "user") -> UserProxyAgent:
    """Make one who asks once."""
    return UserProxyAgent(name, human_input_mode="NEVER", max_consecutive_auto_reply=0)


def shown(agent: ConversableAgent, message: Any, **options: Any) -> list[Any]:
    """Ask an agent, and return what its model was shown first."""
    user().initiate_chat(agent, message, silent=True, **options)
    model: Any = agent.llm
    return list(model.calls[0].messages)


@pytest.mark.parametrize("shelf", [Shelf, LaterShelf], ids=["def", "async def"])
def test_passages_stand_before_the_last_message(shelf: type[Shelf]) -> None:
    """As a quotation; what is looked for is the message."""
    library = shelf("It weighs 7 kg.")
    agent = ConversableAgent("a", ScriptedModel("7 kg"), library, system_message="Be brief.")
    told = shown(agent, {"content": "How heavy?", "metadata": {"owner": "ann"}})
    assert told[0] == {"role": "system", "content": "Be brief."}
    assert told[1]["content"].startswith("<documents>\n[1] a.md\nIt weighs 7 kg.\n</documents>\n")
    assert told[1]["content"].endswith("\n\nHow heavy?")
    assert library.asked == [("How heavy?", PASSAGES, "ann")]


@given(st.lists(st.text(max_size=6_000), max_size=9))
def test_what_is_added_is_bounded_whatever_is_found(texts: list[str]) -> None:
    """And the system message is as it was, whatever the documents say."""
    agent = ConversableAgent("a", ScriptedModel("ok"), Shelf(*texts), system_message="Be brief.")
    system_text, question = shown(agent, "How heavy?")
    assert system_text["content"] == "Be brief."
    assert len(question["content"]) <= CHARACTERS + NAMES


def test_the_library_is_asked_once_in_a_turn() -> None:
    """However often the model is, and the passages stand with the question each time."""
    library = Shelf("It weighs 7 kg.")
    model = ScriptedModel(ToolCall.of("1", "add", a=1, b=2), "7 kg")
    agent = ConversableAgent("a", model, library, tools=[add])
    user().initiate_chat(agent, "How heavy?", silent=True)
    assert len(library.asked) == 1
    first, second = (call.messages for call in model.calls)
    assert second[0] == first[0]
    assert "7 kg" in first[0]["content"]


def test_passages_go_beside_the_parts_of_a_message() -> None:
    """As a part of their own."""
    agent = ConversableAgent("a", ScriptedModel("ok"), Shelf("It weighs 7 kg."))
    parts = [{"type": "text", "text": "How heavy is this?"}, {"type": "image_url", "image_url": {}}]
    (told,) = shown(agent, {"content": parts})
    assert [part["type"] for part in told["content"]] == ["text", "text", "image_url"]
    assert "It weighs 7 kg." in told["content"][0]["text"]


def test_nothing_is_added_where_nothing_is_found() -> None:
    """The message is shown as it is."""
    agent = ConversableAgent("a", ScriptedModel("ok"), Shelf())
    assert shown(agent, "hi") == [{"role": "user", "content": "hi"}]


def test_a_place_in_the_place_of_a_library_is_refused_by_name() -> None:
    """The error says what to write."""
    agent = ConversableAgent("a", ScriptedModel(then="ok"), "./library")
    with pytest.raises(ReplyError, match=r"retrieval=Library\('./library'\)") as raised:
        user().initiate_chat(agent, "hi", silent=True)
    assert isinstance(raised.value.__cause__, LibraryError)


def test_what_cannot_be_searched_is_left_to_the_rules() -> None:
    """As in Byzer-Agent, whose agents search themselves."""
    agent = ConversableAgent("a", ScriptedModel("ok"), {"index": 1})
    assert shown(agent, "hi") == [{"role": "user", "content": "hi"}]
    assert agent.retrieval == {"index": 1}


def test_a_memory_is_asked_before_the_model_and_told_after() -> None:
    """What it hears is the peer's words, and not those of the agent."""
    memory = Notebook()
    agent = ConversableAgent("a", ScriptedModel("ok", "ok"), memory=memory)
    someone = user()
    someone.initiate_chat(agent, "One.", silent=True)
    someone.initiate_chat(agent, "Two.", silent=True, clear_history=False)
    model: Any = agent.llm
    assert model.calls[0].messages[-1]["content"].startswith("user likes tea.\n")
    assert [text for _, text in memory.heard] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("metadata", "session", "owner"),
    [
        ({}, "", "user"),
        ({}, "s1", "s1"),
        ({"owner": "ann"}, "s1", "ann"),
        ({"owner": ""}, "", "user"),
    ],
)
def test_a_memory_belongs_to_an_owner_a_session_or_a_peer(
    metadata: dict[str, str], session: str, owner: str
) -> None:
    """The first of these that there is."""
    memory = Notebook()
    agent = ConversableAgent("a", ScriptedModel("ok"), memory=memory)
    options = {"session": session} if session else {}
    shown(agent, {"content": "hi", "metadata": metadata}, **options)
    assert memory.heard == [(owner, "hi")]


@pytest.mark.parametrize(
    "error", [OutputError("no JSON"), ModelError("gone"), LibraryError("full")]
)
def test_an_answer_is_not_lost_when_nothing_could_be_learned(error: Exception) -> None:
    """Its metadata says what happened."""
    agent = ConversableAgent("a", ScriptedModel("ok"), memory=Notebook(error))
    result = user().initiate_chat(agent, "hi", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "ok"
    assert result.last_message.metadata["memory_error"] == str(error)


def test_what_is_no_memory_is_refused() -> None:
    """At once."""
    with pytest.raises(TypeError, match=r'memory= is a Memory, as Memory\("./memory"\), not'):
        ConversableAgent("a", memory="./memory")  # type: ignore[arg-type]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b
