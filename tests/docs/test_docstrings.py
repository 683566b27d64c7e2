"""The examples in docstrings: what they show is what comes out."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import agentcore

ROOT = Path(agentcore.__file__).parent
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    for path in sorted(ROOT.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_are_right(name: str) -> None:
    """Each ``>>>`` gives what stands below it; the names of ``agentcore`` need no import there."""
    module = importlib.import_module(name)
    results = doctest.testmod(module, globs={**vars(agentcore), **vars(module)})
    assert results.attempted
    assert not results.failed
