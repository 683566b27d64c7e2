"""Messages whose text is a stream: they get it when the stream was read to its end.

Until then the content of such a message is the stream's id. Histories, transcripts and the two
agents share one message object in a process, so all of them have the text at once, whoever read.
"""

from __future__ import annotations

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

# Threads share these without a lock: each step is one operation of a dict or list, and their order
# lets a message be filled twice at the worst, with the same text.
_open: dict[str, list[weakref.ref[Any]]] = {}
_settled: OrderedDict[str, tuple[str, dict[str, Any]]] = OrderedDict()


def note_streamed(message: Any) -> None:
    """Let a message have the text of its stream when that is known, or at once if it is."""
    id = message.metadata.get("stream_id")
    if type(id) is not str or message.content != id:
        return
    _open.setdefault(id, []).append(weakref.ref(message))
    known = _settled.get(id)
    if known is not None:
        _open.pop(id, None)
        _fill(message, *known)
    elif len(_open) > _KEPT:
        for old, messages in list(_open.items())[: len(_open) - _KEPT]:
            if not any(each() for each in list(messages)):  # nobody has its messages any more
                _open.pop(old, None)


def forget_streamed(id: str) -> None:
    """Forget a stream of another system in this process that had the id of a new one."""
    _settled.pop(id, None)
    _open.pop(id, None)


def settle_streamed(id: str, text: str, metadata: Mapping[str, Any]) -> None:
    """Give the messages of a stream in this process its text, and what metadata its chunks had."""
    whole = {key: metadata[key] for key in _OF_THE_WHOLE if key in metadata}
    text = metadata.get(WHOLE_TEXT, text)
    _settled[id] = (text, whole)
    for old in list(_settled)[: max(0, len(_settled) - _KEPT)]:
        _settled.pop(old, None)
    for each in list(_open.pop(id, ())):
        message = each()
        if message is not None:
            _fill(message, text, whole)


def _fill(message: Any, text: str, metadata: Mapping[str, Any]) -> None:
    frozen, _ = freeze({**message.metadata, **metadata})
    # A message is frozen for all others: this is the one change in its life.
    object.__setattr__(message, "metadata", frozen)
    if text:
        object.__setattr__(message, "content", text)
