"""Who may speak after whom in a group: ``allowed_transitions=``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.protocol.agent_ref import AgentLike, get_agent_name

__all__ = ["Transitions"]


@attrs.frozen
class Transitions:
    """The directed graph of who may speak after whom.

    Attributes:
        members: the names of the group's members, in order.
        edges: for each member, the names of those who may follow; ``None`` if anyone may follow
            anyone.
    """

    members: tuple[str, ...]
    edges: Mapping[str, frozenset[str]] | None = attrs.field(default=None, hash=False)

    @classmethod
    def of(
        cls,
        members: Iterable[AgentLike],
        allowed: Mapping[Any, Iterable[AgentLike]] | None = None,
    ) -> Transitions:
        """Check ``allowed_transitions=`` and make the graph of it.

        Args:
            members: the group's members, in order: agents, refs or names.
            allowed: for a speaker, those who may speak next. ``None`` lets everyone follow
                everyone, themselves included. Nobody may follow a speaker that has no entry.

        Raises:
            ValueError: a name belongs to no member, or occurs twice; the message lists the
                members.
            TypeError: an entry is no agent, or no list of agents.
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
        """Give the names of those who may speak after ``speaker``, in the members' order.

        Anyone may follow a speaker who is no member, and ``None``.
        """
        if self.edges is None or speaker not in self.members:
            return self.members
        followers = self.edges.get(speaker or "", frozenset())
        return tuple(name for name in self.members if name in followers)

    def never_reached(self) -> tuple[str, ...]:
        """Return the members to whom no transitions lead from the first one, in order.

        They speak only if they begin, or if they are chosen after somebody who is no member.
        """
        reached = {self.members[0]}
        fresh = [self.members[0]]
        while fresh:
            after = [name for name in self.after(fresh.pop()) if name not in reached]
            reached.update(after)
            fresh += after
        return tuple(name for name in self.members if name not in reached)


def _member(agent: Any, members: tuple[str, ...]) -> str:
    name = get_agent_name(agent)
    if name not in members:
        raise ValueError(
            f"allowed_transitions names {name!r}, who is no member of the group"
            f"{did_you_mean(name, members)}; its members are: {', '.join(members)}"
        )
    return name
