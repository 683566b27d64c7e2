"""The part of a system that is in one process: its agents here, and what waits here.

It knows what is to happen with an envelope or a packet; how it gets from process to process, and
on which thread turns run, is the backend's.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import itertools
import threading
import traceback
import uuid
import weakref
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
from loguru import logger

from agentcore._backend import ActorBackend
from agentcore._chat import Chat, OpenChat
from agentcore._conditions import as_condition
from agentcore._config import CoreSettings
from agentcore._console import Console
from agentcore._envelope import (
    Answer,
    Begin,
    Call,
    Cancel,
    Circumstances,
    Envelope,
    Found,
    Outcome,
    Probe,
    Question,
    Shown,
    Stopped,
)
from agentcore._human import as_shown, ask_at_console, write
from agentcore._machine import Exchange, begin
from agentcore._message import Message, as_message
from agentcore._ref import AgentRef, get_agent_name, kinds_of
from agentcore._reply import ReplyTurn
from agentcore._requests import BeginTurn, CallTurn
from agentcore._seat import Seat
from agentcore._stream_reader import StreamReader
from agentcore._streams import Streams
from agentcore._transcript import StopKind, StopReason
from agentcore._turn import Turn, current_turn, set_current_turn
from agentcore._waits import follow
from agentcore.errors import (
    AgentCoreError,
    AgentDiedError,
    AgentNotFoundError,
    ChatError,
    NameInUseError,
    SpawnError,
    SystemClosedError,
    SystemMismatchError,
)

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


class Runtime:
    """One process's part of a system.

    Attributes:
        system: the system's id.
        place: where this process is, in words of the backend.
        seats: the agents here, by name.
        chats: conversations that agents here began, by id.
        streams: the streams of the agents here.
    """

    def __init__(
        self,
        backend: ActorBackend,
        core: CoreSettings,
        system: str = "",
        place: str = "",
        strict: bool = False,
    ) -> None:
        self.backend = backend
        self.core = core
        self.system = system or uuid.uuid4().hex
        self.place = place
        self.strict = strict
        self.closed = False
        self.seats: dict[str, Seat] = {}
        self.chats: dict[str, OpenChat] = {}
        self.streams = Streams(self)
        self.schedule: Callable[[Any], None] = backend.schedule
        self.turns = _TURNS
        #: given by backends that have agents in other processes
        self.console: Console | None = None
        self._tickets: dict[str, Chat] = {}
        self._cancelled: deque[str] = deque(maxlen=256)
        self._guests: dict[str, int] = {}
        self._reserved: set[str] = set()
        self._lock = threading.RLock()
        self._ids = itertools.count()
        self._id_prefix = uuid.uuid4().hex[:12]
        _runtimes[self.system] = self

    def new_id(self) -> str:
        """Give an id that no other conversation or call of the system has."""
        return f"{self._id_prefix}-{next(self._ids)}"

    # --- agents here ----------------------------------------------------------------------------

    def spawn_here(
        self, cls: type, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[AgentRef, ...]:
        """Construct agents in this process: all or none."""
        self._reserve(names)
        agents = []
        try:
            for name in names:
                agents.append(_construct(cls, name, args, kwargs))
            return tuple([self.host(agent) for agent in agents])
        finally:
            with self._lock:
                self._reserved.difference_update(names)

    def _reserve(self, names: Sequence[str]) -> None:
        with self._lock:
            self.check_open()
            taken = [name for name in names if name in self.seats or name in self._reserved]
            taken += [name for name, count in _counts(names).items() if count > 1]
            if taken:
                raise name_in_use(taken[0])
            self._reserved.update(names)

    def host(self, agent: Any) -> AgentRef:
        """Give an agent object a seat here."""
        ref = AgentRef(agent.name, self.system, self.place, kinds_of(type(agent)))
        seat = Seat(self, agent, ref)
        agent._seat = seat
        self.backend.attach(seat)
        self.seats[agent.name] = seat
        return ref

    def adopt(self, agent: Any) -> AgentRef:
        """Host an agent object of the caller's for a conversation; `let_go` ends that.

        Raises:
            NameInUseError: another agent has its name.
            SystemMismatchError: the object is in a conversation in another system.
        """
        with self._lock:
            self.check_open()
            seat = agent._seat
            if seat is not None and not seat.closed and seat.runtime is not self:
                raise SystemMismatchError(
                    f"agent {agent.name!r} is hosted by another system; "
                    "use it there, or make one agent for each system"
                )
            here = self.seats.get(agent.name)
            if here is None:
                if agent.name in self._reserved:
                    raise name_in_use(agent.name)
                ref = AgentRef(agent.name, self.system, self.place, kinds_of(type(agent)))
                self.backend.claim(ref)
                self._guests[agent.name] = 1
                return self.host(agent)
            if here.agent is not agent:
                raise name_in_use(agent.name)
            if agent.name in self._guests:
                self._guests[agent.name] += 1
            return here.ref

    def guests(self) -> list[str]:
        """Name the agent objects that are hosted here for their conversations."""
        return list(self._guests)

    def let_go(self, name: str) -> None:
        """Undo one `adopt`."""
        with self._lock:
            count = self._guests.get(name)
            if count is None:
                return
            if count > 1:
                self._guests[name] = count - 1
                return
            del self._guests[name]
            seat = self.seats[name]
        self._leave(name)  # its streams are still to be read, by whoever it answered
        self.backend.disclaim(seat.ref)

    def close_here(self, name: str) -> None:
        """End an agent of this process; what waited in its mailbox fails."""
        with self._lock:
            self._guests.pop(name, None)  # nobody need let it go any more
            seat = self.seats.get(name)
        self._leave(name)
        for turn in () if seat is None else seat.awaiting():
            if turn is not current_turn():
                turn.abandon(AgentDiedError(f"agent {name!r} was closed in its turn", agent=name))
        self.streams.close_agent(name)

    def _leave(self, name: str) -> None:
        seat = self.seats.pop(name, None)
        if seat is None:
            raise self.not_found(name)
        left = seat.close()
        seat.agent._seat = None
        self.backend.detach(seat)
        for item in left:
            self.left_over(item, name)

    def left_over(self, item: Any, name: str) -> None:
        """An item was in the mailbox of an agent that was closed: it fails."""
        if type(item) in _TURNS:
            self.refuse(item, AgentDiedError(f"agent {name!r} was closed", agent=name))
        else:
            item.dead(f"agent {name!r}")

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process."""
        seat = self.seats.get(name)
        return None if seat is None else seat.ref

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process."""
        return [seat.ref for seat in list(self.seats.values())]

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""
        if self.closed:
            raise SystemClosedError("the system was closed; connect() again")

    def not_found(self, name: str) -> AgentNotFoundError:
        """Give the error for a name that no agent has."""
        names = [ref.name for ref in self.backend.refs()]
        close = difflib.get_close_matches(name, names, n=3)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        return AgentNotFoundError(f"no agent of this system is named {name!r}{hint}")

    def resolve(self, agent: Any) -> AgentRef:
        """Find the agent that is meant by a ref, a name or an agent object.

        An object that is hosted nowhere is adopted: pair this with `let_go`.
        """
        if isinstance(agent, AgentRef):
            if agent.system != self.system:
                raise SystemMismatchError(
                    f"agent {agent.name!r} belongs to another system; agents converse "
                    "within one system"
                )
            return agent
        if isinstance(agent, str):
            ref = self.ref_here(agent) or self.backend.find(agent)
            if ref is None:
                raise self.not_found(agent)
            return ref
        get_agent_name(agent)
        if not hasattr(agent, "_seat"):
            raise TypeError(f"{agent!r} is no agent: derive it from ConversableAgent")
        return self.adopt(agent)

    # --- envelopes and packets ------------------------------------------------------------------

    def deliver(self, item: Any, to: AgentRef) -> Seat | None:
        """Take an envelope, a `Begin` or a `Call` to its agent, wherever that is.

        Returns:
            a seat here that is to be scheduled for it.

        Raises:
            AgentNotFoundError: there is no such agent.
            AgentDiedError: it was closed.
        """
        seat = self.seats.get(to.name)
        if seat is not None:
            return seat.post(item)
        if to.place != self.place:
            self.backend.carry(to.place, item)
            return None
        self.check_open()
        raise self.not_found(to.name)

    def dispatch(self, item: Any) -> None:
        """Deliver, and schedule."""
        seat = self.deliver(item, item.to)
        if seat is not None:
            self.schedule(seat)

    def receive(self, packet: Any) -> None:
        """Take what another process sent to this one."""
        kind = type(packet)
        if kind in (Envelope, Begin, Call):
            if kind is Envelope and self._came_before(packet):
                return
            try:
                self.dispatch(packet)
            except AgentCoreError as error:
                self.refuse(packet, error)
        elif kind is Stopped:
            self._stopped(packet)
        elif kind is Answer:
            chat = self._tickets.pop(packet.id, None)
            if chat is not None:
                chat._settle(packet.outcome)
        elif kind is Cancel:
            chat_here = self.chats.get(packet.id)
            if chat_here is not None:
                chat_here.cancel()
            else:  # it has stopped, or is still to begin
                self._cancelled.append(packet.id)
        elif kind is Probe:
            self._probed(packet)
        elif kind is Found:
            seat = self.seats.get(packet.agent)
            if seat is not None:
                seat.promote(packet.id)
        elif kind is Question:
            self._questioned(packet)
        elif kind is Shown and self.console is not None:
            self.console.show(packet.root, packet.budget, packet.text)

    def _came_before(self, packet: Envelope) -> bool:
        """Whether this envelope is here for the second time.

        The budget of a conversation falls with every message, so it tells them apart.
        """
        seat = self.seats.get(packet.to.name)
        if seat is None:
            return False
        mark = (packet.conversation.id, packet.exchange.budget)
        history = seat.agent._history_with(packet.sender.name)
        seen = history.seen
        if seen is not None and seen[0] == mark[0] and seen[1] <= mark[1]:
            logger.info("a message to {} was dropped: it came twice", packet.to.name)
            return True
        history.seen = mark
        return False

    def send_to(self, place: str, packet: Any) -> None:
        """Send a packet to the process at ``place``."""
        if place == self.place:
            self.receive(packet)
        else:
            self.backend.carry(place, packet)

    def refuse(self, item: Any, error: AgentCoreError) -> None:
        """``item`` did not reach its agent: whoever waits for what comes of it is told."""
        unused = item.exchange.budget
        if type(item) is not Envelope:
            self.send_to(item.asker, Answer(item.id, Outcome(None, unused, error)))
        elif item.to_initiator:
            logger.info("a reply to {} was dropped: {}", item.to.name, error)
            chat = self.chats.get(item.conversation.id)
            if chat is not None:
                error = _as_failure(error, item.to.name)
                reason = StopReason(StopKind.FAILED, item.to.name, detail=str(error))
                chat.stop(reason, unused, error=error)
        else:
            name = item.to.name
            error = _as_failure(error, name)
            packet = Stopped(
                item.conversation.id,
                StopReason(StopKind.FAILED, name, detail=str(error)),
                unused,
                error=error,
                undelivered=True,
            )
            self.send_to(item.conversation.initiator.place, packet)

    def broken(self, item: Any, error: BaseException) -> None:
        """A turn failed outside of the user's code: a bug of ours, which must hang nobody."""
        logger.opt(exception=error).error("a turn failed outside of its rules; this is a bug")
        if type(item) in _TURNS:
            self.refuse(item, AgentDiedError(
                f"the turn of agent {item.to.name!r} failed in agentcore itself, with "
                f"{type(error).__name__}: {error}; please report this",
                agent=item.to.name,
            ))  # fmt: skip

    def _stopped(self, packet: Stopped) -> None:
        chat = self.chats.get(packet.id)
        if chat is None:
            logger.debug("conversation {} had stopped already", packet.id)
            return
        if packet.undelivered:
            chat.take_back()
            seat = self.seats.get(chat.conversation.initiator.name)
            if seat is not None:
                seat.agent._history_with(chat.conversation.recipient.name).forget_last()
        chat.stop(packet.reason, packet.unused, packet.nested, packet.error)

    def _questioned(self, question: Question) -> None:
        answers = {
            "human": self._ask_here,
            "stream": self.streams.asked,
            "stream_close": self.streams.closed,
        }
        answers[question.what](question)

    def _ask_here(self, question: Question) -> None:
        def answer() -> None:
            try:
                outcome = Outcome(ask_at_console(*question.args))
            except BaseException as error:
                outcome = Outcome(None, error=error)
            self.send_to(question.asker, Answer(question.id, outcome))

        self.schedule(Job(answer))

    def lost(self, place: str) -> None:
        """A process is gone: what waits here for one of its agents fails."""
        for chat in list(self.chats.values()):
            name = chat.conversation.recipient.name
            if chat.conversation.recipient.place == place:
                error = died(name)
                reason = StopReason(StopKind.FAILED, name, detail=str(error))
                chat.stop(reason, chat.budget, error=error)
        for ticket_id, ticket in list(self._tickets.items()):
            if ticket._initiator.place == place:
                self._tickets.pop(ticket_id, None)
                ticket._settle(Outcome(None, 0, died(ticket._initiator.name)))
        self.streams.lost(place)

    # --- waits ----------------------------------------------------------------------------------

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Say what an agent here waits for; ``None`` for one that is not here."""
        seat = self.seats.get(name)
        return None if seat is None else seat.waits

    def probe(self, probe: Probe) -> None:
        """Ask the processes of the agents at its frontier."""
        places: dict[str, list[AgentRef]] = {}
        for ref in probe.frontier:
            places.setdefault(ref.place, []).append(ref)
        for place, refs in places.items():
            if place != self.place:
                self.backend.carry(place, attrs.evolve(probe, frontier=tuple(refs)))

    def _probed(self, probe: Probe) -> None:
        found, elsewhere, visited = follow(
            probe.frontier, probe.chain, self.waits_of, probe.visited
        )
        if found:
            self.send_to(probe.asker, Found(probe.id, probe.agent))
        elif elsewhere:
            self.probe(attrs.evolve(probe, frontier=elsewhere, visited=visited))

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
        if message is not None:
            context = {"message": first, **context}
        condition = None if until is None else as_condition(until)
        turn = current_turn()
        peer = self.resolve(recipient)
        adopted = not isinstance(recipient, str | AgentRef)
        chat_id = self.new_id()
        try:
            exchange, inherited = self._means(turn, _waits, max_turns, silent, timeout, chat_id)
        except BaseException:
            if adopted:
                self.let_go(peer.name)
            raise
        chat = self.ticket(initiator, peer, id=chat_id)
        if inherited.root[0] == chat_id:
            chat._shown_from = None if inherited.silent else exchange.budget
        if adopted:
            chat._when_done(lambda _: self.let_go(peer.name))
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
        turn = current_turn()
        self.resolve(agent)
        exchange, inherited = self._means(turn, True, None, False, None)
        chat = self.ticket(agent)
        if turn is not None:
            turn.lend_to(chat)
        self.ask(Call(chat._id, agent, method, args, kwargs, exchange, inherited, self.place))
        return chat._finish()

    def _means(
        self,
        turn: Turn | None,
        waits: bool,
        max_turns: int | None,
        silent: bool,
        timeout: float | None,
        root: str = "",
    ) -> tuple[Exchange, Circumstances]:
        """Give what a conversation or call may spend, and what it inherits."""
        limit = self.core.max_turns if max_turns is None else max_turns
        exchange = begin(limit)
        self.check_open()
        if turn is None:
            deadline = self._deadline(timeout, None)
            first = (root, exchange.budget)
            return exchange, Circumstances((), deadline, self.place, silent, first)
        inherited = self.limited(turn.passed_on(), silent, timeout)
        exchange = turn.lend(waits, exchange.budget)  # last: what raises is to cost nothing
        if not waits:
            inherited = attrs.evolve(inherited, root=(root, exchange.budget))
        return exchange, inherited

    def limited(
        self, inherited: Circumstances, silent: bool, timeout: float | None
    ) -> Circumstances:
        """Narrow what is inherited: quieter, and with less time."""
        if timeout is None and silent <= inherited.silent:
            return inherited
        deadline = self._deadline(timeout, inherited.deadline)
        return attrs.evolve(inherited, silent=silent or inherited.silent, deadline=deadline)

    def _deadline(self, timeout: float | None, inherited: float | None) -> float | None:
        if timeout is None:
            return inherited
        if timeout < 0:
            raise ValueError(f"a timeout is 0 seconds or more, not {timeout}")
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

    def show(self, received: Envelope) -> None:
        """Show a message at the console of the process that began the conversation."""
        text = as_shown(received.message, received.sender.name, received.to.name)
        inherited, budget = received.conversation.inherited, received.exchange.budget
        if self.console is None:
            write(text)
        elif inherited.console == self.place:
            self.console.show(inherited.root, budget, text)
        else:
            self.backend.carry(inherited.console, Shown(inherited.root, budget, text))

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
        for ticket in list(self._tickets.values()):
            ticket._settle(Outcome(None, 0, gone))
        self._tickets.clear()
        self.streams.close()
        for name in list(self.seats):
            seat = self.seats.pop(name)
            seat.close()
            seat.agent._seat = None
            self.backend.detach(seat)


# How the items of a mailbox are taken; one of another type has its own ``take``.
_TURNS: dict[type, Callable[[Seat, Any], Any]] = {
    Envelope: ReplyTurn.take,
    Begin: BeginTurn.take,
    Call: CallTurn.take,
}


class Job:
    """A function that a backend runs."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def run(self) -> None:
        """Call it; it is part of no turn."""
        set_current_turn(None)
        self._function()


