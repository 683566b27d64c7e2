"""The part of a system that is in one process.

It knows what is to happen with an envelope or a packet; how it gets from process to process, and
on which thread turns run, is the backend's.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import uuid
import weakref
from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.base.checks import OPTIONS, check_timeout, did_you_mean
from agentcore.base.errors import AgentCoreError, SystemClosedError
from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.conditions import as_condition
from agentcore.protocol.envelope import (
    Begin,
    Call,
    CallContext,
    Cancel,
    Outcome,
    Question,
)
from agentcore.protocol.message import Message, as_message
from agentcore.protocol.transcript import StopKind, StopReason
from agentcore.protocol.transitions import Exchange, begin
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.chat import Chat
from agentcore.runtime.dispatcher import Traffic
from agentcore.runtime.human import ask_at_console
from agentcore.runtime.streams.reader import StreamReader
from agentcore.runtime.streams.registry import StreamRegistry
from agentcore.runtime.turns.fan_out import Turn, current_turn, set_current_turn

__all__ = ["Runtime", "runtime_of", "runtime_with"]

_runtimes: weakref.WeakValueDictionary[str, Runtime] = weakref.WeakValueDictionary()


def runtime_of(ref: AgentRef) -> Runtime:
    """Give this process's runtime of the system that ``ref`` is of.

    Raises:
        SystemClosedError: the system was closed, or this process is not connected to it.
    """
    runtime = _runtimes.get(ref.system)
    if runtime is None:
        raise SystemClosedError(
            f"the system of agent {ref.name!r} is closed, or this process is not connected to it; "
            "connect() first"
        )
    return runtime


def runtime_with(stream_id: str) -> Runtime | None:
    """Give this process's runtime that keeps a stream, if one does."""
    return next((each for each in list(_runtimes.values()) if stream_id in each.streams), None)


