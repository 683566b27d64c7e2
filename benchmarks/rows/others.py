"""Two agents in conversation, against frameworks that are no model of ours; for orientation."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.pairing import Plan, alternate, side
from benchmarks.venvs import AUTOGEN_CORE, XOSCAR


def measure(plan: Plan) -> list[Figure]:
    """Pair us with autogen-core and xoscar."""
    messages = plan.of(10_000, 2_000)
    with (
        side("benchmarks.rows.conversation:ours", pinned=True) as us,
        side("benchmarks.peers.autogen_core_pair:conversation", AUTOGEN_CORE, True) as core,
        side("benchmarks.peers.xoscar_pair:conversation", XOSCAR, True) as xoscar,
    ):
        sides = [lambda one=one: one.ask(messages=messages) for one in (us, core, xoscar)]
        alternate(1, *sides)
        ours, of_core, of_xoscar = alternate(plan.rounds(5, 2), *sides)
    what = f"two agents, threads, {messages} messages"
    core_note = "one event loop; no rules, no termination"
    actor_note = "bare actor calls: no rules, no conversation, no isolation"
    return [
        Figure(
            "autogen-core", what, f"autogen-core {AUTOGEN_CORE.version}, send_message", "msg/s",
            ours, of_core, note=core_note,
        ),
        Figure(
            "xoscar", what, f"xoscar {XOSCAR.version}, one process", "msg/s",
            ours, of_xoscar, note=actor_note,
        ),
    ]  # fmt: skip
