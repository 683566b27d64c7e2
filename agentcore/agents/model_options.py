"""`ModelOptions`: the arguments of an agent about models and tools; most agents have none."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Literal, TypeGuard

import attrs

from agentcore.agents.handoff_tools import as_handoffs, plain_handoff_tools
from agentcore.agents.history_policies import PolicyLike
from agentcore.base.checks import several
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.long_term_memory import LongTermMemory
from agentcore.protocol.model_api import NO_SAMPLING, Sampling, as_sampling
from agentcore.tools.approval import Predicate, approval
from agentcore.tools.decorator import as_tool, bound_tools, warn_if_undescribed
from agentcore.tools.tool import ToolLike, ToolSource

__all__ = ["DEFAULT_MODEL_OPTIONS", "MAX_TOOL_ROUNDS", "ModelOptions", "is_source", "plain_tools"]

MAX_TOOL_ROUNDS = 10
STREAMED = 256  # of how many streams an agent keeps the text, to show it to its model later


def _is_policy(options: Any, attribute: Any, value: Any) -> None:
    if value is not None and not callable(value):
        raise TypeError(
            "history_policy= is keep_last(20), summarise(), or a function of the messages and the "
            f"model, not {value!r}"
        )


def _is_a_count(options: Any, attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"max_tool_rounds is a whole number, 0 or more, not {value!r}")


def _is_a_memory(options: Any, attribute: Any, value: Any) -> None:
    if value is not None and not isinstance(value, LongTermMemory):
        raise TypeError(f'memory= is a Memory, as Memory("./memory"), not {value!r:.200}')


def _tools(value: Any) -> tuple[Any, ...]:
    return several(value, "tools= is a list of tools, as in tools=[f]")


@attrs.define(eq=False)
class ModelOptions:
    """The arguments of `ConversableAgent` about models and tools, checked.

    Attributes:
        tools: functions, `Tool` objects, and objects with ``async def tools()``, such as MCP
            servers.
        executor: the agent that runs the calls that this one's model proposes; ``None`` for itself.
        approve: ``True`` to ask a human before a call runs, a predicate of the `ToolRequest`, or
            ``None``; a tool's own ``approve`` comes first.
        max_tool_rounds: how often in one turn the model may propose calls, 0 or more.
        history_policy: chooses the messages that the model is shown; ``None`` for all.
        stream: whether answers are streams.
        sampling: what is set here replaces the model's own settings.
        show_thinking: whether what the model thinks aloud stays in its answers.
        memory: what is known of earlier chats, and learns from this one; ``None`` for none.
        handoffs: to whom the model may hand the conversation off, each with a tool of its own.
        removed: the names of tools of its class that the agent no longer has.
    """

    tools: tuple[ToolLike | ToolSource, ...] = attrs.field(default=(), converter=_tools)
    executor: AgentLike | None = None
    approve: Literal[True] | Predicate | None = attrs.field(default=None, converter=approval)
    max_tool_rounds: int = attrs.field(default=MAX_TOOL_ROUNDS, validator=_is_a_count)
    history_policy: PolicyLike | None = attrs.field(default=None, validator=_is_policy)
    stream: bool = False
    sampling: Sampling = attrs.field(default=NO_SAMPLING, converter=as_sampling)
    show_thinking: bool = False
    handoffs: tuple[Handoff, ...] = attrs.field(default=(), converter=as_handoffs)
    memory: LongTermMemory | None = attrs.field(default=None, validator=_is_a_memory)
    removed: frozenset[str] = attrs.field(default=frozenset(), init=False)
    _streamed: OrderedDict[str, str] = attrs.field(factory=OrderedDict, init=False)

    @classmethod
    def of_agent(cls, agent: object, *given: Any) -> ModelOptions | None:
        """Make the options of the arguments of an agent's constructor, in the same order.

        Returns:
            ``None`` if none was given, to save most agents an object.

        Raises:
            TypeError, ValueError, ToolError: one of them is wrong.
        """
        if given == _NOTHING_GIVEN:
            return None
        options = cls(*given)
        plain = plain_tools(options.tools)
        bound_tools(agent, [*plain, *plain_handoff_tools(options.handoffs)])  # raises
        for each in plain:
            warn_if_undescribed(as_tool(each))
        return options

    def keep(self, stream_id: str, text: str) -> None:
        """Keep the text of a stream."""
        self._streamed[stream_id] = text
        if len(self._streamed) > STREAMED:
            self._streamed.popitem(last=False)

    def streamed(self, stream_id: str) -> str | None:
        """Give the text of a stream; ``None`` if it is no longer kept."""
        return self._streamed.get(stream_id)


_NOTHING_GIVEN = ((), None, None, MAX_TOOL_ROUNDS, None, False, NO_SAMPLING, False, (), None)


def plain_tools(tools: Iterable[ToolLike | ToolSource]) -> list[Any]:
    """Give the tools of ``tools=``, without objects that give further tools."""
    return [each for each in tools if not is_source(each)]


def is_source(value: Any) -> TypeGuard[ToolSource]:
    """Whether it is an object with ``async def tools()``, which gives tools, and no tool."""
    return callable(getattr(value, "tools", None))


DEFAULT_MODEL_OPTIONS = ModelOptions()
