"""Data analysis: sessions by name and owner, each an agent that answers questions about files.

What belongs here keeps sessions, their files and what was said in them, and decides which analyst
answers a question. It may import the rest of ``data``; the analysts themselves are in ``code`` and
``sql``, and libraries in ``retrieval``.
"""
