"""Models for tests: one that answers from a script, and one that records a real model.

They may import base, protocol and models. Nothing of agents, runtime or backends belongs here: an
agent is given such a model as it is given any other.
"""
