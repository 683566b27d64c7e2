"""The part of a system that is in one process: mailboxes, turns, waits, and where mail goes.

It may import ``base``, ``protocol`` and ``config``. It knows agents only as `HostedAgent`, which is
a protocol, and backends only as `ActorBackend`: no class that users derive from, no model and no
tool may be in it, and nothing that says on which thread or host something runs.

From bottom to top: ports < wait, wait_graph < mailbox < initiated_chat, ask_all, ordered_console <
backend < runtime_port < turns < tickets, job, streams < console_relay, registry, duplicates <
dispatcher, allowance < runtime < system.
"""
