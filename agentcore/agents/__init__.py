"""Agents: the classes that users derive from, and what a model does in a turn.

`ConversableAgent` is here, with its public methods, its memory, its prompts, and the steps in which
it asks its model and runs tools. It may import every layer up to ``runtime``. How turns are run and
messages are delivered may not be in it, and neither may groups, which are agents themselves.
"""
