"""The inline backend: agents without threads, on a schedule and a clock that repeat.

The scheduler decides what runs next, the clock and the event loop give it what can run, and faults
befall messages. It may import every layer of agentcore. Semantics may not be in it: those are the
runtime's, as for every backend.
"""
