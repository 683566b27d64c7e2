"""Following waits: does an agent that waits depend on one of a message's chain?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentcore import AgentRef
from agentcore.protocol.packets import WaitCycleFound, WaitProbe
from agentcore.runtime.wait_graph import WaitGraph, follow

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


# --- across processes -----------------------------------------------------------------------------


class Processes:
    """Wait graphs of several places, which get each other's packets at once.

    Args:
        waits: for each place, its agents and the names of those that they wait for.
    """

    def __init__(self, waits: dict[str, Graph]) -> None:
        self.places = {name: place for place, graph in waits.items() for name in graph}
        self.sent: list[tuple[str, object]] = []
        self.promoted: list[tuple[str, int]] = []
        self.graphs = {
            place: WaitGraph(place, self._waits_of(graph), self._send, self._promote)
            for place, graph in waits.items()
        }

    def ref(self, name: str) -> AgentRef:
        return AgentRef(name, "system", self.places[name])

    def _waits_of(self, graph: Graph) -> Callable[[str], tuple[AgentRef, ...] | None]:
        return lambda name: tuple(map(self.ref, graph[name])) if name in graph else None

    def _send(self, place: str, packet: object) -> None:
        self.sent.append((place, packet))
        graph = self.graphs[place]
        if isinstance(packet, WaitProbe):
            graph.receive_probe(packet)
        else:
            assert isinstance(packet, WaitCycleFound)
            graph.receive_found(packet)

    def _promote(self, agent: str, item_id: int) -> None:
        self.promoted.append((agent, item_id))

    def probe(self, agent: str, *chain: str, frontier: tuple[str, ...]) -> None:
        """Ask whether ``agent``, which waits for ``frontier``, depends on one of ``chain``."""
        place = self.places[agent]
        refs = tuple(map(self.ref, frontier))
        probe = WaitProbe(7, place, agent, frozenset(chain), refs, frozenset())
        self.graphs[place].probe(probe)


def test_a_probe_goes_along_the_waits_from_process_to_process() -> None:
    """Where it finds one of the chain, the message may be taken where it lies."""
    processes = Processes({"a": {"alice": ["bob"]}, "b": {"bob": ["carol"]}, "c": {"carol": []}})
    processes.probe("alice", "carol", frontier=("bob",))
    assert [place for place, _ in processes.sent] == ["b", "a"]
    assert processes.promoted == [("alice", 7)]


def test_a_probe_that_finds_nobody_ends_in_silence() -> None:
    """The message waits for the end of the wait, as any other."""
    processes = Processes({"a": {"alice": ["bob"]}, "b": {"bob": ["carol"]}, "c": {"carol": []}})
    processes.probe("alice", "dave", frontier=("bob",))
    assert [place for place, _ in processes.sent] == ["b", "c"]
    assert processes.promoted == []


def test_a_probe_ends_in_a_cycle_that_does_not_concern_it() -> None:
    """Nobody is visited twice, in whatever process."""
    processes = Processes(
        {"a": {"alice": ["bob"]}, "b": {"bob": ["carol"]}, "c": {"carol": ["bob"]}}
    )
    processes.probe("alice", "dave", frontier=("bob",))
    assert [place for place, _ in processes.sent] == ["b", "c"]


def test_a_process_gets_one_probe_for_all_of_its_agents() -> None:
    """And none goes to the process that asks: it has looked already."""
    processes = Processes({"a": {"alice": [], "near": []}, "b": {"bob": [], "carol": []}})
    processes.probe("alice", "dave", frontier=("bob", "near", "carol"))
    ((place, probe),) = processes.sent
    assert isinstance(probe, WaitProbe)
    assert (place, [ref.name for ref in probe.frontier]) == ("b", ["bob", "carol"])
