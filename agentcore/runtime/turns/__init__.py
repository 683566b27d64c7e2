"""Turns: what is done with one item of an agent's mailbox.

`Turn` has the state and the budget, `MessageTurn` sends and stops, and `ReplyTurn` decides on a
message. What else a turn can do (wait, begin conversations, ask many agents) is in functions that
take the turn, a file for each topic. This package may import the parts of ``runtime`` that
``runtime/__init__`` lists before it. How a turn comes to be run may not be in it.

From bottom to top: turn, tool_threads < waits < begin_and_wait; waits < chats < fan_out; turn <
message_turn < routing < reply; chats < requests; reply, requests < table.
"""
