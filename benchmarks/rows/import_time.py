"""The time of ``import agentcore``."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, environment
from benchmarks.venvs import AUTOGEN

CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def seconds(python: str, module: str) -> float:
    """Give the seconds of an import in a new process."""
    command = [python, "-W", "ignore", "-c", CODE.format(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return float(done.stdout.split()[-1])


def measure(plan: Plan) -> list[Figure]:
    """Pair us with AutoGen; both have their bytecode by the time that it counts."""
    theirs = AUTOGEN.interpreter
    sides = (
        lambda: seconds(sys.executable, "agentcore") * 1e3,
        lambda: seconds(theirs, "autogen") * 1e3,
    )
    alternate(1, *sides)
    found = alternate(plan.rounds(11, 3), *sides)
    target = Target(0.25, most=True)
    return [Figure("import", "import agentcore", "import autogen 0.2.40", "ms", *found, target)]
