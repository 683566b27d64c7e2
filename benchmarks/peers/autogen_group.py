"""AutoGen 0.2: a group that speaks in turn, under a manager without a model."""

from __future__ import annotations

from typing import Any

from autogen import Agent, ConversableAgent, GroupChat, GroupChatManager

from benchmarks.process import timed

ENDLESS = 10**9
# The rule's place in the agent's chain: before AutoGen's checks, as its documentation registers
# it, or behind them; see `autogen_chat`.
PLACES = {"documented": 0, "checked": 2}


def _answer(recipient: Any, messages: Any, sender: Any, config: Any) -> tuple[bool, str]:
    return True, "pong"


def _agent(name: str) -> ConversableAgent:
    return ConversableAgent(
        name,
        llm_config=False,
        code_execution_config=False,
        human_input_mode="NEVER",
        max_consecutive_auto_reply=ENDLESS,
    )


def _team(members: int, messages: int, place: int) -> tuple[GroupChat, GroupChatManager]:
    agents = [_agent(f"member_{index}") for index in range(members)]
    for agent in agents:
        agent.register_reply([Agent, None], _answer, position=place)
    chat = GroupChat(
        agents=agents,
        messages=[],
        max_round=messages + 1,  # the user's message is the first of its rounds
        speaker_selection_method="round_robin",
    )
    manager = GroupChatManager(chat, silent=True, llm_config=False, human_input_mode="NEVER")
    return chat, manager


def group(chats: int, members: int, messages: int, way: str) -> float:
    """Let groups speak, one after the other; give messages of members a second."""
    user = _agent("user")
    teams = [_team(members, messages, PLACES[way]) for _ in range(chats)]

    def talk() -> None:
        for _, manager in teams:
            user.initiate_chat(manager, message="go", silent=True)

    _, seconds = timed(talk)
    for chat, manager in teams:
        assert len(chat.messages) == messages + 1
        for member in chat.agents:
            assert len(member.chat_messages[manager]) == messages + 1
    return chats * messages / seconds
