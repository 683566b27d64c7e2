"""The filter of system calls is as the kernel wants it."""

from __future__ import annotations

import platform
import struct

import pytest

from agentcore.sandbox import seccomp


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_way_through_the_filter_ends(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jumps stay inside, and the last line allows what none before has refused."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    program = seccomp.filter_program()
    assert program is not None
    lines = list(struct.iter_unpack("=HBBI", program))
    for number, (code, when_true, when_false, _) in enumerate(lines):
        if code in (0x15, 0x35, 0x45):
            assert number + 1 + max(when_true, when_false) < len(lines)
    assert (lines[-1][0], lines[-1][3]) == (0x06, 0x7FFF0000)


def test_another_processor_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its system calls have other numbers."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert seccomp.filter_program() is None
