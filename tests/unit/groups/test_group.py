"""`GroupChat` outside of conversations: it says that it answers in conversations only."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import ConversableAgent, GroupChat, agent_reply, connect
from agentcore.errors import ReplyError, TurnError
from agentcore.protocol.message import Message

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
