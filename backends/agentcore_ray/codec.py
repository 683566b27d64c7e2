"""The codec: how a packet is pickled into a frame, and read from it."""

from __future__ import annotations

import contextlib
import pickle
from typing import Any

import attrs
from ray import cloudpickle as _cloudpickle

from agentcore import Entry, Message, MessagePickleError, ReplyError
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
    words_of,
)
from agentcore_ray.frame import Frame, id_with_part

cloudpickle: Any = _cloudpickle  # it has no types

__all__ = ["cloudpickle", "decode", "encode"]


def encode(packet: Any, to: str) -> Frame:
    """Pickle a packet for the process at ``to``.

    Raises:
        MessagePickleError: a part of it cannot be pickled.
    """
    kind = type(packet)
    # Plain data can always be read, so that these frames need not say whom to tell if not.
    if kind is Envelope and _is_plain(packet):
        return Frame(_plain(packet), to)
    if kind is AskAllReply and _is_plain_part(packet):
        return Frame(_plain_part(packet), to)
    if kind is AskAll:  # its message is plain, since one that is not goes as envelopes
        return Frame(pickle.dumps(packet, protocol=5), to)
    try:
        data = cloudpickle.dumps(packet, protocol=5)
    except Exception as error:
        if kind is Answer:
            return encode(attrs.evolve(packet, outcome=_unpicklable(packet.outcome, error)), to)
        raise MessagePickleError(
            f"what was to go to another process cannot be pickled: {words_of(error)}"
        ) from error
    if kind is Envelope:
        conversation = packet.conversation
        id = id_with_part(conversation.id, conversation.part)
        return Frame(data, to, conversation.initiator.place, id, packet.to.name)
    if kind in (Begin, Call):
        return Frame(data, to, packet.asker, packet.id, packet.to.name, asked=True)
    if kind is Question:
        return Frame(data, to, packet.asker, packet.id, asked=True)
    if kind is AskAllReply:
        return Frame(data, to, to, id_with_part(packet.id, packet.part))
    if kind in (Answer, Stopped):  # whoever waits is where it goes
        return Frame(data, to, to, packet.id, asked=kind is Answer)
    return Frame(data, to)


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


# Most packets are envelopes of plain data, which are pickled as tuples. The conversation in them
# stays the same from message to message, so it is pickled once and read once: that is two thirds
# of the cost of an envelope, measured.
_REMEMBERED = 4096
_heads: dict[str, tuple[Conversation, bytes]] = {}
_conversations: dict[bytes, Conversation] = {}


def _head(conversation: Conversation) -> bytes:
    known = _heads.get(conversation.id)
    if known is not None and known[0] is conversation:
        return known[1]
    data = pickle.dumps(conversation, protocol=5)
    # A deadline is written as the time that is left, and a part of a question to many is sent once:
    # neither can be used again.
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


def _unpicklable(outcome: Outcome, error: Exception) -> Outcome:
    failure = ReplyError(
        "what the agent returned cannot be pickled, so it cannot leave its process: "
        f"{words_of(error)}"
    )
    return attrs.evolve(outcome, value=None, error=failure)


def decode(frame: Frame) -> Any:
    """Read the packet of a frame; raises whatever unpickling raises."""
    packet = pickle.loads(frame.data)
    if type(packet) is not tuple:
        return packet
    return _part(*packet) if len(packet) == 4 else _envelope(*packet)
