"""The arguments of an agent's constructor: their types, and the checks of some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypedDict

from agentcore.agents.history_policies import PolicyLike
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.model_api import ChatModel, Sampling
from agentcore.protocol.state import HumanMode
from agentcore.tools.approval import Approval
from agentcore.tools.tool import ToolLike, ToolSource

__all__ = ["AgentOptions", "HumanInputMode", "check_types", "checked_name", "human_mode"]

# What ``human_input_mode=`` takes.
HumanInputMode: TypeAlias = Literal["NEVER", "TERMINATE", "ALWAYS"]


class AgentOptions(TypedDict, total=False):
    """The arguments of `ConversableAgent` beside the name.

    They type the ``**options`` of a subclass that passes them on, as
    ``**options: Unpack[AgentOptions]``.
    """

    llm: ChatModel | str | None
    retrieval: Any
    system_message: str | None
    is_termination_msg: Callable[[Message], Any] | None
    max_consecutive_auto_reply: int | None
    human_input_mode: HumanInputMode | None
    default_auto_reply: MessageLike | None
    description: str | None
    tools: Iterable[ToolLike | ToolSource]
    executor: AgentLike | None
    approve: Approval
    max_tool_rounds: int
    history_policy: PolicyLike | None
    stream: bool
    sampling: Sampling | Mapping[str, Any]
    show_thinking: bool
    handoffs: Iterable[AgentLike | Handoff]


def checked_name(name: Any) -> str:
    """Read an agent's name.

    Raises:
        ValueError: it is no str, or empty.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"an agent's name is a non-empty str, not {name!r}")
    return name


def check_types(llm: object, system_message: object, is_termination_msg: object) -> None:
    """Check arguments of which a wrong one would be found out only in a turn.

    Raises:
        TypeError: the model is a class, the system message no text, or the predicate no function.
    """
    if isinstance(llm, type):
        raise TypeError(f"llm= is a model, and {llm.__name__} is a class: make one of it")
    if is_termination_msg is not None and not callable(is_termination_msg):
        raise TypeError(f"is_termination_msg= is a predicate, not {is_termination_msg!r}")
    if not isinstance(system_message, str | None):
        raise TypeError(f"system_message= is a text, not {system_message!r:.200}")


def human_mode(value: str) -> HumanMode:
    """Read ``human_input_mode=``.

    Raises:
        ValueError: there is no such mode.
    """
    try:
        return HumanMode(value)
    except ValueError:
        modes = ", ".join(mode.value for mode in HumanMode)
        raise ValueError(f"human_input_mode is one of {modes}, not {value!r}") from None
