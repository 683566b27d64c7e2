"""`PeerHistories`: an agent's histories by the names of its peers."""

from __future__ import annotations

import pytest

from agentcore import ConversableAgent, Message, UserProxyAgent
from agentcore.protocol.agent_ref import AgentRef


@pytest.fixture
def agent() -> ConversableAgent:
    """Return an agent that has conversed with bob, with two users, and in two sessions."""
    agent = ConversableAgent("agent")
    for key in ("bob", "user @ 1", "user @ 2", "tech @ a", "tech @ b", "ann @ x"):
        agent._memory.history_with(key).record(Message(f"of {key}"), False)
    return agent


def content(agent: ConversableAgent, peer: object) -> object:
    """Return what was said in the history with a peer."""
    return agent._messages[peer][0].content  # type: ignore[index]


def test_a_name_means_the_latest_history(agent: ConversableAgent) -> None:
    """Outside of any turn; a key and a ref mean one in particular."""
    assert content(agent, "bob") == "of bob"
    assert content(agent, "user") == "of user @ 2"
    assert content(agent, "user @ 1") == "of user @ 1"
    assert content(agent, AgentRef("user", "s", "", (), "user @ 1")) == "of user @ 1"


def test_an_object_means_itself(agent: ConversableAgent) -> None:
    """One that never conversed has no history, though others of its name have one."""
    user = UserProxyAgent("user", human_input_mode="NEVER")
    user._address = "user @ 1"
    assert agent.get_chat_messages(user)[0].content == "of user @ 1"
    user._address = "user @ 3"
    assert not agent.get_chat_messages(user)
    with pytest.raises(KeyError, match="'user'"):
        agent.last_message(user)


def test_keys_are_names_where_only_one_peer_has_the_name(agent: ConversableAgent) -> None:
    """So that each key leads to its own history."""
    keys = ["bob", "user @ 1", "user @ 2", "tech @ a", "tech @ b", "ann"]
    assert list(agent._messages) == list(agent.chat_messages) == keys
    assert len(agent._messages) == len(keys)
    assert {key: history[0].content for key, history in agent.chat_messages.items()} == {
        key: f"of {key if key != 'ann' else 'ann @ x'}" for key in keys
    }


def test_what_is_no_agent_is_not_in_it(agent: ConversableAgent) -> None:
    """A stranger is a KeyError, that has the name."""
    assert "bob" in agent._messages
    assert "carol" not in agent._messages
    assert 7 not in agent._messages
    with pytest.raises(KeyError, match="'carol'"):
        agent._messages["carol"]


def test_limits_and_muting_are_for_one_user_of_a_name_or_for_all(agent: ConversableAgent) -> None:
    """A ref or an object means one, the name all of them."""
    one = AgentRef("user", "s", "", (), "user @ 1")
    two = AgentRef("user", "s", "", (), "user @ 2")
    agent.update_max_consecutive_auto_reply(3, one)
    assert agent._memory.limit_for(one.key, one.name) == 3
    assert agent._memory.limit_for(two.key, two.name) == 100
    agent.stop_reply_at_receive(one)
    assert agent._memory.muted is not None
    assert one in agent._memory.muted
    assert two not in agent._memory.muted
    agent.stop_reply_at_receive("user")
    assert two in agent._memory.muted
