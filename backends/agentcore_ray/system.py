"""A system in the cluster: a directory and hosts, which one driver starts and others find."""

from __future__ import annotations

import uuid
from typing import Any

import ray

from agentcore.backend import CoreSettings
from agentcore_ray.directory import DIRECTORY, Directory
from agentcore_ray.host import start_host
from agentcore_ray.places import shared_places
from agentcore_ray.system_config import SystemConfig
from agentcore_thread import ThreadSettings

__all__ = ["find_system", "new_namespace", "start_system"]


def new_namespace() -> str:
    """Make up a namespace for a system that no other driver joins."""
    return f"agentcore-{uuid.uuid4().hex[:12]}"


def find_system(namespace: str) -> Any:
    """Give Ray's handle of the directory of the system in a namespace; ``None`` without one."""
    try:
        return ray.get_actor(DIRECTORY, namespace=namespace)
    except ValueError:
        return None


def start_system(
    namespace: str, hosts: int, threads: ThreadSettings, core: CoreSettings, *, detached: bool
) -> Any:
    """Start the processes of a system, and wait until they are up.

    Args:
        namespace: Ray's namespace for them.
        hosts: how many hosts agents share; 0 for one for each CPU of the cluster.
        threads: settings of the thread backend inside each host.
        core: settings of agentcore in each host.
        detached: whether they outlive this driver.

    Returns:
        Ray's handle of the directory.
    """
    resources: Any = ray.cluster_resources
    count = hosts or max(1, int(resources().get("CPU", 1)))
    lifetime = {"lifetime": "detached"} if detached else {}
    config = SystemConfig(namespace, shared_places(count), threads, core, lifetime)
    remote: Any = ray.remote
    directory = (
        remote(Directory)
        .options(name=DIRECTORY, namespace=namespace, num_cpus=0, **lifetime)
        .remote(config)
    )
    options = {"max_restarts": -1, "scheduling_strategy": "SPREAD", "num_cpus": 0}
    handles = {host: start_host(config, host, options) for host in config.hosts}
    ray.get([directory.add_host.remote(host, handle) for host, handle in handles.items()])
    ray.get([handle.pid.remote() for handle in handles.values()])
    return directory
