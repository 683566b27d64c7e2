"""The suite of tests that every backend passes, `BackendConformance`.

The tests stand in ``suites``, one topic a file; the agents, models and tools that they use stand
in ``agents``; beside them is what several suites share. It may import every layer of agentcore and
the scripted models, and needs pytest, so that it is imported only when it is asked for. It may
import no backend: a backend's own tests derive from the suite.
"""
