"""What travels between processes: packets, each pickled on its own.

Each on its own, so that one that cannot be read where it arrives harms no other, and whoever
waits for what comes of it can be told.
"""

from __future__ import annotations

import contextlib
import pickle
from typing import Any, NamedTuple

import attrs
from ray import cloudpickle as _cloudpickle

from agentcore import (
    AgentDiedError,
    Entry,
    Message,
    MessagePickleError,
    ReplyError,
    StopKind,
    StopReason,
)
from agentcore.backend import (
    Answer,
    AskAll,
    AskAllReply,
    Begin,
    Call,
    Conversation,
    Envelope,
    Exchange,
    Outcome,
    Question,
    Stopped,
)

cloudpickle: Any = _cloudpickle  # it has no types

__all__ = ["Parcel", "decode", "encode", "pack", "refusal", "unpack"]


PART = "#"


class Parcel(NamedTuple):
    """A packet on the wire.

    Attributes:
        data: the packet, pickled.
        to: the place that it is for.
        sender: the place that is told if it cannot be read, which is ``to`` itself for what comes
            back; empty where nobody waits.
        id: of the conversation or request that it is about, or of a question to many and a part
            of that, with a ``#`` between.
        name: the agent that it is for; empty where that is a conversation.
        asked: whether it is a request, which an `Answer` settles, or that answer.
    """

    data: bytes
    to: str
    sender: str = ""
    id: str = ""
    name: str = ""
    asked: bool = False


def encode(packet: Any, to: str) -> Parcel:
    """Pickle a packet for the process at ``to``.

    Raises:
        MessagePickleError: a part of it cannot be pickled.
    """
    kind = type(packet)
    # Plain data: nothing can go wrong.
    if kind is Envelope and _is_plain(packet):
        return Parcel(_plain(packet), to)
    if kind is AskAllReply and _is_plain_part(packet):
        return Parcel(_plain_part(packet), to)
    if kind is AskAll:  # of a message that is plain; another goes as envelopes
        return Parcel(pickle.dumps(packet, protocol=5), to)
    try:
        data = cloudpickle.dumps(packet, protocol=5)
    except Exception as error:
        if kind is Answer:
            return encode(attrs.evolve(packet, outcome=_unpicklable(packet.outcome, error)), to)
        raise MessagePickleError(
            f"what was to go to another process cannot be pickled: {error}"
        ) from error
    if kind is Envelope:
        conversation = packet.conversation
        id = _with_part(conversation.id, conversation.part)
        return Parcel(data, to, conversation.initiator.place, id, packet.to.name)
    if kind in (Begin, Call):
        return Parcel(data, to, packet.asker, packet.id, packet.to.name, asked=True)
    if kind is Question:
        return Parcel(data, to, packet.asker, packet.id, asked=True)
    if kind is AskAllReply:
        return Parcel(data, to, to, _with_part(packet.id, packet.part))
    if kind in (Answer, Stopped):  # whoever waits for it is where it goes
        return Parcel(data, to, to, packet.id, asked=kind is Answer)
    return Parcel(data, to)


def _with_part(id: str, part: int) -> str:
    return id if part < 0 else f"{id}{PART}{part}"


def _is_plain(packet: Envelope) -> bool:
    if packet.message.opaque or _any_opaque(packet.nested):
        return False
    return packet.route is None or not any(message.opaque for message in packet.route.earlier)


def _is_plain_part(packet: AskAllReply) -> bool:
    message = packet.message
    return message is not None and message.is_text and not (packet.nested or packet.reason)


def _plain_part(packet: AskAllReply) -> bytes:
    assert packet.message is not None
    return pickle.dumps((packet.id, packet.part, packet.message.content, packet.unused), protocol=5)


def _part(id: str, part: int, text: str, unused: int) -> AskAllReply:
    return AskAllReply(id, part, Message.text(text), None, unused)


