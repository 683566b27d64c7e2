"""Tickets: conversations, calls and questions that wait for their `Answer`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import agent_died
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import current_turn, set_current_turn
from agentcore.runtime.turns.waits import waits_of

__all__ = ["Tickets"]


@attrs.frozen
class _Ticket:
    chat: Chat
    peers: tuple[AgentRef, ...]


class Tickets:
    """Makes `Chat` handles, waits for them, and settles them when their `Answer` comes.

    Args:
        runtime: the runtime of this process.
        all_shown: waits until the messages of a chat that was begun here were printed.
    """

    def __init__(self, runtime: RuntimePort, all_shown: Callable[[Chat], None]) -> None:
        self._runtime = runtime
        self._all_shown = all_shown
        self._open: dict[str, _Ticket] = {}

    def new(self, peers: tuple[AgentRef, ...], id: str) -> Chat:
        """Make a handle of something that ``peers`` will answer.

        Args:
            peers: the agents that a turn waits for which waits for the handle; the first of them is
                the one that was asked.
            id: the id of the conversation, call or question.
        """
        chat = Chat(self, id, peers[0].name)
        self._open[id] = _Ticket(chat, peers)
        return chat

    def receive(self, packet: Answer) -> None:
        """Settle the handle that an answer is for."""
        self.settle(packet.id, packet.outcome)

    def settle(self, id: str, outcome: Outcome) -> None:
        """Settle a handle with its outcome; nothing happens if it was settled before."""
        ticket = self._open.pop(id, None)
        if ticket is not None:
            ticket.chat._settle(outcome)

    def lost(self, place: str) -> None:
        """Let all handles fail that an agent of a process that ended was to answer."""
        for id, ticket in list(self._open.items()):
            if ticket.peers[0].place == place:
                self.settle(id, Outcome(None, 0, agent_died(ticket.peers[0].name)))

    def give_up(self, error: BaseException) -> None:
        """Settle all handles with an error."""
        for id in list(self._open):
            self.settle(id, Outcome(None, 0, error))

    def give_up_oldest(self, error: BaseException) -> bool:
        """Settle the oldest handle with an error; say whether there was one."""
        oldest = next(iter(self._open), None)
        if oldest is not None:
            self.settle(oldest, Outcome(None, 0, error))
        return oldest is not None

    # --- called by handles: see `ChatWaiter` ----------------------------------------------------

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Block the calling thread until ``chat`` has stopped; within a turn, as a wait of it."""
        turn, backend = current_turn(), self._runtime.backend
        if chat.done():
            return chat._outcome
        if turn is not None:
            try:
                return waits_of(turn).wait(self._peers(chat), chat._when_done, timeout)
            except BaseException:
                turn.forgo(chat)
                if turn.withdrawn:
                    chat.cancel()
                raise
        latch = backend.latch()
        chat._when_done(lambda _: latch.set())
        try:
            if not backend.block(latch, timeout, None):
                return None
        finally:
            set_current_turn(None)  # a backend without threads ran turns on this thread meanwhile
        self._all_shown(chat)
        return chat._outcome

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Wait until ``chat`` has stopped, without blocking a thread."""
        turn = current_turn()
        if turn is not None:
            try:
                return await waits_of(turn).a_wait(self._peers(chat), chat._when_done)
            except BaseException:
                turn.forgo(chat)
                raise
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()

        def done(outcome: Outcome) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody waits any more
                loop.call_soon_threadsafe(_set, future, outcome)

        chat._when_done(done)
        try:
            outcome: Outcome = await self._runtime.backend.drive(future)
            return outcome
        finally:
            set_current_turn(None)

    def cancel(self, chat: Chat) -> None:
        """Stop the conversation that ``chat`` stands for."""
        peers = self._peers(chat)
        if peers:
            self._runtime.cancel(peers[0], chat._id)

    def _peers(self, chat: Chat) -> tuple[AgentRef, ...]:
        ticket = self._open.get(chat._id)
        return () if ticket is None else ticket.peers  # None: answered just now, by another thread


def _set(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
