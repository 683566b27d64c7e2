"""A session of a sandbox, begun, run once and closed, beside ``python -c``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agentcore.errors import SandboxMissingError
from agentcore.sandbox import open_sandbox
from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate

SCRIPT = """\
import collections, csv
rows = list(csv.DictReader(["region,sales"] + [f"{i % 7},{i}" for i in range(1000)]))
total = collections.Counter()
for row in rows:
    total[row["region"]] += int(row["sales"])
print(total.most_common(1))
"""
PRINTED = "[('5', 71786)]"
KINDS = ("sandlock", "bubblewrap")


def in_sandbox(kind: str, folder: Path) -> float:
    """Give the milliseconds of a session with one run."""
    sandbox = open_sandbox(kind)
    begun = time.perf_counter()
    session = sandbox.start(folder)
    result = session.run(SCRIPT)
    session.close()
    took = time.perf_counter() - begun
    assert result.text.strip() == PRINTED, result
    return took * 1e3


def plain(folder: Path) -> float:
    """Give the milliseconds of a process of its own."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    took = time.perf_counter() - begun
    assert done.stdout.strip() == PRINTED, done
    return took * 1e3


def measure(plan: Plan) -> list[Figure]:
    """Pair each kind that this machine has with a plain process."""
    lines = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for kind in KINDS:
            try:
                open_sandbox(kind)
            except SandboxMissingError as error:
                print(f"sandbox-{kind} could not be measured: {error}", file=sys.stderr)
                continue
            sides = (lambda kind=kind: in_sandbox(kind, folder), lambda: plain(folder))
            alternate(2, *sides)
            found = alternate(plan.rounds(41, 3), *sides)
            what = f"start, run, close: {kind}"
            target = Target(1.6, most=True)
            lines.append(Figure(f"sandbox-{kind}", what, "python -c", "ms", *found, target))
    return lines
