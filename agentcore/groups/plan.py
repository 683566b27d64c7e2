"""The checked settings of a group chat."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean, several
from agentcore.groups.selector import DEFAULT_SELECTOR, Selector
from agentcore.groups.strategies import SELECTIONS, Strategy, strategy_for
from agentcore.groups.transitions import Transitions
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.chat_options import Until
from agentcore.protocol.condition import Condition, as_condition

__all__ = ["GroupPlan"]

INTRODUCTION: Final = "Hello everyone. In this conversation take part:\n{roles}"
POLICIES: Final = ("stop", "continue")


@attrs.frozen
class GroupPlan:
    """What a group chat does, as its constructor was told; the same for each run of the group.

    Attributes:
        group: the name of the group's agent.
        members: the members, in order: refs, names or agent objects.
        transitions: who may speak after whom.
        strategy: selects the next speaker; the fallback where a model or a human is asked, which
            its name says.
        by_name: the strategies that a function may return the names of.
        max_round: the number of messages that the members may say.
        admin: the name of the member who selects for ``manual`` and who speaks after a failure.
        on_failure: ``stop`` or ``continue``, when a member fails.
        until: a condition that ends the members' conversation.
        selector: how a model is asked who speaks next.
        introduction: what members are told of each other first, with ``{roles}`` for their names
            and descriptions; ``None`` for nothing.
    """

    group: str
    members: tuple[AgentLike, ...]
    transitions: Transitions
    strategy: Strategy
    by_name: Mapping[str, Strategy]
    max_round: int
    admin: str | None
    on_failure: str
    until: Condition | None
    selector: Selector = DEFAULT_SELECTOR
    introduction: str | None = None

    @classmethod
    def of(
        cls,
        group: str,
        agents: Iterable[AgentLike] | None,
        *,
        max_round: int,
        speaker_selection: Any,
        allowed_transitions: Mapping[Any, Iterable[AgentLike]] | None,
        admin: AgentLike | None,
        on_failure: str,
        until: Until | None,
        seed: int,
        has_model: bool,
        selector: Selector | Mapping[str, Any] = DEFAULT_SELECTOR,
        send_introductions: bool | str = False,
    ) -> GroupPlan:
        """Check the arguments of `GroupChat`, whose docstring describes them.

        Args:
            group: the name of the group's agent.
            has_model: whether the group was given ``llm=``.

        Raises:
            ValueError, TypeError, SpeakerError: an argument cannot be used.
        """
        members = several(agents or (), "the members of a group are a list of agents")
        if group in map(get_agent_name, members):
            raise ValueError(f"the group {group!r} cannot be a member of itself")
        if allowed_transitions is not None and not isinstance(allowed_transitions, Mapping):
            raise TypeError(
                "allowed_transitions says for each speaker who may follow, as in "
                f"{{'amy': ['bert']}}, not {allowed_transitions!r:.200}"
            )
        transitions = Transitions.of(members, allowed_transitions)
        names = transitions.members
        _warn_of_silent(group, transitions)
        strategy = strategy_for(speaker_selection, names, seed)
        by_name = {each: strategy_for(each, names, seed) for each in SELECTIONS}
        if type(max_round) is not int or max_round < 1:
            raise ValueError(f"max_round is 1 or more, not {max_round!r}")
        if on_failure not in POLICIES:
            raise ValueError(f"on_failure is one of {', '.join(POLICIES)}, not {on_failure!r}")
        if strategy.name == "auto" and not has_model:
            raise ValueError('speaker_selection="auto" asks a model who speaks next: give llm=')
        chief = None if admin is None else get_agent_name(admin)
        if chief is not None and chief not in names:
            raise ValueError(f"admin={chief!r} is no member; they are: {', '.join(names)}")
        condition = None if until is None else as_condition(until)
        return cls(
            group, members, transitions, strategy, by_name, max_round, chief, on_failure, condition,
            _selector(selector), _introduction(send_introductions),
        )  # fmt: skip


def _selector(value: Any) -> Selector:
    if isinstance(value, Mapping):
        known = [each.name for each in attrs.fields(Selector)]
        for key in value:
            if key not in known:
                hint = did_you_mean(str(key), known)
                raise TypeError(f"selector= has no {key!r}{hint}; it has {', '.join(known)}")
        value = Selector(**value)
    if not isinstance(value, Selector):
        raise TypeError(f"selector= is a Selector(message=..., ...), not {value!r:.200}")
    return value


def _introduction(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return INTRODUCTION if value else None
    if not isinstance(value, str) or not value:
        raise TypeError(
            f"send_introductions= is a bool, or a text in which {{roles}} stands for the members, "
            f"not {value!r:.200}"
        )
    return value


def _warn_of_silent(group: str, transitions: Transitions) -> None:
    never = transitions.never_reached()
    if never:
        warnings.warn(
            f"in the group {group!r} {', '.join(never)} may never speak: no allowed_transitions "
            f"lead there from {transitions.members[0]}, the first member; only who begins, or is "
            "chosen first, speaks nevertheless",
            stacklevel=4,
        )
