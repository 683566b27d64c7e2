"""Messages whose text is a stream: they get it when the stream was read to its end.

Until then the content of such a message is the stream's id. Histories, transcripts and the two
agents share one message object in a process, so all of them have the text at once, whoever read.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from agentcore.base.frozen import freeze

__all__ = ["WHOLE_TEXT", "forget_streamed", "note_streamed", "settle_streamed"]

# The metadata that the chunks of a model's answer have, and that belong to the whole of it.
_OF_THE_WHOLE: Final = ("usage", "thinking", "finish_reason")
# In the metadata of the last chunk: the text, where it has less than the pieces had.
WHOLE_TEXT: Final = "answer"
_KEPT: Final = 256  # of how many streams the text is kept, for copies that arrive later

_lock = threading.RLock()  # the garbage collector may run anything
_open: dict[str, list[weakref.ref[Any]]] = {}
_settled: OrderedDict[str, tuple[str, dict[str, Any]]] = OrderedDict()


def note_streamed(message: Any) -> None:
    """Let a message have the text of its stream, when that is known, or at once if it is."""
    id = message.metadata.get("stream_id")
    if type(id) is not str or message.content != id:
        return
    with _lock:
        known = _settled.get(id)
        if known is None:
            _open.setdefault(id, []).append(weakref.ref(message))
            while len(_open) > _KEPT and not any(each() for each in next(iter(_open.values()))):
                del _open[next(iter(_open))]  # nobody has its messages any more
    if known is not None:
        _fill(message, *known)


def forget_streamed(id: str) -> None:
    """Forget a stream of another system in this process that had the id of a new one."""
    with _lock:
        _settled.pop(id, None)
        _open.pop(id, None)


def settle_streamed(id: str, text: str, metadata: Mapping[str, Any]) -> None:
    """Give the messages of a stream in this process its text, and what metadata its chunks had."""
    whole = {key: metadata[key] for key in _OF_THE_WHOLE if key in metadata}
    text = metadata.get(WHOLE_TEXT, text)
    with _lock:
        _settled[id] = (text, whole)
        if len(_settled) > _KEPT:
            _settled.popitem(last=False)
        messages = [each() for each in _open.pop(id, ())]
    for message in messages:
        if message is not None:
            _fill(message, text, whole)


def _fill(message: Any, text: str, metadata: Mapping[str, Any]) -> None:
    frozen, _ = freeze({**message.metadata, **metadata})
    # A message is frozen for all others: this is the one change in its life.
    object.__setattr__(message, "metadata", frozen)
    if text:
        object.__setattr__(message, "content", text)
