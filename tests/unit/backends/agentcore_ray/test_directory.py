"""The directory, as a plain object: which names there are after hosts began their lives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentcore.backend import CoreSettings
from agentcore_ray.directory import Directory
from agentcore_ray.system_config import SystemConfig
from agentcore_thread import ThreadSettings


def directory() -> Directory:
    """A directory that knows no host yet."""
    return Directory(SystemConfig("space", ("h0", "h1"), ThreadSettings(), CoreSettings(), {}))


def test_the_first_life_of_a_host_wipes_nothing() -> None:
    """A name is reserved before the process of a host of its own is up."""
    names = directory()
    assert names.reserve({"alone": "d-1"}, ()) == ""
    names.begin_life("d-1", "first")
    assert names.find("alone") == ("alone", "d-1", ())


def test_a_later_life_wipes_what_was_registered_in_earlier_ones() -> None:
    """Also what was reserved before the first; other places keep theirs."""
    names = directory()
    names.reserve({"early": "h0", "other": "h1"}, ())
    names.begin_life("h0", "first")
    names.reserve({"late": "h0"}, ())
    names.begin_life("h0", "second")
    assert set(names.agents()) == {"other"}


def test_a_name_of_another_place_is_not_registered() -> None:
    """To register again where the agent is does no harm; elsewhere, none of the names is."""
    names = directory()
    names.reserve({"bob": "h0"}, ())
    assert names.register({"bob": "h0"}, ("Bob",)) == ""
    assert names.register({"new": "h1", "bob": "h1"}, ()) == "bob"
    assert names.agents() == {"bob": ("h0", ("Bob",))}


@given(st.lists(st.sampled_from(["begin", "reserve"]), max_size=12))
def test_what_is_registered_after_a_life_began_lasts_as_long_as_that_life(steps: list[str]) -> None:
    """Whatever came before: the names are those reserved since the latest life but the first."""
    names, alive, lives = directory(), set[str](), 0
    for number, step in enumerate(steps):
        if step == "reserve":
            names.reserve({f"a{number}": "h0"}, ())
            alive.add(f"a{number}")
        else:
            names.begin_life("h0", str(lives))
            alive = alive if lives == 0 else set()
            lives += 1
    assert set(names.agents()) == alive
