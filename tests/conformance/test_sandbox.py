"""Each kind of sandbox that this machine has passes the conformance suite."""

from __future__ import annotations

import pytest

from agentcore.errors import SandboxMissingError
from agentcore.sandbox import Sandbox, open_sandbox
from agentcore.testing import SandboxConformance
from agentcore.testing.conformance.sandbox_conformance import UnsafeConformance


def opened(kind: str) -> Sandbox:
    """Give a sandbox, or skip the tests and say why."""
    try:
        return open_sandbox(kind)
    except SandboxMissingError as error:
        pytest.skip(str(error))


class TestSandlock(SandboxConformance):
    """Landlock and seccomp."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """The sandbox of the package sandlock."""
        return opened("sandlock")


class TestBubblewrap(SandboxConformance):
    """Namespaces."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """The sandbox of the program bwrap."""
        return opened("bubblewrap")


class TestUnsafe(UnsafeConformance):
    """An ordinary process, which has its limits only."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """No sandbox."""
        return open_sandbox(unsafe="in this process's rights")
