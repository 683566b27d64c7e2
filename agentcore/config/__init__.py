"""The reading of settings, and the lookup of a backend by its name.

It may import ``base``, ``protocol``, ``models`` and ``tools``, but nothing of the runtime or above,
and no backend: a backend supplies its own settings class. Nothing here makes a model or starts a
system from the settings that it read.
"""
