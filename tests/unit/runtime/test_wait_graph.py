"""Following waits: does an agent that waits depend on one of a message's chain?"""

from __future__ import annotations

import pytest

from agentcore import AgentRef
from agentcore.runtime.wait_graph import follow

Graph = dict[str, list[str]]


def ask(
    graph: Graph, frontier: list[str], chain: list[str], visited: list[str] | None = None
) -> tuple[bool, set[str], set[str]]:
    """Follow waits in ``graph``: who is no key of it lives in another process."""

    def waits_of(name: str) -> tuple[AgentRef, ...] | None:
        return tuple(map(ref, graph[name])) if name in graph else None

    found, elsewhere, seen = follow(map(ref, frontier), frozenset(chain), waits_of, visited or [])
    names = [each.name for each in elsewhere]
    assert len(names) == len(set(names)), "each of them is asked once"
    return found, set(names), set(seen)


def ref(name: str) -> AgentRef:
    return AgentRef(name, "system")


@pytest.mark.parametrize(
    ("graph", "frontier", "chain"),
    [
        ({"bob": []}, ["bob"], ["bob"]),
        ({"bob": ["alice"]}, ["bob"], ["alice"]),
        ({"bob": ["carol"], "carol": ["dave"], "dave": ["alice"]}, ["bob"], ["alice"]),
        ({"bob": [], "carol": ["alice"]}, ["bob", "carol"], ["alice"]),
        ({"bob": ["x", "carol"], "x": [], "carol": ["user2"]}, ["bob"], ["user2", "alice"]),
        ({"bob": ["carol"], "carol": ["bob", "alice"]}, ["bob"], ["alice"]),
    ],
    ids=["at once", "one wait on", "three on", "second peer", "second branch", "beside a cycle"],
)
def test_one_of_the_chain_is_reached_along_the_waits(
    graph: Graph, frontier: list[str], chain: list[str]
) -> None:
    """Directly or through others; then nobody else need be asked."""
    found, elsewhere, _ = ask(graph, frontier, chain)
    assert found
    assert elsewhere == set()


@pytest.mark.parametrize(
    ("graph", "frontier", "visited"),
    [
        ({}, [], set()),
        ({"bob": []}, ["bob"], {"bob"}),
        ({"bob": ["carol"], "carol": []}, ["bob"], {"bob", "carol"}),
        ({"bob": ["bob"]}, ["bob"], {"bob"}),
        ({"bob": ["carol"], "carol": ["bob"]}, ["bob"], {"bob", "carol"}),
        ({"bob": [], "carol": ["alice"]}, ["bob"], {"bob"}),
    ],
    ids=["nobody", "no wait", "an end", "itself", "a cycle", "a wait the other way"],
)
def test_who_does_not_depend_on_the_chain_is_not_found(
    graph: Graph, frontier: list[str], visited: set[str]
) -> None:
    """The search ends, in a cycle too, and says whom it looked at."""
    assert ask(graph, frontier, ["alice"]) == (False, set(), visited)


def test_agents_of_other_processes_are_named_and_not_visited() -> None:
    """Whoever knows their waits goes on from them; each is named once, however it is reached."""
    graph = {"bob": ["far", "carol"], "carol": ["far", "further"]}
    assert ask(graph, ["bob"], ["alice"]) == (False, {"far", "further"}, {"bob", "carol"})


def test_one_of_the_chain_is_known_wherever_it_lives() -> None:
    """Its name is enough."""
    assert ask({"bob": ["alice"]}, ["bob"], ["alice"])[0]
    assert ask({}, ["alice"], ["alice"])[0]


def test_who_was_visited_before_is_not_followed_again() -> None:
    """Nor named again: a probe that comes back ends."""
    graph = {"bob": ["carol"], "carol": ["far"]}
    assert ask(graph, ["bob"], ["alice"], ["bob"]) == (False, set(), {"bob"})
    assert ask(graph, ["bob"], ["alice"], ["carol"]) == (False, set(), {"bob", "carol"})
    assert ask(graph, ["bob"], ["alice"], ["far"]) == (False, set(), {"bob", "carol", "far"})


def test_one_of_the_chain_is_found_though_it_was_visited() -> None:
    """Names that were visited are no answer to what is looked for."""
    assert ask({"alice": []}, ["alice"], ["alice"], ["alice"])[0]


def test_a_long_row_of_waits_is_followed_without_recursion() -> None:
    """A hundred thousand of them."""
    count = 100_000
    graph = {str(number): [str(number + 1)] for number in range(count)}
    assert ask(graph, ["0"], [str(count)])[0]
