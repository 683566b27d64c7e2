"""Tools: functions that a model may call, the JSON schemas of their arguments, and their results.

It may import ``base`` and ``protocol``; it imports no model, and ``models`` does not import it.
Nothing here runs a tool within a turn, because turns belong to ``agents`` and ``runtime``; and
nothing imports a package of the extra ``tools`` before a schema is made or checked.
"""
