"""The part of a system that is in one process: mailboxes, turns, waits, and the dispatcher.

It may import ``base``, ``protocol`` and ``config``. It knows agents only as the protocol
`HostedAgent`, and backends only as `ActorBackend`. So no class that users derive from, no model and
no tool may be in it, and nothing that decides on which thread or host something runs.

From bottom to top: ports < wait, wait_graph < mailbox < initiated_chat, ask_all, ordered_console <
backend < runtime_port < turns < tickets, job, streams < console_relay, registry, duplicates <
dispatcher, allowance < runtime < system.
"""
