"""The runtime of a process: it owns the parts that do the work, and connects them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from agentcore.base.errors import SystemClosedError
from agentcore.config.core import CoreSettings
from agentcore.protocol.agent_ref import AgentLike, AgentRef, register_system
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import DEFAULT_OPTIONS, ChatOptions, check_context
from agentcore.protocol.handoff_trail import HandoffTrail
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.packets import (
    Answer,
    Begin,
    Call,
    Cancel,
    Shown,
    WaitCycleFound,
    WaitProbe,
)
from agentcore.protocol.state import Exchange
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.runtime.allowance import allowance_for
from agentcore.runtime.ask_all import PendingAskAll
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.briefed_chat import begin_briefed
from agentcore.runtime.cancellations import Cancellations
from agentcore.runtime.console_relay import ConsoleRelay
from agentcore.runtime.descriptions import Descriptions
from agentcore.runtime.dispatcher import Dispatcher
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.lookup import AgentLookup
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.opening import opening_for
from agentcore.runtime.ordered_console import Console
from agentcore.runtime.registry import AgentRegistry
from agentcore.runtime.streams.reader import StreamReader
from agentcore.runtime.streams.registry import StreamRegistry
from agentcore.runtime.tickets import Tickets
from agentcore.runtime.turns.begin_and_wait import a_begin_and_wait, begin_and_wait
from agentcore.runtime.turns.table import TURNS
from agentcore.runtime.turns.turn import current_turn
from agentcore.runtime.wait_graph import WaitGraph

__all__ = ["Runtime"]


class Runtime:
    """The part of a system that is in one process.

    It decides what is done with envelopes and packets. The backend decides how they get from
    process to process, and on which threads turns run.

    Args:
        backend: hosts the agents.
        core: the settings that every backend shares.
        system: the system's id; a new one by default.
        place: this process, as its backend names it.
        strict: whether messages must be picklable, even between agents of one process.

    Attributes:
        registry: the agents of this process.
        lookup: finds agents of any process.
        dispatcher: takes envelopes and packets to the agent or part that they are for.
        wait_graph: follows waits across processes.
        tickets: what was asked for in this process and is not answered yet.
        cancellations: lets agents drop what was cancelled.
        relay: prints and asks at the console of the right process.
        streams, descriptions: those of the agents of this process.
        chats, ask_alls: conversations and questions to many that agents here began, by id.
        session_trails: the handoffs of sessions, by the key of who began their conversations.
    """

    mailbox_type: ClassVar[type[Mailbox]] = Mailbox
    tickets_type: ClassVar[type[Tickets]] = Tickets

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
        self._ids = itertools.count()
        self._id_prefix = uuid.uuid4().hex[:12]
        self.chats: dict[str, InitiatedChat] = {}
        self.ask_alls: dict[str, PendingAskAll] = {}
        self.session_trails: dict[str, HandoffTrail] = {}
        self.turns: Mapping[type, Callable[[Any, Any], Any]] = TURNS
        self.relay = ConsoleRelay(self)
        self.streams = StreamRegistry(self)
        self.descriptions = Descriptions(self)
        self.tickets = self.tickets_type(self, self.relay.all_shown)
        self.registry = AgentRegistry(self, self.mailbox_type)
        self.lookup = AgentLookup(self, self.registry)
        self.dispatcher = Dispatcher(self, self.registry)
        self.cancellations = Cancellations(self)
        self.wait_graph = WaitGraph(
            place, self.registry.waits_of, self.dispatcher.send_to, self.registry.promote
        )
        self._share_parts()
        self.dispatcher.handlers |= {
            Answer: self.tickets.receive,
            Cancel: self.cancellations.receive,
            WaitProbe: self.wait_graph.receive_probe,
            WaitCycleFound: self.wait_graph.receive_found,
            Shown: self.relay.receive_shown,
        }
        self.dispatcher.questions |= {
            "human": self.relay.receive_question,
            "describe": self.descriptions.asked,
            "stream": self.streams.asked,
            "stream_close": self.streams.closed,
        }
        register_system(self.system, self)

    def _share_parts(self) -> None:
        """Copy methods of the parts that `Node` and `RuntimePort` describe, to save lookups."""
        registry, dispatcher, relay = self.registry, self.dispatcher, self.relay
        self.schedule: Callable[[Any], None] = self.backend.schedule
        self.close_agent = self.backend.close_agent
        self.mailboxes = registry.mailboxes
        self.spawn_here = registry.spawn_here
        self.add_pool = registry.add_pool
        self.acquire = registry.acquire
        self.release = registry.release
        self.borrowed = registry.borrowed
        self.ref_here = registry.ref_here
        self.refs_here = registry.refs_here
        self.resolve = self.lookup.resolve
        self.check_open = registry.check_open
        self.waits_of = registry.waits_of
        self.deliver = dispatcher.deliver
        self.request = dispatcher.request
        self.receive = dispatcher.receive
        self.send_to = dispatcher.send_to
        self.take_ask_all_reply = dispatcher.take_ask_all_reply
        self.cancel = self.cancellations.cancel
        self.was_cancelled = self.cancellations.was_cancelled
        self.refuse = dispatcher.refuse
        self.refuse_all = dispatcher.refuse_all
        self.broken = dispatcher.broken
        self.left_over = dispatcher.left_over
        self.probe = self.wait_graph.probe
        self.show = relay.show
        self.show_said = relay.show_said
        self.ask_human = relay.ask_human
        self.begin_and_wait = begin_and_wait
        self.a_begin_and_wait = a_begin_and_wait

    @property
    def console(self) -> Console | None:
        """Prints messages of several processes in order; set by backends that have several."""
        return self.relay.console

    @console.setter
    def console(self, console: Console | None) -> None:
        self.relay.console = console

    # --- beginning conversations and calls -------------------------------------------------------

    def begin(
        self,
        initiator: AgentRef,
        recipient: AgentLike,
        message: Any,
        options: ChatOptions = DEFAULT_OPTIONS,
        context: Mapping[str, Any] | None = None,
        waits: bool = False,
    ) -> Chat:
        """Let a hosted agent begin a conversation, as one of its turns.

        Args:
            message: the first message; ``None`` lets ``generate_init_message(**context)`` decide.
            waits: whether the calling turn, if there is one, waits for the result.

        Raises:
            MessageError, AgentNotFoundError, SystemClosedError: nothing was begun.
            TypeError: there is a message already, and so nothing that takes a key of ``context``.
        """
        known = dict(context or {})
        check_context(message, known)
        if options.briefing is not None:
            return begin_briefed(self, initiator, recipient, message, options, known, waits)
        first = None if message is None else self.check_message(message)
        opening = opening_for(self, initiator, recipient, options, waits)
        chat, exchange, inherited = opening.chat, opening.exchange, opening.inherited
        begin = Begin(
            chat._id, opening.me, opening.peer, first, known, exchange, inherited, self.place,
            options,
        )  # fmt: skip
        self.request(begin)
        return chat

    def ask_to_call(
        self,
        agent: AgentRef,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        spends: bool = True,
    ) -> Chat:
        """Have a method of a hosted agent run as one of its turns, and give the handle of the call.

        Args:
            spends: whether it costs a turn of the calling turn, and may begin conversations.
        """
        turn = current_turn()
        self.lookup.resolve_single(agent)
        if turn is None or spends:
            exchange, inherited = allowance_for(self, turn, True, DEFAULT_OPTIONS)
        else:
            exchange, inherited = Exchange(0), turn.passed_on()
        chat = self.new_ticket(agent)
        if turn is not None and spends:
            turn.take_back_from(chat)
        self.request(Call(chat._id, agent, method, args, kwargs, exchange, inherited, self.place))
        return chat

    def new_ticket(self, *peers: AgentRef, id: str = "") -> Chat:
        """Make the handle of something that ``peers`` will answer with an `Answer`."""
        self.check_open()
        return self.tickets.new(peers, id or self.new_id())

    def new_id(self) -> str:
        """Give a new id for a conversation, call or stream, unique in the system."""
        return f"{self._id_prefix}-{next(self._ids)}"

    def check_message(self, message: MessageLike) -> Message:
        """Make a message that can be sent: later changes by its sender do not reach it.

        Raises:
            MessageError: it is no message; or it cannot be pickled, and the runtime is ``strict``.
        """
        checked = as_message(message)
        if self.strict:
            checked.check_picklable()
        return checked.isolated()

    def read_stream(self, agent: AgentLike, stream_id: str) -> StreamReader:
        """Give a reader of a stream of any agent; it may raise ``StreamNotFoundError``."""
        return self.streams.reader(agent, stream_id)

    # --- ends -----------------------------------------------------------------------------------

    def lost(self, place: str) -> None:
        """Let everything fail that waits here for an agent of ``place``, whose process ended."""
        self.dispatcher.lost(place)
        self.tickets.lost(place)
        self.streams.lost(place)

    def close_here(self, address: str) -> None:
        """Close an agent of this process, and its streams; items in its mailbox fail."""
        self.registry.close_here(address)
        self.streams.close_agent(address)

    @property
    def closed(self) -> bool:
        """Whether the system was closed."""
        return self.registry.closed

    def close(self, why: str = "the system was closed while this was going on") -> None:
        """Close every agent of this process; whatever waits for one fails with ``why``."""
        self.registry.closed = True
        gone = SystemClosedError(why)
        for chat in list(self.chats.values()):
            reason = StopReason(StopKind.FAILED, chat.conversation.initiator.name, detail=str(gone))
            chat.stop(reason, 0, error=gone)
        for pending in list(self.ask_alls.values()):
            pending.give_up(gone)
        self.tickets.give_up(gone)
        self.streams.close()
        self.registry.close_all(gone)
