"""`Pools`: agents that are made when their sessions begin."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.sessions import member_of, pool_place
from agentcore.runtime.pools import Pools

POOL = AgentRef("desk", "s", pool_place(("",)))


class Hosting:
    """Hosts objects: a mailbox is an object and its address here."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, Any] = {}
        self.made = 0
        self.both = threading.Barrier(2)
        self.pools = Pools(self.construct, self.host, self.mailboxes.get)

    def construct(
        self, cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        self.made += 1
        if args:
            self.both.wait(10)
        return cls()

    def host(self, agent: Any, address: str) -> Any:
        self.mailboxes[address] = (agent, address)
        return self.mailboxes[address]


@pytest.fixture
def hosting() -> Hosting:
    """Return it, with a pool ``desk``."""
    hosting = Hosting()
    hosting.pools.add(POOL, object, (), {})
    return hosting


def test_an_agent_is_made_once_for_each_session(hosting: Hosting) -> None:
    """And is a member until it has left."""
    first = hosting.pools.member(member_of(POOL, "a"))
    assert hosting.pools.member(member_of(POOL, "a")) is first
    assert hosting.pools.member(member_of(POOL, "b")) is not first
    assert hosting.pools.is_member("desk @ a")
    hosting.pools.left("desk @ a")
    assert not hosting.pools.is_member("desk @ a")


def test_two_threads_at_once_get_the_same_agent() -> None:
    """Both construct one, and the second is thrown away."""
    hosting = Hosting()
    hosting.pools.add(POOL, object, ("both",), {})
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(hosting.pools.member, [member_of(POOL, "a")] * 2))
    assert hosting.made == 2
    assert found[0] is found[1]


def test_other_addresses_are_none_of_a_pool(hosting: Hosting) -> None:
    """Nor is the name of the pool itself."""
    assert hosting.pools.member(POOL) is None
    assert hosting.pools.member(AgentRef("till", "s", "", (), "till @ a")) is None
    assert not hosting.pools.is_member("till @ a")


def test_a_pool_that_is_removed_names_its_agents(hosting: Hosting) -> None:
    """So that they can be closed; its name is free then."""
    hosting.pools.member(member_of(POOL, "b"))
    hosting.pools.member(member_of(POOL, "a"))
    assert hosting.pools.remove("desk") == ["desk @ a", "desk @ b"]
    assert "desk" not in hosting.pools
    assert hosting.pools.remove("desk") == []
