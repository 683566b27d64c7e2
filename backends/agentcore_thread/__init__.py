"""The thread backend of agentcore: Pykka actors, run by a small pool of workers."""

from agentcore_thread.backend import ThreadBackend, ThreadSettings
from agentcore_thread.pool import Latch, Pool

__all__ = ["Latch", "Pool", "ThreadBackend", "ThreadSettings"]
