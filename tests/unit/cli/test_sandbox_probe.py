"""What ``agentcore doctor`` says of sandboxes is what was tried, and not what is promised."""

from __future__ import annotations

import pytest

from agentcore.base.sandbox_errors import SandboxMissingError
from agentcore.cli import sandbox_probe
from agentcore.sandbox import open_sandbox

ALL = [
    "reading other files", "writing elsewhere", "the network", "the environment",
    "too much memory", "endless code",
]  # fmt: skip


@pytest.mark.parametrize("kind", sandbox_probe.KINDS)
def test_a_sandbox_holds_all_of_it_back(kind: str) -> None:
    """Each attempt is made, within its session."""
    try:
        sandbox = open_sandbox(kind)
    except SandboxMissingError as error:
        pytest.skip(str(error))
    assert sandbox_probe.tried(sandbox) == (ALL, [])


def test_without_a_sandbox_it_is_said_what_gets_out() -> None:
    """So the attempts themselves work."""
    held, out = sandbox_probe.tried(open_sandbox(unsafe="in this process's rights"))
    assert out[:3] == ALL[:3]
    assert held[-1:] == ["endless code"]


def test_where_no_sandbox_works_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said what to install."""

    def missing(kind: str) -> None:
        raise SandboxMissingError(f"no {kind} here")

    monkeypatch.setattr(sandbox_probe, "open_sandbox", missing)
    *kinds, last = sandbox_probe.sandboxes()
    assert [(each.name, each.state) for each in kinds] == [
        (kind, "note") for kind in sandbox_probe.KINDS
    ]
    assert last.state == "problem"
    assert "bubblewrap" in last.advice
