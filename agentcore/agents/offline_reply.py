"""Replies outside of conversations: what ``generate_reply`` does."""

from __future__ import annotations

from collections.abc import Iterable
from types import CoroutineType
from typing import Any

from agentcore.agents.model_lookup import wait_for_model
from agentcore.agents.thinker import Thinker
from agentcore.agents.thinking import deliberate
from agentcore.base.errors import TurnError
from agentcore.base.steps import Steps, run_async, run_now
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.decisions import Handoff, InSteps, StopReply
from agentcore.protocol.history import History
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.rule_result import as_reply, is_rule_result, no_reply_error
from agentcore.protocol.rules import ReplyRule

__all__ = ["a_offline_reply", "offline_reply"]


def offline_reply(
    agent: Thinker, messages: Iterable[MessageLike] | None, sender: AgentLike | None
) -> Message | None:
    """Call an agent's rules, and then its model, for a reply that is not sent.

    Args:
        messages: the history that the rules see, and whose last message is answered; by default
            the history with ``sender``.
        sender: the agent that is answered; without one, only rules that answer anyone are called.

    Returns:
        ``None`` if there is no reply.

    Raises:
        ValueError: neither was given.
        TurnError: a rule that was called is ``async def``, or needs a conversation.
        ReplyTypeError: a rule returned something that is no reply.
        ReplyError: the model stopped without an answer.
    """
    reply: Message | None = run_now(_reply(agent, messages, sender, False), wait_for_model)
    return reply


async def a_offline_reply(
    agent: Thinker, messages: Iterable[MessageLike] | None, sender: AgentLike | None
) -> Message | None:
    """`offline_reply`, awaited; ``async def`` rules are called too."""
    reply: Message | None = await run_async(_reply(agent, messages, sender, True))
    return reply


def _reply(
    agent: Thinker, messages: Iterable[MessageLike] | None, sender: AgentLike | None, later: bool
) -> Steps:
    """Return the steps that give the reply.

    Args:
        later: whether coroutines of rules may be awaited.
    """
    if messages is None and sender is None:
        raise ValueError("generate_reply needs messages, or a sender")
    name = "" if sender is None else get_agent_name(sender)
    said: Any = agent._messages.get(name) or History()
    if messages is not None:
        said = [as_message(each) for each in messages]
    peer = sender if isinstance(sender, AgentRef) else AgentRef(name, "")
    if messages is not None and said and agent._hooks is not None:
        said[-1] = yield from agent._hooks.on_received(agent, said[-1], peer)
    last = said[-1] if len(said) else None
    if sender is None:
        rules = tuple(rule for rule in agent._chain if rule.trigger.anyone)
    else:
        rules = agent.rules_for(sender)
    for rule in rules:
        result = rule.ask(rule.function, agent, last, said, peer, rule.config)
        if later and type(result) is CoroutineType:
            result = yield result
        _check_needs_no_turn(result, rule)
        if not is_rule_result(result):
            raise no_reply_error(result, agent.name, rule.name)
        final, reply = result
        if final:
            return _message_of(agent, rule, reply, last)
    steps = None if last is None else deliberate(agent, None, last, said, peer)
    if steps is None:
        return agent.default_auto_reply
    return (yield from _thought(agent, steps, last))


def _check_needs_no_turn(result: Any, rule: ReplyRule) -> None:
    """Raise ``TurnError`` if the result of a rule must be awaited, or needs a turn."""
    if type(result) is CoroutineType:
        result.close()
        raise TurnError(
            f"rule {rule.name} is async def: it answers in conversations, and a_generate_reply"
        )
    if type(result) is InSteps:
        result.steps.close()
        raise TurnError(f"rule {rule.name} needs a conversation: it converses with others itself")


def _message_of(
    agent: Thinker, rule: ReplyRule, reply: Any, last: Message | None
) -> Message | None:
    if reply is None:
        return None
    if type(reply) is Handoff:
        return _handed_off(agent, reply, last)
    return as_reply(reply, agent.name, rule.name)


def _handed_off(agent: Thinker, reply: Handoff, last: Message | None) -> Message:
    answered = Message.text("(nothing)") if last is None else last
    return reply.message_of(answered, agent.name, get_agent_name(reply.to))


def _thought(agent: Thinker, thoughts: Steps, last: Message | None) -> Steps:
    """Ask the model, or run tools."""
    value = yield from thoughts
    if isinstance(value, StopReply):
        raise ReplyError(f"{value.kind}: {value.detail}", agent=agent.name, rule="llm")
    if isinstance(value, Handoff):
        return _handed_off(agent, value, last)
    return None if value is None else as_message(value)
