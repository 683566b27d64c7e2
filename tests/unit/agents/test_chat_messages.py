"""The histories of an agent, as its user reads and sets them."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import ConversableAgent
from agentcore.errors import MessageError

HELLO = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]


@pytest.fixture
def agent() -> ConversableAgent:
    """An agent that has said hi to bob."""
    return ConversableAgent("agent", chat_messages={"bob": HELLO})


def contents(agent: ConversableAgent, peer: Any) -> list[Any]:
    return [(each.role, each.content) for each in agent.chat_messages[peer]]


def test_a_peer_is_a_name_or_an_agent(agent: ConversableAgent) -> None:
    """For reading, setting and asking; what is no agent is a stranger."""
    bob, carol = ConversableAgent("bob"), ConversableAgent("carol")
    assert (
        contents(agent, bob) == contents(agent, "bob") == [("user", "hello"), ("assistant", "hi")]
    )
    agent.chat_messages[carol] = [{"content": "ho"}]
    assert contents(agent, "carol") == [("user", "ho")]
    assert (carol in agent.chat_messages, "dave" in agent.chat_messages) == (True, False)
    assert 3 not in agent.chat_messages
    assert list(agent.chat_messages) == ["bob", "carol"]
    assert ConversableAgent("x", chat_messages={bob: HELLO}).last_message(bob).content == "hi"
    with pytest.raises(KeyError, match="dave"):
        agent.chat_messages["dave"]


def test_it_is_what_the_agent_remembers(agent: ConversableAgent) -> None:
    """Also by its older name; a copy of it stays as it was."""
    before = dict(agent.chat_messages)
    agent._messages["bob"] = HELLO[:1]
    assert contents(agent, "bob") == [("user", "hello")]
    del agent.chat_messages["bob"]
    assert agent.get_chat_messages("bob") == []
    agent.chat_messages = {"carol": HELLO}
    assert list(agent.chat_messages) == ["carol"]
    assert list(before) == ["bob"]
    with pytest.raises(KeyError):
        del agent.chat_messages["bob"]


def test_a_turn_under_way_adds_to_what_was_assigned(agent: ConversableAgent) -> None:
    """It holds the history, which stays the same object."""
    held = agent.chat_messages["bob"]
    agent.chat_messages["bob"] = [{"content": "ho"}]
    assert held is agent.chat_messages["bob"]
    assert held == [{"content": "ho", "role": "user", "metadata": {}}]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([HELLO], "a dict of lists"),
        ({3: HELLO}, "a dict of lists"),
        ({"bob": "hello"}, "the history with 'bob' is a text that is no JSON"),
        ({"bob": [{"role": "user"}]}, "the history with 'bob', message 0: "),
    ],
)
def test_what_is_no_history_is_refused(agent: ConversableAgent, wrong: Any, words: str) -> None:
    """Where it is given, and nothing is changed."""
    with pytest.raises(MessageError, match=words):
        ConversableAgent("x", chat_messages=wrong)
    with pytest.raises(MessageError, match=words):
        agent.chat_messages = wrong
    assert contents(agent, "bob") == [("user", "hello"), ("assistant", "hi")]
