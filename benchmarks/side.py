"""One side of a row, as a process of its own, in whichever interpreter it needs.

``python side.py MODULE FUNCTION [CORE]`` answers each line of JSON on its standard input, the
arguments of the function, with one line of JSON on its standard output, what it returned. What
the libraries print goes to standard error. With a core, it runs on that one alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def serve(module: str, function: str, core: str = "") -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if core:
        os.sched_setaffinity(0, {int(core)})
    run = getattr(importlib.import_module(module), function)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
