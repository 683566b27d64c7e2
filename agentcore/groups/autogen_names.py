"""The arguments that AutoGen 0.2 has for groups: read as ours, or refused with the name of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from typing import Any, Final

from agentcore.base.checks import several
from agentcore.groups.selector import Selector
from agentcore.groups.transitions import Transitions
from agentcore.protocol.agent_ref import AgentLike, get_agent_name

__all__ = ["read_autogen_names"]

RENAMED: Final = {"speaker_selection_method": "speaker_selection", "admin_name": "admin"}
OF_SELECTOR: Final = {
    "select_speaker_message_template": "message",
    "select_speaker_prompt_template": "prompt",
    "select_speaker_auto_multiple_template": "several",
    "select_speaker_auto_none_template": "nobody",
    "max_retries_for_selecting_speaker": "retries",
    "role_for_select_speaker_messages": "role",
}
OF_TRANSITIONS: Final = (
    "allowed_or_disallowed_speaker_transitions", "speaker_transitions_type",
    "allow_repeat_speaker",
)  # fmt: skip
# What there is only in one value, which is what a group does anyway.
FIXED: Final = {
    "func_call_filter": (True, "a call always goes to a member that has the tool"),
    "enable_clear_history": (False, 'clear it with ref.call("clear_history")'),
}
REFUSED: Final = {
    "groupchat": "GroupChat is the group and its manager in one: give it the arguments of both",
    "select_speaker_auto_llm_config": "give llm=, and sampling= for the model that chooses",
    "select_speaker_auto_model_client_cls": "give llm=, which may be any ChatModel",
    "select_speaker_auto_verbose": 'write logger.enable("agentcore"), with loguru\'s logger',
    "select_speaker_transform_messages": "give history_policy=, such as keep_last(20)",
}


def read_autogen_names(
    options: MutableMapping[str, Any], given: Collection[str], members: Iterable[AgentLike]
) -> dict[str, Any]:
    """Take AutoGen's names out of the options of a group, and return what they mean here.

    Args:
        options: the keywords that are none of the group's own; those read here are removed.
        given: the names of our arguments that were given.
        members: the members of the group.

    Raises:
        TypeError, ValueError: a name has no meaning here, or what it means was given as well.
    """
    for name, advice in REFUSED.items():
        if name in options:
            raise TypeError(f"GroupChat has no argument {name!r}: {advice}")
    for name, (only, why) in FIXED.items():
        if name in options and options.pop(name) is not only:
            raise TypeError(f"GroupChat takes {name}={only} only: {why}")
    read: dict[str, Any] = {}
    for name, ours in RENAMED.items():
        if name in options:
            read[ours] = options.pop(name)
    words = {ours: options.pop(name) for name, ours in OF_SELECTOR.items() if name in options}
    if words:
        read["selector"] = Selector(**words)
    transitions = {name: options.pop(name) for name in OF_TRANSITIONS if name in options}
    if any(value is not None for value in transitions.values()):
        read["allowed_transitions"] = _transitions(members, *map(transitions.get, OF_TRANSITIONS))
    for ours in read:
        if ours in given:
            raise TypeError(f"GroupChat was given {ours}= in AutoGen's name and in ours: give one")
    return read


def _transitions(members: Iterable[AgentLike], graph: Any, kind: Any, repeat: Any) -> Any:
    names = [get_agent_name(each) for each in members]
    if graph is None:
        if kind is not None:
            raise TypeError(
                "speaker_transitions_type= goes with allowed_or_disallowed_speaker_transitions="
            )
        return _without_repeats(names, repeat)
    if repeat is not None:
        raise TypeError(
            "allow_repeat_speaker= does not go with a graph: leave out, or add, the edges from a "
            "member to itself"
        )
    if kind not in ("allowed", "disallowed"):
        raise ValueError(f"speaker_transitions_type= is 'allowed' or 'disallowed', not {kind!r}")
    if kind == "allowed" or not isinstance(graph, Mapping):
        return graph
    refused = Transitions.of(names, graph).edges or {}
    return _graph(names, lambda before, after: after not in refused.get(before, ()))


def _without_repeats(names: list[str], repeat: Any) -> Any:
    if repeat is True:
        return None
    may = () if repeat is False else several(repeat, "allow_repeat_speaker= is a bool, or agents")
    again = set(map(get_agent_name, may))
    return _graph(names, lambda before, after: before != after or before in again)


def _graph(names: list[str], allowed: Callable[[str, str], bool]) -> dict[str, list[str]]:
    return {before: [each for each in names if allowed(before, each)] for before in names}