def _any_opaque(nested: tuple[Entry, ...]) -> bool:
    return bool(nested) and any(entry.message.opaque for entry in nested)


# Most packets are envelopes of plain data. They go as tuples; what stays the same in a conversation
# is pickled once, and read once: that is two thirds of an envelope's cost, measured.
_REMEMBERED = 4096
_heads: dict[str, tuple[Conversation, bytes]] = {}
_conversations: dict[bytes, Conversation] = {}


def _head(conversation: Conversation) -> bytes:
    known = _heads.get(conversation.id)
    if known is not None and known[0] is conversation:
        return known[1]
    data = pickle.dumps(conversation, protocol=5)
    # With a deadline the time left is in it; a part of a question to many is sent once.
    if conversation.inherited.deadline is None and conversation.part < 0:
        _remember(_heads, conversation.id, (conversation, data))
    return data


def _conversation(head: bytes) -> Conversation:
    known = _conversations.get(head)
    if known is None:
        known = pickle.loads(head)
        if known.inherited.deadline is None and known.part < 0:
            _remember(_conversations, head, known)
            _remember(_heads, known.id, (known, head))
    return known


def _remember(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= _REMEMBERED:
        with contextlib.suppress(StopIteration, KeyError, RuntimeError):
            del cache[next(iter(cache))]
    cache[key] = value


def _plain(packet: Envelope) -> bytes:
    message, exchange = packet.message, packet.exchange
    text = message.content if message.is_text else None
    return pickle.dumps(
        (
            _head(packet.conversation), message if text is None else text,
            (exchange.budget, exchange.mine, exchange.theirs),
            packet.to_initiator, packet.nested, packet.condition, packet.opening, packet.route,
        ),
        protocol=5,
    )  # fmt: skip


def _envelope(head: bytes, said: Any, state: tuple[int, int, int], *rest: Any) -> Envelope:
    message = Message.text(said) if type(said) is str else said
    return Envelope(_conversation(head), message, Exchange(*state), *rest)


def pack(place: str, parcels: list[Parcel]) -> bytes:
    """Put parcels into one piece, with the place that they come from.

    Bytes, since Ray hands those on as they are, and pickles anything else with care.
    """
    return pickle.dumps((place, [tuple(parcel) for parcel in parcels]), protocol=5)


def unpack(data: bytes) -> tuple[str, list[Parcel]]:
    """Undo `pack`."""
    place, parcels = pickle.loads(data)
    return place, [Parcel(*parcel) for parcel in parcels]


def _unpicklable(outcome: Outcome, error: Exception) -> Outcome:
    failure = ReplyError(
        f"what the agent returned cannot be pickled, so it cannot leave its process: {error}"
    )
    return attrs.evolve(outcome, value=None, error=failure)


def decode(parcel: Parcel) -> Any:
    """Read a packet; raises whatever unpickling raises, which `refusal` puts into words."""
    packet = pickle.loads(parcel.data)
    if type(packet) is not tuple:
        return packet
    return _part(*packet) if len(packet) == 4 else _envelope(*packet)


def refusal(parcel: Parcel, error: Exception) -> Any:
    """Give what tells whoever waits that a packet could not be read."""
    returns = parcel.sender == parcel.to  # a reply or an answer: who waits for it is here
    what = "what came back" if returns else f"a message for agent {parcel.name!r}"
    where = "here" if returns else "where that agent lives"
    failure = AgentDiedError(
        f"{what} could not be read {where}: {type(error).__name__}: {error}; "
        "is its module installed on every node (runtime_env)?",
        agent=parcel.name,
    )
    if parcel.asked:
        return Answer(parcel.id, Outcome(None, 0, failure))
    reason = StopReason(StopKind.FAILED, parcel.name, detail=str(failure))
    id, _, part = parcel.id.partition(PART)
    if part:
        return AskAllReply(id, int(part), None, reason, 0, error=failure, undelivered=not returns)
    return Stopped(parcel.id, reason, 0, error=failure, undelivered=not returns)
