"""What ``import agentcore.testing`` loads, and what it leaves for later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
import agentcore.testing
def loaded(*names):
    return [name for name in sys.modules if name.partition(".")[0] in names]
suite = "agentcore.testing.conformance"
print(loaded("pytest", "hypothesis"), [name for name in sys.modules if name.startswith(suite)])
agentcore.testing.BackendConformance
print(suite + ".backend_conformance" in sys.modules)
"""


def test_the_suite_is_imported_when_it_is_asked_for() -> None:
    """Neither pytest nor Hypothesis is needed for the rest."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert (done.stdout.splitlines(), done.stderr) == (["[] []", "True"], "")
