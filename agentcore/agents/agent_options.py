"""The arguments of an agent's constructor: their types, and the checks of some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypedDict

from agentcore.agents.history_limit import HistoryLimitLike
from agentcore.agents.history_policies import PolicyLike
from agentcore.protocol.address import SEPARATOR
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.long_term_memory import LongTermMemory
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.model_api import ChatModel, Sampling
from agentcore.protocol.state import HumanMode
from agentcore.tools.approval import Approval
from agentcore.tools.tool import ToolLike, ToolSource

__all__ = [
    "HABITS",
    "AgentOptions",
    "HumanInputMode",
    "check_types",
    "checked_model",
    "checked_name",
    "human_mode",
]

# What ``human_input_mode=`` takes.
HumanInputMode: TypeAlias = Literal["NEVER", "TERMINATE", "ALWAYS"]

_MODEL_HABIT = (
    "llm= takes a model, as llm=OpenAIModel(...), or the name of one in the configuration, as "
    'llm="fast" for [models.fast]; docs/howto/migrate.md says what becomes of AutoGen\'s names'
)
# What other frameworks call an argument, and what is given here in its place.
HABITS: Final = {
    "llm_config": _MODEL_HABIT,
    "model": _MODEL_HABIT,
    "model_client": _MODEL_HABIT,
    "prompt": "the text for the model is system_message=",
    "instructions": "the text for the model is system_message=",
    "function_map": "the functions that a model may call are tools=[f]",
    "functions": "the functions that a model may call are tools=[f]",
    "library": 'a library is given as retrieval=, as retrieval=Library("./library")',
    "message_store": "messages are kept by a MessageStore, an agent: see docs/howto/memory.md",
    "code_execution_config": "a CodeAgent of agentcore.data runs code, in a sandbox; leave it out",
}


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
    chat_messages: Mapping[Any, Any] | None
    history_limit: HistoryLimitLike | None
    handoffs: Iterable[AgentLike | Handoff]
    memory: LongTermMemory | None


def checked_name(name: Any) -> str:
    """Read an agent's name.

    Raises:
        ValueError: it is no str, or empty, or has the separator of addresses.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"an agent's name is a non-empty str, not {name!r}")
    if SEPARATOR in name:
        raise ValueError(f"an agent's name has no {SEPARATOR!r} in it, as {name!r} has")
    return name


def check_types(system_message: object, is_termination_msg: object) -> None:
    """Check arguments of which a wrong one would be found out only in a turn.

    Raises:
        TypeError: the system message is no text, or the predicate no function.
    """
    if is_termination_msg is not None and not callable(is_termination_msg):
        raise TypeError(f"is_termination_msg= is a predicate, not {is_termination_msg!r}")
    if not isinstance(system_message, str | None):
        raise TypeError(f"system_message= is a text, not {system_message!r:.200}")


def checked_model(llm: Any) -> Any:
    """Return what is given as ``llm=``; ``False`` means none, as in AutoGen.

    Raises:
        ExtraMissingError: the package that the model needs is not installed here.
        TypeError: it is a class, or the configuration of another framework.
    """
    if llm is None or llm is False:
        return None
    if isinstance(llm, Mapping | list | tuple):  # it is not shown, because it may hold a key
        raise TypeError(f"llm= is not a {type(llm).__name__}: {_MODEL_HABIT}")
    if isinstance(llm, type):
        raise TypeError(f"llm= is a model, and {llm.__name__} is a class: make one of it")
    check_extra = getattr(llm, "check_extra", None)
    if callable(check_extra):
        check_extra()
    return llm


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
