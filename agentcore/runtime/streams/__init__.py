"""Streams: replies that are read chunk by chunk, in any process of the system.

A stream lives where its agent lives; readers elsewhere ask for its chunks. This package may import
what ``runtime/__init__`` lists before it. What makes a message of a stream belongs to ``agents``.
"""
