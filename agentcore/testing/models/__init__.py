"""Models for tests: one that answers from a script, and one that records a real model.

They may import base and the public names of agentcore.models, and nothing of agents, runtime or
backends: an agent is given such a model as it is given any other.
"""
