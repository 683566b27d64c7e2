"""Memory: what an agent learns in one chat and knows in the next, and messages that a group shares.

What belongs here keeps facts about owners in a library, and messages by group. It may import
``retrieval`` and what is below. An agent's history with its peers is in ``agents``.
"""

from agentcore.memory.fact import Fact
from agentcore.memory.long_term import Memory
from agentcore.memory.message_store import MessageStore, StoredMessage

__all__ = ["Fact", "Memory", "MessageStore", "StoredMessage"]
