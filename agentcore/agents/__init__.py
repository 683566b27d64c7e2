"""What users write, and what a model does in a turn.

`ConversableAgent` is here, with its prompts, its memory, its public methods, and the steps in which
its model thinks and its tools run. It may import every layer up to ``runtime``. How a turn is
taken, or a message carried, may not be in it; nor may anything of groups, which are agents.
"""
