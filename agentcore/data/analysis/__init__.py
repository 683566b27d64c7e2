"""Data analysis: sessions by name and owner, each an agent that answers questions about files.

What belongs here keeps sessions, their files and what was said in them, and decides which analyst
answers a question. The analysts themselves are in ``code`` and ``sql``, and in ``retrieval``.
"""
