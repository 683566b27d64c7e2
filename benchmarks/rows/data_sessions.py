"""Questions in eight sessions of a data analysis at once, on two Ray hosts."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, once

# Work for one core: what a question costs beside its model.
CODE = "total = 0\nfor number in range({count}):\n    total += number % 7\nprint(total)"
SESSIONS = 8


def drive(rounds: int, count: int) -> list[list[float]]:
    """Give questions a second: of eight sessions at once, and of the same one after the other.

    The model answers from a script; the code runs in a sandbox, as any does. The sandbox's
    processes are begun before the clock starts.
    """
    from agentcore.data import DataAnalysis
    from agentcore.testing import ScriptedModel
    from benchmarks.cluster import rates, system_on_ray

    names = [f"session-{index}" for index in range(SESSIONS)]
    model = ScriptedModel(then=f"```python\n{CODE.format(count=count)}\n```")
    with system_on_ray() as system, ThreadPoolExecutor(SESSIONS) as threads:
        analysis = DataAnalysis(system, "analysis", llm=model)
        expected = analysis.ask("How much?", session=names[0]).text

        def ask(name: str) -> str:
            return analysis.ask("How much?", session=name).text

        def at_once() -> float:
            begun = time.perf_counter()
            texts = list(threads.map(ask, names))
            seconds = time.perf_counter() - begun
            assert texts == [expected] * SESSIONS
            return SESSIONS / seconds

        def one_by_one() -> float:
            begun = time.perf_counter()
            texts = [ask(name) for name in names]
            seconds = time.perf_counter() - begun
            assert texts == [expected] * SESSIONS
            return SESSIONS / seconds

        return rates(rounds, at_once, one_by_one)


def measure(plan: Plan) -> list[Figure]:
    """Put sessions at once beside the same ones in turn."""
    at_once, one_by_one = once(
        "benchmarks.rows.data_sessions:drive",
        rounds=plan.rounds(5, 2), count=plan.of(2_000_000, 200_000),
    )  # fmt: skip
    return [
        Figure(
            "data-sessions", "questions in 8 sessions at once, on two Ray hosts",
            "the same questions one after the other", "/s", at_once, one_by_one, Target(1.7),
            "a scripted model, and code in a sandbox that takes one core",
        )
    ]  # fmt: skip
