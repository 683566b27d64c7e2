"""Turns: what is done with one item of an agent's mailbox.

`Turn` has the state and the budget, `MessageTurn` what a turn on a message sends and how it stops,
and `ReplyTurn` the way from a message to its answer. Whatever else a turn can do is a function of
the turn, by topic. This package may import the parts of ``runtime`` that ``runtime/__init__`` lists
before it, and nothing of how a turn comes to be run.

From bottom to top: turn, tool_threads < waits < chats < fan_out; turn < message_turn < routing <
reply; chats < requests; reply, requests < table.
"""
