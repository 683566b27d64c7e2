"""Server-sent events, in bytes that are cut anywhere."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.models.openai.events import Events, looks_like_events

DATA = st.text("aé\U0001f600\u2028\u0085 {}\":,", min_size=1, max_size=8).filter(
    lambda text: text == text.lstrip(" ") and text[:1] not in "{["
)  # fmt: skip


def read(pieces: list[bytes]) -> list[str]:
    """Give the data of the events in some pieces."""
    events = Events()
    return [data for piece in pieces for data in events.add(piece)] + list(events.end())


@given(
    texts=st.lists(DATA, max_size=4),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    blank=st.sampled_from(["", " "]),
    cuts=st.lists(st.integers(0, 200), max_size=6),
)
def test_any_splitting_gives_the_events_back(
    texts: list[str], ends: str, blank: str, cuts: list[int]
) -> None:
    """Whatever ends a line, and whatever characters are within one."""
    stream = "".join(f"data:{blank}{text}{ends}{ends}" for text in texts).encode()
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    assert read(pieces) == texts


CASES = {
    "one": (b"data: 1\n\n", ["1"]),
    "of two lines": (b'data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']),
    "of two lines that end with two characters": (
        b'data: {"a":\r\ndata: 1}\r\n\r\n',
        ['{"a":\n1}'],
    ),
    "two without the line between": (b"data: {}\ndata: [DONE]\n\n", ["{}", "[DONE]"]),
    "without the last line": (b"data: 1", ["1"]),
    "with other fields": (b"event: x\nid: 3\nretry: 1\n: hello\ndata: 1\n\n", ["1"]),
    "without data before it": (b'data: 1\n\n{"error": 2}\n\n', ["1", '{"error": 2}']),
    "with a mark of its encoding": ("\ufeffdata: 1\n\n".encode(), ["1"]),
    "with bytes that are no text": (b"data: \xff1\n\n", ["\ufffd1"]),
    "none": (b"", []),
    "of nothing": (b"\n\n\n", []),
}


@pytest.mark.parametrize("name", CASES)
def test_events_as_servers_send_them(name: str) -> None:
    """Leniently, where servers leave something out."""
    stream, expected = CASES[name]
    assert read([stream]) == expected
    assert read([bytes([byte]) for byte in stream]) == expected


def test_a_stream_is_told_from_a_value() -> None:
    """By how it begins."""
    assert all(map(looks_like_events, ["data: 1", "\ufeff\n: x", "event: error"]))
    assert not any(map(looks_like_events, ['{"data": 1}', "<html>", "", "[1]"]))
