"""What a conversation is made of: messages, envelopes, transcripts, refs, and the state machine.

This package imports ``base`` only. Its values are immutable and can be pickled, so that they mean
the same in every process. No thread, event loop, clock or network may be in it, and no log: those
who carry envelopes and take turns are in ``runtime`` and in the backends. A `Chat` is the one thing
here that is no value: a ref gives it, and it knows the runtime as a protocol.
"""
