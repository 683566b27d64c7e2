"""How the conformance tests of groups spawn a group and its members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentcore.groups.group import GroupChat
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.group_members import Link

__all__ = ["NAMES", "ending", "group", "links"]

NAMES = ("alice", "bob", "carol")


def group(
    system: AgentSystem, members: Sequence[Any] = NAMES, name: str = "team", **options: Any
) -> AgentRef:
    """Spawn a group, which selects its speakers in turn if not told otherwise."""
    options.setdefault("speaker_selection", "round_robin")
    return system.spawn(GroupChat, name, members, **options)


def links(system: AgentSystem, names: Sequence[str] = NAMES, **options: Any) -> list[AgentRef]:
    """Spawn a member for each name, on whatever host the backend chooses."""
    return [system.spawn(Link, name, **options) for name in names]


def ending(result: Any) -> dict[str, Any]:
    """Give what the group's answer says of its end: rounds, stop and speaker."""
    return dict(result.last_message.metadata["group"])
