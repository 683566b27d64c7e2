"""Tests of a real model: they run where AGENTCORE_TEST_MODEL is set, as `tox -e model` does."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path

import pytest

from agentcore.models import LocalModel, Sampling

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them unless they are wanted."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.model)
            item.add_marker(pytest.mark.timeout(600))  # the weights may have to be fetched
            if not os.environ.get("AGENTCORE_TEST_MODEL"):
                item.add_marker(pytest.mark.skip("AGENTCORE_TEST_MODEL is not set"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is an ``async def`` on an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def model() -> LocalModel:
    """The smaller model, which chooses the likeliest words.

    On one thread: two that share a busy machine's cores wait for each other most of the time.
    """
    return LocalModel(
        "qwen2.5-0.5b", sampling=Sampling(temperature=0, max_tokens=200), context=4096, threads=1
    )
