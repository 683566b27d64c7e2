"""Group chats: who is in a group, who speaks next, and the run from a message to the answer.

It may import agents and all layers below them, and neither mcp nor testing. Nothing else belongs
here: a group is an agent like any other, so the turns, budgets and histories that its members
have are those of the runtime and of protocol.

From bottom to top: choice, transitions, answer_forms, selector, group_log < name_matching <
speaker_function, manual_selection, selection_prompt < model_selection, strategies,
autogen_names < plan < chooser < session < group.
"""
