"""What came of a chat: its summary, which a model may make."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from agentcore.agents.history_view import as_shown
from agentcore.agents.model_lookup import Metered, model_for, note_usage
from agentcore.agents.planned_chat import PlannedChat
from agentcore.base.errors import ModelError
from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.carryover import told
from agentcore.protocol.model_api import Completion
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transcript import ChatResult

__all__ = ["AskAgent", "check_has_model", "with_summary"]


@attrs.frozen
class AskAgent:
    """What steps yield to have a method of an agent elsewhere called; they are sent its value."""

    agent: AgentLike
    method: str
    args: tuple[Any, ...] = ()


def check_has_model(agent: Any, chat: PlannedChat) -> Steps:
    """Check that a chat that a model is to summarise has one, before it is held and paid for.

    Raises:
        ModelError: neither the agent that begins it nor its recipient has a model.
        ConfigError: the model is not in the configuration.
    """
    if not chat.briefing.reflects:
        return None
    if (yield from _with_model(agent, chat)) is None:
        names = [get_agent_name(each) for each in (chat.sender or agent, chat.recipient)]
        raise ModelError(
            "summary_method='reflection_with_llm' asks a model, and neither "
            f"{names[0]!r} nor {names[1]!r} has one: give one of them llm=, or use "
            "summary_method='last_msg'"
        )
    return None


def with_summary(agent: Any, chat: PlannedChat, result: ChatResult) -> Steps:
    """Return the steps that give a chat's result with its summary."""
    briefing = chat.briefing
    if briefing.method == "last_msg":
        return result
    if briefing.method is None:
        return attrs.evolve(result, summary="")
    if callable(briefing.method):
        summary = briefing.call(result, chat.sender or agent, chat.recipient)
        if inspect.isawaitable(summary):
            summary = yield summary
        return attrs.evolve(result, summary=told(summary))
    if result.last_message is None or result.stop.kind == StopKind.CANCELLED:
        return result  # nothing was said, or nobody waits for a model any more
    said = [e.message.as_role("user").named(e.sender) for e in result.transcript if not e.depth]
    shown = as_shown(said, lambda stream_id: None, names_in_text=True)
    text = "\n".join(told(each) for each in shown)
    asked = [briefing.instruction, {"role": "user", "content": text}]
    answer = yield from _reflected(agent, chat, asked)
    return attrs.evolve(result, summary=answer.text, summary_usage=answer.usage)


def _with_model(agent: Any, chat: PlannedChat) -> Steps:
    """Return the first with a model of: who begins the chat, who holds it, and its recipient."""
    for each in (chat.sender, agent, chat.recipient):
        if isinstance(each, str | AgentRef):
            has_model = yield AskAgent(each, "_has_model")
        else:
            llm = getattr(each, "llm", None)
            has_model = llm is not None and model_for(each, llm) is not None
        if has_model:
            return each
    return None


def _reflected(agent: Any, chat: PlannedChat, asked: list[dict[str, str]]) -> Steps:
    thinker = yield from _with_model(agent, chat)
    if not isinstance(thinker, str | AgentRef):
        return (yield Metered(model_for(thinker, thinker.llm)).complete(asked))
    answer: Completion = yield AskAgent(thinker, "_reflect", (asked,))
    note_usage(answer.usage)
    return answer
