"""Memory: what an agent learns in one chat and knows in the next, and messages that a group shares.

What belongs here keeps facts about owners in a library, and messages by group. It may import
``retrieval`` and what is below. An agent's history with its peers is in ``agents``.
"""

__all__: list[str] = []
