"""What an agent that thinks has beside its model; most agents have none of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeGuard

import attrs

from agentcore.agents.history_policies import PolicyLike
from agentcore.base.checks import several
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.model_api import NO_SAMPLING, Sampling
from agentcore.tools.approval import Predicate, approval
from agentcore.tools.decorator import bound_tools
from agentcore.tools.tool import ToolLike, ToolSource

__all__ = ["DEFAULT_MODEL_OPTIONS", "MAX_TOOL_ROUNDS", "ModelOptions", "is_source", "plain_tools"]

MAX_TOOL_ROUNDS = 10
STREAMED = 256  # streams of which an agent keeps the text, for its model to see later


def _is_policy(options: Any, attribute: Any, value: Any) -> None:
    if value is not None and not callable(value):
        raise TypeError(
            "history_policy= is keep_last(20), summarise(), or a function of the messages and the "
            f"model, not {value!r}"
        )


def _is_a_count(options: Any, attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"max_tool_rounds is a whole number, 0 or more, not {value!r}")


def _tools(value: Any) -> tuple[Any, ...]:
    return several(value, "tools= is a list of tools, as in tools=[f]")


def _sampling(value: Any) -> Sampling:
    if isinstance(value, Mapping):
        value = Sampling(**value)
    if not isinstance(value, Sampling):
        raise TypeError(f"sampling= is a Sampling(temperature=0, ...), not {value!r}")
    return value


@attrs.define(eq=False)
class ModelOptions:
    """How an agent thinks: the arguments of `ConversableAgent` that have to do with models.

    Attributes:
        tools: what was given as ``tools=``.
        executor: who runs the calls that the agent proposes; ``None`` for itself.
        approve: who is asked before a call runs, where its tool does not say.
        max_tool_rounds: how often in one turn the model may propose calls.
        history_policy: shortens what the model is shown.
        stream: whether answers are streams.
        sampling: over what the model is set to.
    """

    tools: tuple[ToolLike | ToolSource, ...] = attrs.field(default=(), converter=_tools)
    executor: AgentLike | None = None
    approve: Literal[True] | Predicate | None = attrs.field(default=None, converter=approval)
    max_tool_rounds: int = attrs.field(default=MAX_TOOL_ROUNDS, validator=_is_a_count)
    history_policy: PolicyLike | None = attrs.field(default=None, validator=_is_policy)
    stream: bool = False
    sampling: Sampling = attrs.field(default=NO_SAMPLING, converter=_sampling)
    _streamed: OrderedDict[str, str] = attrs.field(factory=OrderedDict, init=False)

    @classmethod
    def of_agent(cls, agent: object, *given: Any) -> ModelOptions | None:
        """Read the arguments of an agent's constructor, in the order of the attributes.

        Returns:
            ``None`` if none was given: most agents do without the object.

        Raises:
            TypeError, ValueError, ToolError: one of them is wrong.
        """
        if given == _NOTHING_GIVEN:
            return None
        options = cls(*given)
        bound_tools(agent, plain_tools(options.tools))  # raises
        return options

    def keep(self, stream_id: str, text: str) -> None:
        """Remember what was said in a stream."""
        self._streamed[stream_id] = text
        if len(self._streamed) > STREAMED:
            self._streamed.popitem(last=False)

    def streamed(self, stream_id: str) -> str | None:
        """Give what was said in a stream, if it is still known."""
        return self._streamed.get(stream_id)


_NOTHING_GIVEN = ((), None, None, MAX_TOOL_ROUNDS, None, False, NO_SAMPLING)


def plain_tools(tools: Iterable[ToolLike | ToolSource]) -> list[Any]:
    """Give those of an agent's ``tools=`` that are tools, and no sources of tools."""
    return [each for each in tools if not is_source(each)]


def is_source(value: Any) -> TypeGuard[ToolSource]:
    """Whether it has tools to give: an object with an ``async def tools()``."""
    return callable(getattr(value, "tools", None))


DEFAULT_MODEL_OPTIONS = ModelOptions()
