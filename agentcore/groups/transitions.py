"""How things stand in a group when the next speaker is chosen, and who may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.protocol.agent_ref import get_agent_name

__all__ = ["Floor", "Transitions"]


@attrs.frozen
class Floor:
    """How things stand when the next speaker is chosen.

    Attributes:
        last_speaker: who said the last message, member or not; ``None`` before the first.
        messages: what was said so far, in order: mappings with ``name`` and ``content``.
    """

    last_speaker: str | None = None
    messages: Sequence[Mapping[str, Any]] = ()


@attrs.frozen
class Transitions:
    """Who may speak after whom.

    Attributes:
        members: names of the group's members, in order.
        edges: of each member those who may follow; ``None``: anyone may follow anyone.
    """

    members: tuple[str, ...]
    edges: Mapping[str, frozenset[str]] | None = attrs.field(default=None, hash=False)

    @classmethod
    def of(
        cls, members: Iterable[Any], allowed: Mapping[Any, Iterable[Any]] | None = None
    ) -> Transitions:
        """Read ``allowed_transitions=``.

        Args:
            members: the group's members, in order: agents, refs or names.
            allowed: of a speaker those who may speak next. ``None`` lets everyone follow
                everyone, themselves included. A speaker that has no entry is followed by nobody.

        Raises:
            ValueError: a name is no member's, or is there twice; the message lists the members.
            TypeError: something that is no agent, or no list of agents.
        """
        names = tuple(map(get_agent_name, members))
        if not names or len(set(names)) < len(names):
            listed = ", ".join(names) or "none"
            raise ValueError(f"a group has one member or more, each once; it was given {listed}")
        if allowed is None:
            return cls(names)
        edges: dict[str, frozenset[str]] = {}
        for speaker, followers in allowed.items():
            name = _member(speaker, names)
            if name in edges:
                raise ValueError(f"allowed_transitions has two entries for {name!r}")
            if isinstance(followers, str) or not isinstance(followers, Iterable):
                raise TypeError(
                    f"allowed_transitions[{name!r}] lists those who may follow, as in ['bob']; "
                    f"it is {followers!r}"
                )
            edges[name] = frozenset(_member(each, names) for each in followers)
        return cls(names, edges)

    def after(self, speaker: str | None) -> tuple[str, ...]:
        """Give those who may speak after ``speaker``, in members' order.

        Whoever is no member, and ``None``, may be followed by anyone.
        """
        if self.edges is None or speaker not in self.members:
            return self.members
        followers = self.edges.get(speaker or "", frozenset())
        return tuple(name for name in self.members if name in followers)


def _member(agent: Any, members: tuple[str, ...]) -> str:
    name = get_agent_name(agent)
    if name not in members:
        raise ValueError(
            f"allowed_transitions names {name!r}, who is no member of the group"
            f"{did_you_mean(name, members)}; its members are: {', '.join(members)}"
        )
    return name
