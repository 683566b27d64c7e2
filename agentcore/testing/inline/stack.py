"""Plain rules that wait, one on top of the other on the stack of the one thread there is.

A rule that waits in a plain ``def`` keeps its place on the stack: what is run meanwhile is run on
top of it, and only when all of that has returned does the rule go on. That may hide no deadlock
which other backends do not have, nor make an agent take turns that it would not take there:

1. *What is run on top.* While an agent waits, turns are run of those agents only on which its
   wait depends (`needed_by`): those that it waits for, those that these wait for, and so on.
   Whatever its answer takes is a turn of one of them. Others run only when none of these can:
   that is, when all of them wait for time to pass.
2. *The order of the stack is a wait.* The lower of two agents cannot go on before the upper one
   has: that is a wait of one agent for another, and for as long as it lasts it is recorded as
   one. So every wait there is, is in the graph in which the core looks for cycles; and since no
   message goes with this one, which would look when it arrives, all who wait look again. Every
   cycle then has an agent that takes the message that closes it, and nothing is left that could
   wait for itself. By the first point the lower agent nearly always waits for the upper one
   anyway; it no longer does when its answer came, or its time ran out, while the other was at it.
3. *Nobody keeps a token down there.* An answer that arrives for a rule below the top of the stack
   would give it its agent's token, which it cannot use yet, and so keep the agent from the turns
   that others need of it. It gives the token back, and asks for it anew when it is on top.

What remains is a difference in time, not in outcome, with one exception: whoever waits outside of
any turn, with ``chat.result(timeout)`` say, is at the very bottom, and comes back no sooner than
the rules that wait on top of it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.wait import PendingWait

__all__ = ["Latch", "Stack", "needed_by"]

ROOM = 100  # frames of the stack that one rule that waits, and the turn on top of it, take


class Latch:
    """What is set once, for one who waits.

    Attributes:
        mailbox: of the agent whose turn waits; ``None`` outside of any turn.
        keeps_token: whether the turn has kept its mailbox's token.
        buried: whether it was to be set while others were above it on the stack.
    """

    __slots__ = ("_stack", "buried", "is_set", "keeps_token", "mailbox")

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.mailbox: Mailbox | None = None
        self.is_set = False
        self.buried = False
        self.keeps_token = True

    def set(self) -> None:
        """Let the turn go on: it has the token of its mailbox."""
        if self.keeps_token or self._stack.top is self:
            self.is_set = True
        else:
            assert self.mailbox is not None
            self.buried = True
            self.mailbox.yield_token()

    def ask_again(self) -> None:
        """Ask for the token, now that the turn can go on."""
        assert self.mailbox is not None
        self.buried = False
        wait = PendingWait(self.mailbox, (self.mailbox.ref,))
        wait.wake = self.set
        self.mailbox.resume(wait, None)


class Stack:
    """The latches of those who wait in turns."""

    def __init__(self) -> None:
        self._latches: list[Latch] = []
        self._limit = 0

    @property
    def top(self) -> Latch | None:
        """The one that can go on."""
        return self._latches[-1] if self._latches else None

    @contextlib.contextmanager
    def on_top(self, latch: Latch, mailbox: Mailbox | None, keeps_token: bool) -> Iterator[None]:
        """Wait on top of the stack; ``mailbox`` is ``None`` outside of any turn."""
        if mailbox is None:
            yield
            return
        latch.mailbox, latch.keeps_token = mailbox, keeps_token
        with self._above(mailbox), self._room():
            self._latches.append(latch)
            try:
                yield
            finally:
                self._latches.pop()
                latch.keeps_token = True  # whatever sets it now comes too late

    @contextlib.contextmanager
    def _above(self, mailbox: Mailbox) -> Iterator[None]:
        """Record that the agent on top waits for the one that is put above it."""
        below = None if self.top is None else self.top.mailbox
        if below is None:
            yield
            return
        wait = below.wait_for((mailbox.ref,))
        for each in list(mailbox.runtime.mailboxes.values()):
            each.look_again()
        try:
            yield
        finally:
            below.forget(wait)

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        """Give a rule the room on the stack that it has on a thread of its own."""
        if not self._latches:
            self._limit = sys.getrecursionlimit()
        sys.setrecursionlimit(sys.getrecursionlimit() + ROOM)
        try:
            yield
        finally:
            if not self._latches:
                sys.setrecursionlimit(self._limit)


def needed_by(mailbox: Mailbox) -> set[str]:
    """Name the agents whose turns the wait of an agent may depend on, itself included."""
    mailboxes = mailbox.runtime.mailboxes
    names = {mailbox.ref.address}
    todo = list(mailbox.waits)
    while todo:
        name = todo.pop().address
        if name not in names:
            names.add(name)
            todo.extend(mailboxes[name].waits if name in mailboxes else ())
    return names
