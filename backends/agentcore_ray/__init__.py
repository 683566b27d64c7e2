"""The Ray backend of agentcore: agents in host processes across a cluster.

What belongs here starts processes and carries packets between them. It imports the public modules
of agentcore, the public names of the thread backend, which each process runs inside, and Ray. It
holds no semantics: what a packet does is decided in agentcore. Importing this package imports Ray.
"""

from agentcore_ray.backend import RayBackend, RaySettings

__all__ = ["RayBackend", "RaySettings"]
