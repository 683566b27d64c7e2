"""What all tests share: Ctrl-C, and one local Ray cluster for a whole run."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# How long an example takes says how busy the machine is. No test asserts it.
settings.register_profile("agentcore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("agentcore")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the tests on Ray more time, and to one process, where several run the tests.

    They share a cluster. On a machine that is busy, a message between two of its processes takes
    many times as long: a thousand took a minute beside a busy loop on each core. Only a test that
    hangs takes longer than this.
    """
    for item in items:
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.timeout(600), append=False)
            if hasattr(config, "workerinput"):  # this is one of several processes
                item.add_marker(pytest.mark.xdist_group("ray"))


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Ctrl-C raises, also in a run in the background, where the shell has it ignored."""
    from agentcore.testing.conformance.interrupts import interruptible

    with interruptible():
        yield


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """A local Ray cluster, begun when the first test needs it, and ended with the last."""
    if not (importlib.util.find_spec("ray") and importlib.util.find_spec("agentcore_ray")):
        pytest.skip("the ray extra is not installed")
    import ray

    roots = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:  # for hosts that run from a source tree
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, roots)))
        ray.init(
            num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
        )
        yield
        ray.shutdown()
