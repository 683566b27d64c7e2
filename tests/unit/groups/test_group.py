"""`GroupChat` outside of conversations: it says that it answers in conversations only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore import ConversableAgent, GroupChat, agent_reply, connect
from agentcore.errors import MessageError, ReplyError, StateError, TurnError
from agentcore.protocol.message import Message
from agentcore.testing import ScriptedModel

MESSAGE = [{"role": "user", "content": "hello"}]


class Borrower(ConversableAgent):
    """Asks the rules of a group for a reply, in its own turn."""

    @agent_reply()
    def borrow(self, raw_message: Message) -> tuple[bool, Any]:
        team = GroupChat("team", ["alice"], speaker_selection="round_robin")
        return True, team.generate_reply([raw_message])


def test_a_group_that_is_asked_outside_of_a_turn_says_so() -> None:
    """Its members speak in turns, so that there is nothing that it could answer."""
    team = GroupChat("team", ["alice"], speaker_selection="round_robin")
    with pytest.raises(TurnError, match=r"group 'team' answers in conversations only.*initiate_"):
        team.generate_reply(MESSAGE)


def test_a_hosted_group_whose_method_is_called_says_so_too() -> None:
    """A call is a turn, but none on a message."""
    with connect("inline") as system:
        team = system.spawn(GroupChat, "team", ["alice"], speaker_selection="round_robin")
        with pytest.raises(TurnError, match="the group 'team' answers in"):
            team.call("generate_reply", MESSAGE)


def test_a_group_does_not_take_the_turn_of_another_agent() -> None:
    """An agent that asks a group object in its own turn is told so."""
    with connect("inline") as system:
        user, agent = ConversableAgent("user"), system.spawn(Borrower, "borrower")
        with pytest.raises(ReplyError, match="TurnError: the group 'team' answers in"):
            user.initiate_chat(agent, "hello", silent=True)


def test_a_group_object_says_who_is_next_where_nobody_has_to_be_asked() -> None:
    """A model is asked in turns only."""
    saved = [{"name": "alice", "content": "hello"}]
    team: Any = GroupChat(["alice", "bob"], speaker_selection="round_robin", messages=saved)
    assert (team.messages[0].content, team.next_speaker()) == ("hello", "bob")
    assert GroupChat(["alice", "bob"], speaker_selection="round_robin").next_speaker() == "alice"
    asks = GroupChat(["alice", "bob"], llm=ScriptedModel(), messages=saved)
    with pytest.raises(TurnError, match="members have to be asked"):
        asks.next_speaker()


def test_what_a_group_is_to_go_on_from_is_read_when_it_is_given() -> None:
    """A wrong list says which message is wrong, and leaves the group as it was."""
    with pytest.raises(MessageError, match="messages= of group 'group', message 0"):
        GroupChat(["alice"], speaker_selection="round_robin", messages=[{"name": "alice"}])
    team = GroupChat(["alice"], speaker_selection="round_robin", messages=MESSAGE)
    state = team.save_state()
    for wrong in ({**state, "group_messages": 3}, {"group_messages": []}, "{"):
        with pytest.raises(StateError):
            team.load_state(wrong)
        assert len(team.messages) == 1
    team.clear_history()
    assert team.messages == ()
    team.load_state(json.dumps(state))
    assert team.messages[0].content == "hello"
    assert team.resume([]) == (None, None)
