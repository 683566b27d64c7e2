"""The Ray backend of agentcore: agents in host processes across a cluster.

Importing this package imports Ray.
"""

from agentcore_ray.backend import RayBackend, RaySettings

__all__ = ["RayBackend", "RaySettings"]
