"""Functions of a turn that begin conversations, and wait for them or not."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from agentcore.base import logger
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.condition import Condition
from agentcore.protocol.envelope import CallContext, Conversation, Envelope, Route
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.sessions import as_peer
from agentcore.protocol.state import Exchange, Lend, Sent, begin
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transcript import ChatResult
from agentcore.protocol.transitions import step
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.handoff_targets import goes_on_with
from agentcore.runtime.turns.hooked import a_hooked_message, hooked_message
from agentcore.runtime.turns.turn import Turn, Waiting
from agentcore.runtime.turns.waits import dispatch, waits_of

__all__ = [
    "a_converse",
    "converse",
    "nothing_to_release",
    "open_chat",
    "releaser",
    "steer",
    "tell",
    "waiting_for_chat",
]

OnStop = Callable[[Outcome], None]
TOLD = ChatOptions(clear_history=False)


def converse(
    turn: Turn, message: MessageLike, recipient: AgentLike, options: ChatOptions, id: str = ""
) -> ChatResult:
    """Begin a nested conversation, and block the thread until it has stopped.

    Args:
        id: the id that it is to have; a new one by default.

    Raises:
        BudgetSpentError, DepthError, AgentNotFoundError, MessageError: nothing was delivered.
        ChatError: the conversation failed.
        TurnError: this would block the event loop.
    """
    if turn.asynchronous:
        found: ChatResult = waits_of(turn).tool_threads.wait(
            a_converse(turn, message, recipient, options, id)
        )
        return found
    message = hooked_message(turn, message, recipient, options.silent)
    waiting = waiting_for_chat(turn, message, recipient, options, id)
    outcome = waits_of(turn).wait(waiting.peers, waiting.start, None)
    assert outcome is not None
    return outcome.get()  # type: ignore[no-any-return]


async def a_converse(
    turn: Turn, message: MessageLike, recipient: AgentLike, options: ChatOptions, id: str = ""
) -> ChatResult:
    """`converse` for ``async def`` rules; several at once in one turn run one after the other."""
    waits = waits_of(turn)
    async with waits.one_at_a_time:
        message = await a_hooked_message(turn, message, recipient, options.silent)
        waiting = waiting_for_chat(turn, message, recipient, options, id)
        outcome = await waits.a_wait(waiting.peers, waiting.start)
    return outcome.get()  # type: ignore[no-any-return]


def waiting_for_chat(
    turn: Turn, message: MessageLike, recipient: AgentLike, options: ChatOptions, id: str = ""
) -> Waiting:
    """Give the wait for a nested conversation, which begins when the wait is recorded."""
    runtime = turn.runtime
    checked = runtime.check_message(message)
    inherited = turn.passed_on()
    peer, release = _peer(turn, recipient, options)

    def start(answer: OnStop) -> Callable[[], object]:
        def read(outcome: Outcome) -> None:
            turn.take_back(outcome)
            release()
            answer(outcome)

        def stopped(outcome: Outcome) -> None:
            _read_stream(turn, outcome, inherited.narrowed(*limits).deadline, read)

        before = turn.exchange
        limits = options.silent, options.timeout, runtime.backend.now
        try:
            lent = turn.lend(True, _most(options.max_turns, before.budget))
            cancel = open_chat(turn, checked, peer, lent, inherited, options, stopped, id)
        except BaseException:
            turn.exchange = before  # nothing was delivered, so nothing was spent
            release()
            raise
        if id and runtime.was_cancelled(id):  # before it had begun
            cancel()
        return cancel

    return Waiting((peer,), start)


def _peer(
    turn: Turn, recipient: AgentLike, options: ChatOptions
) -> tuple[AgentRef, Callable[[], None]]:
    """Return the agent that the turn begins a conversation with, and what releases it."""
    found = turn.runtime.resolve(recipient)
    release = releaser(turn.runtime, recipient, found)
    session = options.session or turn.inherited.session
    peer = as_peer(found, session, turn.mailbox.ref)
    return goes_on_with(turn, peer, session, options.clear_history, release)


def _read_stream(turn: Turn, outcome: Outcome, deadline: float | None, then: OnStop) -> None:
    """Call ``then`` with an outcome, once its last message has its text, if that is a stream."""
    last = None if outcome.error is not None else outcome.value.last_message
    id = "" if last is None else str(last.metadata.get("stream_id"))
    if last is None or not last.metadata.get("stream") or last.content != id:  # it has been read
        then(outcome)
        return

    def done(error: BaseException | None) -> None:
        then(outcome if error is None else attrs.evolve(outcome, error=error))

    turn.runtime.streams.collect(str(last.metadata.get("agent")), id, deadline, done)


def tell(turn: Turn, message: MessageLike, recipient: AgentLike) -> None:
    """Begin a conversation, and do not wait for it: replies to it are taken in later turns.

    Raises:
        BudgetSpentError, AgentNotFoundError, MessageError: nothing was delivered.
    """
    turn.check_wanted()
    runtime = turn.runtime
    checked = runtime.check_message(hooked_message(turn, message, recipient, False))
    peer, release = _peer(turn, recipient, TOLD)

    def stopped(outcome: Outcome) -> None:
        release()
        if outcome.error is not None:
            teller = turn.mailbox.ref.name
            logger.warning("what {} told {} failed: {}", teller, peer.name, outcome.error)

    before = turn.exchange
    try:
        lent = turn.lend(False, before.budget)
        new_id = runtime.new_id()
        inherited = attrs.evolve(turn.inherited, chain=(), root=(new_id, lent.budget))
        open_chat(turn, checked, peer, lent, inherited, TOLD, stopped, new_id)
    except BaseException:
        turn.exchange = before
        release()
        raise


def open_chat(
    turn: Turn,
    message: Message,
    peer: AgentRef,
    exchange: Exchange,
    inherited: CallContext,
    options: ChatOptions,
    on_stop: OnStop,
    id: str = "",
) -> Callable[[], object]:
    """Deliver the first message of a conversation that the turn's agent begins.

    Args:
        exchange: the state that it begins with, its first message paid for.
        inherited: the context; ``options`` may make it silent, or its deadline earlier.
        on_stop: called once with the outcome.
        id: the id of the conversation; a new one by default.

    Returns:
        a function that cancels the conversation.

    Raises:
        AgentNotFoundError, AgentDiedError: nothing was delivered, and nothing is recorded.
    """
    runtime, now = turn.runtime, turn.runtime.backend.now
    context = inherited.narrowed(options.silent, options.timeout, now, options.session)
    me = as_peer(turn.mailbox.ref, context.session, peer)
    fresh = options.clear_history
    conversation = Conversation(id or runtime.new_id(), me, peer, context, fresh, options.wanted)
    if id:
        turn.leads, on_stop = True, _following(turn, on_stop)
    chat = InitiatedChat(
        conversation, exchange.budget, on_stop, runtime.backend, runtime.chats, runtime.cancel,
        options.until,
    )  # fmt: skip
    chat.open()
    try:
        condition = chat.note(message, (), exchange.budget, True)  # may call the user's predicate
        with turn.mailbox.agent._memory.recording(peer.key, message, fresh) as chat.undo:
            item = Envelope(conversation, message, exchange, False, (), condition, opening=True)
            dispatch(turn, item, peer)
    except BaseException:
        chat.dismiss()
        turn.leads = False
        raise
    return chat.cancel


def _following(turn: Turn, on_stop: OnStop) -> OnStop:
    def stopped(outcome: Outcome) -> None:
        # One that was given up has its id among those that were cancelled, and the turn goes on.
        turn.leads = outcome.error is not None or outcome.value.stop.kind is StopKind.CANCELLED
        on_stop(outcome)

    return stopped


def steer(
    turn: Turn,
    message: Message,
    route: Route,
    peers: tuple[AgentRef, ...],
    rule: ReplyRule,
    *,
    free: bool,
    fresh: bool,
    opening: bool,
    until: Condition | None = None,
) -> Waiting:
    """Give the wait for a nested conversation in which ``rule`` chooses each next recipient.

    Groups are made of it: the recipients are the members of the group.

    Args:
        message: the first message. It is forwarded to the first of ``peers``, and not put into the
            transcript, where it is already.
        route: how the first of ``peers`` takes the message.
        peers: all agents that may become its recipient.
        rule: decides on each message of it, with a `ForwardReply` or a `StopReply`.
        free: whether the first message costs no turn, which only the first conversation like this
            of a turn may be; see the fuel argument in `agentcore.protocol.transitions`.
        fresh: whether a recipient clears its history when it gets its first message of it.
        opening: whether this is the first message of it for the first of ``peers``.
        until: a condition that stops it.
    """
    inherited = turn.passed_on()

    def start(answer: OnStop) -> Callable[[], object]:
        def stopped(outcome: Outcome) -> None:
            turn.take_back(outcome)
            answer(outcome)

        runtime, before = turn.runtime, turn.exchange
        turn.exchange, effect = step(before, Sent(free))
        assert isinstance(effect, Lend)
        turn.kept, lent = 0, effect.exchange
        me = as_peer(turn.mailbox.ref, inherited.session, peers[0])
        conversation = Conversation(runtime.new_id(), me, peers[0], inherited, fresh)
        chat = InitiatedChat(
            conversation, lent.budget, stopped, runtime.backend, runtime.chats, runtime.cancel,
            until, (rule,),
        )  # fmt: skip
        chat.open()
        try:
            item = Envelope(conversation, message, lent, False, opening=opening, route=route)
            dispatch(turn, item, peers[0])
        except BaseException:
            chat.dismiss()
            turn.exchange = before
            raise
        return chat.cancel

    return Waiting(peers, start)


def _most(max_turns: int | None, budget: int) -> int:
    """Give the budget that a conversation may have, its first message paid for."""
    return budget if max_turns is None else begin(max_turns).budget


def releaser(runtime: RuntimePort, given: AgentLike, ref: AgentRef) -> Callable[[], None]:
    """Give the function that undoes ``runtime.resolve(given)``.

    Only an agent object is acquired, and must be released; for a ref or a name it does nothing.
    """
    if isinstance(given, str | AgentRef):
        return nothing_to_release
    return lambda: runtime.release(ref.address)


def nothing_to_release() -> None:
    """Do nothing, because a ref or a name was given."""
