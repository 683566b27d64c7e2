"""The agents, models, tools and functions that the suites of `BackendConformance` use.

They are at the top level of modules, and have only values that can be pickled: a backend imports
the module wherever it hosts the agent. No test and no assertion about a conversation belongs here.
"""
