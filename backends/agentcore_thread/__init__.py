"""The thread backend of agentcore: Pykka actors, run by a small pool of workers."""

from agentcore_thread._backend import ThreadBackend, ThreadSettings

__all__ = ["ThreadBackend", "ThreadSettings"]
