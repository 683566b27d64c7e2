"""How an agent is made where it is to live."""

from __future__ import annotations

from typing import Any

from agentcore import ConversableAgent
from agentcore.runtime.construction import constructed, with_peers_by_name


class Scholar(ConversableAgent):
    """An agent whose constructor has an argument of that name, of another meaning."""

    def __init__(self, name: str, history: str = "none") -> None:
        super().__init__(name)
        self.subject = history


class Closed(ConversableAgent):
    """An agent whose constructor passes nothing on."""

    def __init__(self, name: str) -> None:
        super().__init__(name)


def test_a_constructor_that_has_a_history_of_its_own_gets_it() -> None:
    """Whatever it is."""
    given: dict[str, Any] = {"history": "Rome"}
    assert with_peers_by_name(Scholar, given) is given
    assert constructed(Scholar, "scholar", (), given).subject == "Rome"


def test_any_other_agent_remembers_it() -> None:
    """Its constructor is not asked."""
    given = with_peers_by_name(Closed, {"history": {ConversableAgent("bob"): [{"content": "a"}]}})
    agent = constructed(Closed, "agent", (), given)
    assert agent.get_chat_messages("bob")[0].content == "a"
