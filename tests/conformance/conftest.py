"""What the conformance tests share: above all, one Ray cluster for a whole run."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcore import AgentSystem, connect

ROOT = Path(__file__).parents[2]

# Before they are imported: their assertions are to say what they found.
for part in ("", "_turns", "_stops", "_nested", "_failures"):
    pytest.register_assert_rewrite(f"agentcore.testing._suite{part}")


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """A local Ray cluster, begun when the first test needs it."""
    if not (importlib.util.find_spec("ray") and importlib.util.find_spec("agentcore_ray")):
        pytest.skip("the ray extra is not installed")
    import ray

    roots = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:  # for hosts that run from a source tree
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, roots)))
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


@pytest.fixture(scope="module")
def ray_system(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts on the cluster, for all tests of a module."""
    with connect("ray", hosts=2) as system:
        yield system
