"""The ways in which servers stream tool calls, as data: how they number, name and split them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from agentcore.models import ToolCall

__all__ = ["WAYS", "Fragment", "Way", "fragment", "fragments_of"]

Fragment = dict[str, Any]
Way = Callable[[int, ToolCall, list[str]], list[dict[str, Any]]]


def fragments_of(arguments: str, cuts: list[int]) -> list[str]:
    """Split a text at some places; a place may come twice, which gives an empty piece."""
    places = [0, *sorted(cut % (len(arguments) + 1) for cut in cuts), len(arguments)]
    return [arguments[a:b] for a, b in itertools.pairwise(places)]


def fragment(arguments: Any, id: Any = None, name: Any = None, **more: Any) -> Fragment:
    """Make a fragment; what is ``None`` is left out."""
    function = {"name": name, "arguments": arguments}
    kept = {key: value for key, value in function.items() if value is not None}
    return {**({} if id is None else {"id": id}), "function": kept, **more}


# --- the ways of servers ------------------------------------------------------------------------
# Each gives the fragments of one call: its number, the call, and the pieces of its arguments.


def by_the_book(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """OpenAI, Azure, DeepSeek: id, name and type first, then the arguments."""
    head = fragment("", call.id, call.name, index=number, type="function")
    return [head, *(fragment(piece, index=number) for piece in pieces)]


def with_nulls(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """SGLang: what is not said is null."""
    rest = [
        {"index": number, "id": None, "type": None, "function": {"name": None, "arguments": piece}}
        for piece in pieces
    ]
    return [fragment(None, call.id, call.name, index=number), *rest]


def with_empty_texts(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """DashScope, Zhipu: what is not said is an empty text."""
    rest = [fragment(piece, "", "", index=number) for piece in pieces[1:]]
    return [fragment(pieces[0], call.id, call.name, index=number), *rest]


def id_repeated(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """VLLM, of some versions."""
    return [
        fragment(piece, call.id, call.name if not index else None, index=number)
        for index, piece in enumerate(pieces)
    ]


def all_repeated(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """NVIDIA NIM, MiniMax."""
    return [fragment(piece, call.id, call.name, index=number) for piece in pieces]


def new_ids(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Poolside, and servers that make up an id for each event."""
    rest = [fragment(piece, f"{call.id}-{i}", index=number) for i, piece in enumerate(pieces)]
    return [fragment("", call.id, call.name, index=number), *rest]


def name_split(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """A name that does not come at once."""
    first, rest = call.name[:1], call.name[1:]
    named = [fragment("", call.id, first, index=number)]
    if rest and rest != first:
        named.append(fragment(None, None, rest, index=number))
    else:
        named = [fragment("", call.id, call.name, index=number)]
    return [*named, *(fragment(piece, index=number) for piece in pieces)]


def head_split(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """The id in one event, the name in the next."""
    head = [{"index": number, "id": call.id}, fragment(None, None, call.name, index=number)]
    return [*head, *(fragment(piece, index=number) for piece in pieces)]


def texts_as_numbers(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Indices that are texts."""
    return [{**each, "index": str(number)} for each in by_the_book(number, call, pieces)]


def all_zero(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Dynamo, Plexus: each call has the index 0."""
    return by_the_book(0, call, pieces)


def all_zero_repeated(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """The same, with id and name in each fragment."""
    return all_repeated(0, call, pieces)


def no_numbers(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Gemini, Mistral, of some versions: no index at all."""
    return [
        {key: value for key, value in each.items() if key != "index"}
        for each in by_the_book(number, call, pieces)
    ]


def null_numbers(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """An index of null."""
    return [{**each, "index": None} for each in by_the_book(number, call, pieces)]


def whole(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Gemini, Mistral, Groq: a call comes in one piece, without an index."""
    return [fragment(call.arguments, call.id, call.name)]


def whole_at_zero(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Ollama: a call comes in one piece, with the index 0."""
    return [fragment(call.arguments, call.id, call.name, index=0)]


def as_object(number: int, call: ToolCall, pieces: list[str]) -> list[Fragment]:
    """Arguments that are no text."""
    return [fragment(json.loads(call.arguments), call.id, call.name, index=number)]


WAYS: tuple[Way, ...] = (
    by_the_book, with_nulls, with_empty_texts, id_repeated, all_repeated, new_ids, name_split,
    head_split, texts_as_numbers, all_zero, all_zero_repeated, no_numbers, null_numbers, whole,
    whole_at_zero, as_object,
)  # fmt: skip
