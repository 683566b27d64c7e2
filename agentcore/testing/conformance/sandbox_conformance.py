"""The suite that every kind of sandbox passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pytest

from agentcore.sandbox import Limits, Sandbox, Session
from agentcore.testing.conformance.sandbox_suites.ends import Ends, Orphans
from agentcore.testing.conformance.sandbox_suites.escapes import Escapes
from agentcore.testing.conformance.sandbox_suites.forgeries import Forgeries
from agentcore.testing.conformance.sandbox_suites.limits import SMALL, RunLimits
from agentcore.testing.conformance.sandbox_suites.outside import MARK, Outside, outside_of
from agentcore.testing.conformance.sandbox_suites.runs import Runs
from agentcore.testing.conformance.sandbox_suites.tables import Tables

__all__ = ["SandboxConformance", "UnsafeConformance"]

T = TypeVar("T")
_FOLDERS: Final = pytest.StashKey[Path]()
_SESSION: Final = pytest.StashKey[Session]()
_OUTSIDE: Final = pytest.StashKey[Outside]()


class UnsafeConformance(Runs, Ends):
    """What holds also where nothing holds code back. See `SandboxConformance`."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """Give the sandbox: to be overridden."""
        raise NotImplementedError("override the fixture `sandbox` to give a sandbox")

    @pytest.fixture
    def folders(
        self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Path:
        """Give the folder in which sessions have theirs; to be overridden if need be."""
        return _kept(request, _FOLDERS, lambda stack: tmp_path_factory.mktemp("sandbox"))

    @pytest.fixture
    def session(self, sandbox: Sandbox, folders: Path) -> Iterator[Session]:
        """Give a new session, closed after the test."""
        with _opened(sandbox, folders) as session:
            yield session

    @pytest.fixture
    def small_session(self, sandbox: Sandbox, folders: Path) -> Iterator[Session]:
        """Give a new session that may use little."""
        with _opened(sandbox, folders, Limits(**SMALL)) as session:  # type: ignore[arg-type]
            yield session

    @pytest.fixture
    def shared_session(
        self, request: pytest.FixtureRequest, sandbox: Sandbox, folders: Path
    ) -> Session:
        """Give a session that the tests of a class share, as starting one takes time."""

        def start(stack: ExitStack) -> Session:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setenv(MARK, "a secret of the environment")
            return stack.enter_context(_opened(sandbox, folders))

        return _kept(request, _SESSION, start)


class SandboxConformance(UnsafeConformance, Tables, RunLimits, Forgeries, Orphans, Escapes):
    """The behaviour of sandboxes, as tests of one kind: limits, ends, and some 60 escapes.

    Derive from it in a test module, and override the fixture `sandbox`::

        class TestMySandbox(SandboxConformance):
            @pytest.fixture
            def sandbox(self):
                return MySandbox()

    Tests of tables and figures are skipped where pandas, DuckDB or matplotlib is not installed.
    """

    @pytest.fixture
    def outside(self, request: pytest.FixtureRequest, folders: Path) -> Outside:
        """Give what stands outside of the session's folder."""
        return _kept(
            request, _OUTSIDE, lambda stack: stack.enter_context(outside_of(folders / "outside"))
        )


def _kept(
    request: pytest.FixtureRequest, key: pytest.StashKey[T], make: Callable[[ExitStack], T]
) -> T:
    """Return what the tests of a class share: it is made once, and ended after the last of them."""
    node = request.node.getparent(pytest.Class)
    if key not in node.stash:
        stack = ExitStack()
        node.addfinalizer(stack.close)
        node.stash[key] = make(stack)
    found: T = node.stash[key]
    return found


@contextmanager
def _opened(sandbox: Sandbox, folders: Path, limits: Limits | None = None) -> Iterator[Session]:
    number = len(list(folders.iterdir()))
    session = sandbox.start(folders / f"session-{number}", limits)
    try:
        yield session
    finally:
        session.close()
