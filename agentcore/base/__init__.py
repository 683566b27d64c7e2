"""Small things that every other package may need: errors, frozen containers, checks, steps.

This package imports nothing of agentcore. Nothing in it knows of messages, agents or
conversations, and nothing in it starts a thread or does I/O: what does, belongs further up.
"""
