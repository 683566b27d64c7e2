"""The thread backend of agentcore: Pykka actors, run by a small pool of worker threads.

What belongs here runs the agents of one process. It imports the public modules of agentcore,
Pykka and the standard library, and may know nothing of Ray: a host of Ray runs this backend inside.
"""

from agentcore_thread.backend import ThreadBackend, ThreadSettings
from agentcore_thread.latch import Latch
from agentcore_thread.pool import Pool

__all__ = ["Latch", "Pool", "ThreadBackend", "ThreadSettings"]