class Runtime(Traffic):
    """One process's part of a system: its agents, its mail, and what is asked of it from outside.

    Attributes:
        core: the settings that every backend shares.
        strict: whether messages must be able to cross to another process.
    """

    def __init__(
        self,
        backend: ActorBackend,
        core: CoreSettings,
        system: str = "",
        place: str = "",
        strict: bool = False,
    ) -> None:
        super().__init__(backend, system, place)
        self.core = core
        self.strict = strict
        self.streams = StreamRegistry(self)
        self._ids = itertools.count()
        self._id_prefix = uuid.uuid4().hex[:12]
        _runtimes[self.system] = self

    def new_id(self) -> str:
        """Give an id that no other conversation or call of the system has."""
        return f"{self._id_prefix}-{next(self._ids)}"

    # --- waits ----------------------------------------------------------------------------------

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Hold the calling thread, or the calling turn, until ``chat`` has stopped."""
        turn = current_turn()
        if turn is not None and not chat.done():
            return turn.wait(chat._peers, chat._when_done, timeout)
        if not chat.done():
            latch = self.backend.latch()
            chat._when_done(lambda _: latch.set())
            try:
                if not self.backend.block(latch, timeout, None):
                    return None
            finally:
                set_current_turn(None)  # a backend without threads took turns meanwhile
            self._all_shown(chat)
        return chat._outcome

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Await that ``chat`` has stopped."""
        turn = current_turn()
        if turn is not None:
            return await turn.a_wait(chat._peers, chat._when_done)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()

        def done(outcome: Outcome) -> None:
            with contextlib.suppress(RuntimeError):  # it gave up waiting, and its loop is closed
                loop.call_soon_threadsafe(_set, future, outcome)

        chat._when_done(done)
        try:
            outcome: Outcome = await self.backend.drive(future)
            return outcome
        finally:
            set_current_turn(None)

    # --- what is asked from outside of a turn, or of another agent -------------------------------

    def ticket(self, *peers: AgentRef, id: str = "") -> Chat:
        """Make the handle of something that will be answered, by what these agents do."""
        self.check_open()
        chat = Chat(self, id or self.new_id(), peers)
        self._tickets[chat._id] = chat
        return chat

    def begin(
        self,
        initiator: AgentRef,
        recipient: Any,
        message: Any,
        *,
        _waits: bool = False,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Any = None,
        timeout: float | None = None,
        _wanted: bool = True,
        **context: Any,
    ) -> Chat:
        """Let a hosted agent begin a conversation, as one of its turns.

        What has an underscore is no option of users, whose ``context`` may have any name.
        """
        first = None if message is None else self.check_message(as_message(message))
        if message is not None and context:
            _check_slips(context)
        if message is not None:
            context = {"message": first, **context}
        condition = None if until is None else as_condition(until)
        turn = current_turn()
        peer = self.resolve(recipient)
        acquired = not isinstance(recipient, str | AgentRef)
        chat_id = self.new_id()
        try:
            exchange, inherited = self._means(turn, _waits, max_turns, silent, timeout, chat_id)
        except BaseException:
            if acquired:
                self.release(peer.name)
            raise
        chat = self.ticket(initiator, peer, id=chat_id)
        if inherited.root[0] == chat_id:
            chat._shown_from = None if inherited.silent else exchange.budget
        if acquired:
            chat._when_done(lambda _: self.release(peer.name))
        if turn is not None and _waits:
            turn.lend_to(chat)
        self.ask(
            Begin(
                chat._id, initiator, peer, first, context, exchange, inherited,
                self.place, clear_history, condition, _wanted,
            )
        )  # fmt: skip
        return chat

    def call(self, agent: AgentRef, method: str, args: Any, kwargs: Any) -> Any:
        """Run a method of a hosted agent as one of its turns, and wait for what it returns."""
        return self.ask_to_call(agent, method, args, kwargs)._finish()

    def ask_to_call(
        self, agent: AgentRef, method: str, args: Any, kwargs: Any, spends: bool = True
    ) -> Chat:
        """Have a method of a hosted agent run as one of its turns; give what to wait for.

        Args:
            spends: whether it costs a turn, and may cause others.
        """
        turn = current_turn()
        self.resolve(agent)
        if turn is None or spends:
            exchange, inherited = self._means(turn, True, None, False, None)
        else:
            exchange, inherited = Exchange(0), turn.passed_on()
        chat = self.ticket(agent)
        if turn is not None and spends:
            turn.lend_to(chat)
        self.ask(Call(chat._id, agent, method, args, kwargs, exchange, inherited, self.place))
        return chat

    def _means(
        self,
        turn: Turn | None,
        waits: bool,
        max_turns: int | None,
        silent: bool,
        timeout: float | None,
        root: str = "",
    ) -> tuple[Exchange, CallContext]:
        """Give what a conversation or call may spend, and what it inherits."""
        limit = self.core.max_turns if max_turns is None else max_turns
        exchange = begin(limit)
        self.check_open()
        if turn is None:
            deadline = self._deadline(timeout, None)
            first = (root, exchange.budget)
            return exchange, CallContext((), deadline, self.place, silent, first)
        inherited = self.limited(turn.passed_on(), silent, timeout)
        exchange = turn.lend(waits, exchange.budget)  # last: what raises is to cost nothing
        if not waits:
            inherited = attrs.evolve(inherited, root=(root, exchange.budget))
        return exchange, inherited

    def limited(self, inherited: CallContext, silent: bool, timeout: float | None) -> CallContext:
        """Narrow what is inherited: quieter, and with less time."""
        if timeout is None and silent <= inherited.silent:
            return inherited
        deadline = self._deadline(timeout, inherited.deadline)
        return attrs.evolve(inherited, silent=silent or inherited.silent, deadline=deadline)

    def _deadline(self, timeout: float | None, inherited: float | None) -> float | None:
        if timeout is None:
            return inherited
        check_timeout(timeout)
        own = self.backend.now() + timeout
        return own if inherited is None else min(own, inherited)

    def ask(self, item: Begin | Call) -> None:
        """Deliver a request; a failure settles its ticket."""
        try:
            self.dispatch(item)
        except AgentCoreError as error:
            self.refuse(item, error)

    def cancel(self, initiator: AgentRef, chat_id: str) -> None:
        """Stop a conversation that was asked for here."""
        self.send_to(initiator.place, Cancel(chat_id))

    def was_cancelled(self, id: str) -> bool:
        """Whether a conversation was cancelled before it began."""
        return id in self._cancelled

    def check_message(self, message: Message) -> Message:
        """Give a message that is about to be sent: what its sender changes later stays here.

        Raises:
            MessagePickleError: it could not cross to another process, where that is asked for.
        """
        if self.strict:
            message.check_picklable()
        return message.isolated()

    def _all_shown(self, chat: Chat) -> None:
        outcome = chat._outcome
        if self.console is not None and chat._shown_from is not None and outcome is not None:
            self.console.finish(chat._id, len(outcome.transcript), chat._shown_from)

    def ask_human(self, console: str, prompt: str) -> str | None:
        """Ask at the console of the process that began the conversation."""
        if console == self.place:
            return ask_at_console(prompt)
        chat = Chat(self, self.new_id(), (AgentRef("", self.system, console),))
        self._tickets[chat._id] = chat
        latch = self.backend.latch()
        chat._when_done(lambda _: latch.set())
        self.send_to(console, Question(chat._id, "human", (prompt,), self.place))
        self.backend.block(latch, None, None)
        assert chat._outcome is not None
        text: str | None = chat._outcome.get()
        return text

    def read_stream(self, agent: Any, stream_id: str) -> StreamReader:
        """Give a reader of a stream of any agent.

        Raises:
            StreamNotFoundError: there is no such stream, or it is no longer kept.
        """
        return self.streams.reader(agent, stream_id)

    # --- end ------------------------------------------------------------------------------------

    def close(self) -> None:
        """End every agent here; what waits for one fails. Idempotent."""
        with self._lock:
            self.closed = True
        gone = SystemClosedError("the system was closed while this was going on")
        for chat in list(self.chats.values()):
            reason = StopReason(StopKind.FAILED, chat.conversation.initiator.name, detail=str(gone))
            chat.stop(reason, 0, error=gone)
        for pending in list(self.ask_alls.values()):
            pending.give_up(gone)
        for ticket in list(self._tickets.values()):
            ticket._settle(Outcome(None, 0, gone))
        self._tickets.clear()
        self.streams.close()
        mailboxes = [self.mailboxes.pop(name) for name in list(self.mailboxes)]
        for mailbox in mailboxes:
            mailbox.close()
            mailbox.agent._mailbox = None
            self.backend.detach(mailbox)
        for mailbox in mailboxes:  # what was begun in the meantime may have been left in a mailbox
            mailbox.give_up(gone)


def _check_slips(context: Mapping[str, Any]) -> None:
    """Raise ``TypeError`` for what was meant as an option, and is no word of a context."""
    for key in context:
        hint = did_you_mean(key, OPTIONS, count=1, cutoff=0.8)
        if hint:
            raise TypeError(f"initiate_chat has no option {key!r}{hint}")


def _set(future: asyncio.Future[Any], outcome: Any) -> None:
    if not future.done():
        future.set_result(outcome)
