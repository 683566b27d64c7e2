"""Measure agentcore beside its peers: ``python benchmarks/run.py [names...]``; see README.md."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.figures import table
from benchmarks.pairing import Plan, SideFailed
from benchmarks.process import cores, python
from benchmarks.rows import ROWS
from benchmarks.venvs import PeerMissing, cache


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that were asked for; give 1 if one of them could not be measured."""
    options = _parser().parse_args(arguments)
    if options.list:
        for name, module in ROWS.items():
            print(f"{name:14}{importlib.import_module(module).__doc__.strip()}")
        return 0
    plan = Plan(options.quick, options.rounds)
    about = _about(plan)
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    lines, failures = [], {}
    for name in options.names or ROWS:
        begun = time.perf_counter()
        try:
            lines += importlib.import_module(ROWS[name]).measure(plan)
        except (SideFailed, PeerMissing) as error:
            failures[name] = str(error)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    print(table(lines))
    for name, error in failures.items():
        print(f"{name} could not be measured: {error}", file=sys.stderr)
    _write(options.json, about, lines, failures)
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure agentcore beside its peers.")
    parser.add_argument("names", nargs="*", type=_row, metavar="name", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=_positive, help="of each row; each has its own default")
    parser.add_argument("--quick", action="store_true", help="a smoke test of four minutes")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        default=None,
        help="where all figures are written (default: .benchmarks/results.json)",
    )
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    return parser


def _row(text: str) -> str:
    if text not in ROWS:
        raise argparse.ArgumentTypeError(f"no row {text!r}; there is {', '.join(ROWS)}")
    return text


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return value


def _about(plan: Plan) -> dict[str, Any]:
    """Say what the figures depend on."""
    return {
        "python": python(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(cores()) or os.cpu_count(),
        "pinned": bool(cores()),
        "load": round(os.getloadavg()[0], 2),
        "quick": plan.quick,
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
    }


def _write(
    chosen: Path | None, about: dict[str, Any], lines: Sequence[Any], failures: dict[str, str]
) -> None:
    record = {**about, "rows": [line.record() for line in lines], "failures": failures}
    path = chosen or cache() / "results.json"
    path.write_text(json.dumps(record, indent=2) + "\n")
    print(f"written to {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
