"""Pools that the tests of the thread backend share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import (
    AgentSystem,
    connect,
)
from agentcore_thread import Pool
from tests.unit.backends.agentcore_thread.thread_agents import Blocks


@pytest.fixture
def pool() -> Iterator[Pool]:
    """A pool of two workers, closed after the test."""
    made = Pool(2, 256, "test-pool")
    yield made
    made.close()


@pytest.fixture
def single() -> Iterator[Pool]:
    """A pool of one worker: while a thread is lent to it, that thread is the one."""
    made = Pool(1, 256, "test-pool")
    yield made
    made.close()


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """An open system on threads."""
    with connect("thread") as opened:
        yield opened


@pytest.fixture
def blocks() -> Iterator[type[Blocks]]:
    """The class of an agent that blocks until ``free`` is set, as it is after the test."""
    Blocks.begun.clear()
    Blocks.free.clear()
    yield Blocks
    Blocks.free.set()