def _as_failure(error: AgentCoreError, name: str) -> ChatError:
    """Give the failure of a conversation that came of an error in delivering to an agent."""
    return error if isinstance(error, ChatError) else AgentDiedError(str(error), agent=name)


def _set(future: asyncio.Future[Any], outcome: Any) -> None:
    if not future.done():
        future.set_result(outcome)


def _construct(cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    try:
        agent = cls(name, *args, **kwargs)
    except Exception as error:
        raise SpawnError(
            f"agent {name!r} could not be constructed: {cls.__name__} raised "
            f"{type(error).__name__}: {error}",
            agent=name,
            traceback=traceback.format_exc(),
        ) from error
    if getattr(agent, "name", None) != name or not hasattr(agent, "_seat"):
        raise SpawnError(
            f"{cls.__name__}({name!r}) made no agent of that name: derive it from "
            "ConversableAgent and give it the name",
            agent=name,
        )
    return agent


def name_in_use(name: str) -> NameInUseError:
    """Give the error for a name that is taken."""
    return NameInUseError(
        f"the name {name!r} is taken in this system; close that agent first, or choose another",
        agent=name,
    )


def died(name: str) -> AgentDiedError:
    """Give the error for an agent whose process is gone."""
    return AgentDiedError(f"agent {name!r} died: its process is gone", agent=name)


def _counts(names: Sequence[str]) -> dict[str, int]:
    return Counter(names)
