"""Sessions: the refs by which agents take part in a conversation."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.protocol.address import SEPARATOR, address_in, name_of, part_of
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.sessions import as_peer, as_peers, member_of, places_of, pool_place

ALICE, USER = AgentRef("alice", "s", "h0"), AgentRef("user", "s", "d", (), "user @ 7")
POOL = AgentRef("desk", "s", pool_place(("h0", "h1", "h2")), ("m:Desk",))
NAMES = st.text(min_size=1).filter(lambda name: SEPARATOR not in name + " ")


@given(NAMES, st.text(min_size=1))
def test_name_and_part_of_an_address_are_found_again(name: str, part: str) -> None:
    """Whatever a session is called, also if it has the separator in it."""
    address = address_in(name, part)
    if not (name + SEPARATOR).startswith(SEPARATOR):
        assert (name_of(address), part_of(address)) == (name, part)


def test_an_agent_without_a_session_takes_part_as_it_is() -> None:
    """Its peers keep their histories with it under its address."""
    assert as_peer(ALICE, "", USER) is ALICE
    assert (ALICE.address, ALICE.key, USER.key) == ("alice", "alice", "user @ 7")


def test_a_session_changes_the_key_and_not_the_address() -> None:
    """So messages still arrive, and refs stay equal."""
    me, peer = as_peers(USER, ALICE, "abc")
    assert (me.address, me.key) == ("user @ 7", "user @ abc")
    assert (peer.address, peer.key) == ("alice", "alice @ abc")
    assert (me, peer) == (USER, ALICE)
    assert pickle.loads(pickle.dumps(me)).key == "user @ abc"


@given(st.text(min_size=1))
def test_every_process_finds_the_same_agent_of_a_pool(session: str) -> None:
    """It is at one of the pool's places, and has the same address wherever it is looked up."""
    member = as_peer(POOL, session, USER)
    assert member.place in places_of(POOL)
    assert member == member_of(pickle.loads(pickle.dumps(POOL)), session)
    assert (member.key, member.kinds, member.is_pool) == (member.address, POOL.kinds, False)
    assert as_peer(member, session, USER).key == member.key


@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_sessions_are_spread_over_the_places(count: int) -> None:
    """About as many to each, also where they are few, and numbered."""
    pool = AgentRef("desk", "s", pool_place([f"h{number}" for number in range(count)]))
    places = [member_of(pool, str(number)).place for number in range(10 * count)]
    assert all(3 <= places.count(place) <= 18 for place in places_of(pool))


def test_without_a_session_the_agent_of_a_pool_is_that_of_whoever_converses_with_it() -> None:
    """One for each of them."""
    assert as_peer(POOL, "", USER).address == "desk @ user @ 7"
    assert as_peer(POOL, "", ALICE).address == "desk @ alice"
