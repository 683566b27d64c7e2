"""Following waits piecemeal, process by process, finds what following them at once finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentcore import AgentRef
from agentcore.runtime.wait_graph import follow

NAMES = "abcdef"

graphs = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3), max_size=6
)
places = st.fixed_dictionaries({name: st.sampled_from(["h0", "h1", "h2"]) for name in NAMES})


def reachable(graph: dict[str, list[str]], start: list[str]) -> set[str]:
    """Follow all edges at once."""
    found: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(graph.get(name, []))
    return found


@given(graphs, places, st.lists(st.sampled_from(NAMES), max_size=3), st.sampled_from(NAMES))
def test_probes_that_hop_between_processes_find_what_one_process_would(
    graph: dict[str, list[str]], place_of: dict[str, str], start: list[str], target: str
) -> None:
    """A probe passed on from process to process ends, and reaches the target if there is a way."""
    refs = {name: AgentRef(name, "s", place_of[name]) for name in NAMES}

    def knows(place: str):  # type: ignore[no-untyped-def]
        def waits_of(name: str) -> tuple[AgentRef, ...] | None:
            if place_of[name] != place:
                return None
            return tuple(refs[each] for each in graph.get(name, []))

        return waits_of

    probes = [("h0", tuple(refs[name] for name in start), frozenset[str]())]
    found = False
    hops = 0
    while probes and not found:
        place, frontier, visited = probes.pop()
        hops += 1
        assert hops < 1000, "a probe goes in circles"
        found, elsewhere, seen = follow(frontier, {target}, knows(place), visited)
        by_place: dict[str, list[AgentRef]] = {}
        for ref in elsewhere:
            by_place.setdefault(ref.place, []).append(ref)
        probes += [(where, tuple(group), seen) for where, group in by_place.items()]
    assert found == (target in reachable(graph, start))
