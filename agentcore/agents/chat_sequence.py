"""Sequences of chats in a turn, each of which is told the summaries of those before it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import attrs

from agentcore.agents.model_lookup import wait_for_model
from agentcore.agents.own_turn import own_turn
from agentcore.agents.planned_chat import PlannedChat
from agentcore.agents.summary import AskAgent, check_has_model, with_summary
from agentcore.base.errors import EmptyMessageError
from agentcore.base.steps import Steps, run_async, run_now
from agentcore.protocol.agent_ref import AgentLike, get_agent_name, system_of
from agentcore.protocol.carryover import with_carryover
from agentcore.protocol.chat import Chat
from agentcore.protocol.message import Message, as_message
from agentcore.protocol.message_function import Answered, MessageFunction
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.begin_and_wait import a_begin_and_wait, begin_and_wait
from agentcore.runtime.turns.chats import a_converse, converse, releaser
from agentcore.runtime.turns.turn import Turn

__all__ = ["nested_chats", "run_chats", "run_chats_later"]


@attrs.frozen
class _Begin:
    """What the steps of a sequence yield to begin a chat; they are sent its `ChatResult`."""

    message: Any
    chat: PlannedChat


def run_chats(
    agent: Any, turn: Turn, chats: Sequence[PlannedChat], answered: Answered | None = None
) -> list[ChatResult]:
    """Run the chats one after the other as part of a turn, and block its thread.

    Args:
        answered: the message that the turn answers; ``None`` if there is none.
    """

    def take(wanted: Any) -> Any:
        if isinstance(wanted, _Begin) and wanted.chat.sender is None:
            chat = wanted.chat
            return converse(turn, wanted.message, chat.recipient, chat.options, chat.id)
        if isinstance(wanted, _Begin | AskAgent):
            return begin_and_wait(lambda: _asked_of_another(turn, wanted))
        return wait_for_model(wanted)

    results: list[ChatResult] = run_now(_chats(agent, chats, answered), take)
    return results


async def run_chats_later(
    agent: Any, turn: Turn, chats: Sequence[PlannedChat], answered: Answered | None = None
) -> list[ChatResult]:
    """`run_chats` for ``async def`` code."""

    def begin(wanted: Any) -> Any:
        if isinstance(wanted, _Begin) and wanted.chat.sender is None:
            chat = wanted.chat
            return a_converse(turn, wanted.message, chat.recipient, chat.options, chat.id)
        if isinstance(wanted, _Begin | AskAgent):
            return a_begin_and_wait(lambda: _asked_of_another(turn, wanted))
        return wanted

    results: list[ChatResult] = await run_async(_chats(agent, chats, answered), begin)
    return results


def _asked_of_another(turn: Turn, wanted: _Begin | AskAgent) -> Chat:
    """Let another agent begin a chat, or run one of its methods."""
    runtime = turn.runtime
    agent: AgentLike | None = wanted.chat.sender if isinstance(wanted, _Begin) else wanted.agent
    assert agent is not None
    ref = runtime.resolve(agent)
    release = releaser(runtime, agent, ref)
    try:
        if isinstance(wanted, _Begin):
            options = attrs.evolve(wanted.chat.options, briefing=None)
            handle = system_of(ref).begin(
                ref, wanted.chat.recipient, wanted.message, options, {}, True
            )
        else:
            handle = runtime.ask_to_call(ref, wanted.method, wanted.args, {}, spends=False)
    except BaseException:
        release()
        raise
    handle._when_done(lambda _: release())
    return handle


async def nested_chats(
    self: Any,
    raw_message: Message,
    messages: Sequence[Message],
    sender: Any,
    config: Sequence[PlannedChat] | None,
) -> tuple[bool, Any]:
    """Have chats first, and reply with the last summary: the rule of `register_nested_chats`."""
    turn = own_turn(self)
    if not config or turn is None or _is_within_nested_chats(self, turn):
        return False, None
    results = await run_chats_later(self, turn, config, Answered(raw_message, messages, sender))
    return True, (results[-1].summary or None) if results else None


def _is_within_nested_chats(agent: Any, turn: Turn) -> bool:
    """Say whether a turn is on a reply to nested chats, which must not set off others.

    That is so in a chat that the agent began with a recipient of any of its nested chats, to whom
    they may have been handed off meanwhile.
    """
    began_with = turn.began_with
    return bool(began_with) and any(
        get_agent_name(chat.recipient) == began_with
        for rule in agent._chain
        if rule.function is nested_chats
        for chat in rule.config or ()
    )


def _chats(agent: Any, chats: Sequence[PlannedChat], answered: Answered | None) -> Steps:
    chats = [_begun_by(agent, chat) for chat in chats]
    for chat in chats:
        yield from check_has_model(agent, chat)
    results: list[ChatResult] = []
    for chat in chats:
        before = [result.summary for result in results if result.summary] if chat.carries else []
        message = yield from _first(agent, chat, answered, [*chat.briefing.carryover, *before])
        if message is None and answered is not None:
            continue  # the function chose to have no chat
        result = yield _Begin(as_message(message), chat)
        results.append((yield from with_summary(agent, chat, result)))
    return results


def _begun_by(agent: Any, chat: PlannedChat) -> PlannedChat:
    """Return a chat without ``sender`` if that is the agent itself."""
    sender = chat.sender
    itself = sender is agent or (sender is not None and get_agent_name(sender) == agent.name)
    return attrs.evolve(chat, sender=None) if itself else chat


def _first(agent: Any, chat: PlannedChat, answered: Answered | None, carryover: list[str]) -> Steps:
    """Return the first message of a chat, with the carry-over."""
    given: Any = chat.message
    if callable(given):
        function = MessageFunction.of(given, chat.context)
        begins = chat.sender or agent
        given = function.call(begins, chat.recipient, carryover, answered, chat.context)
        if inspect.isawaitable(given):
            given = yield given
        if answered is not None and (given is None or given == ""):
            return None
        if function.tells_carryover:
            return given
    elif given is None and answered is not None:
        given = answered.message
    elif given is None:
        given = _made_by(chat.sender or agent, chat)
    return with_carryover(as_message(given), carryover)


def _made_by(agent: Any, chat: PlannedChat) -> Any:
    """Return what an agent begins with by itself."""
    make = getattr(agent, "generate_init_message", None)
    if make is None:
        name = get_agent_name(agent)
        raise EmptyMessageError(f"a chat whose sender={name!r} is elsewhere needs a message=")
    return make(**chat.context)
