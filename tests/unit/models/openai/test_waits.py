"""How long a server asks to wait, wherever it says so."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from agentcore.models.openai.waits import asked_to_wait

WORDS = {
    "Please try again in 6.2s.": 6.2,
    "Rate limit reached on requests per min (RPM): Limit 3. Please try again in 20s.": 20.0,
    "try again in 7m12.5s": 432.5,
    "Please retry after 20 seconds.": 20.0,
    "Please retry in 17.3s": 17.3,
    "Please try again in 350ms": 0.35,
    "you must wait at least 30 seconds": 30.0,
    "Please try again after 2 minutes": 120.0,
    "Please try again in 1 minute and 5 seconds.": 65.0,
    "limit 3 / min. Please try again in 20s": 20.0,
    "Retry shortly": None,
    "rate limited: 10 requests per 60 seconds": None,
    "": None,
}


@pytest.mark.parametrize("said", WORDS)
def test_words_are_read(said: str) -> None:
    """And a number that is none of a time to wait is not."""
    assert asked_to_wait({}, None, said) == WORDS[said]


ELSEWHERE: list[tuple[dict[str, str], Any, float | None]] = [
    ({"Retry-After": "17"}, None, 17.0),
    ({"retry-after": "1.5"}, None, 1.5),
    ({"retry-after-ms": "1500", "retry-after": "2"}, None, 1.5),
    ({}, [{"error": {"details": [{"@type": "x.RetryInfo", "retryDelay": "17s"}]}}], 17.0),
    ({}, {"error": {"retry_after": 3}}, 3.0),
    ({"retry-after": "soon"}, None, None),
    ({"retry-after": "-3"}, None, None),
    ({"retry-after": "nan"}, None, None),
    ({"retry-after": "inf"}, None, None),
    ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, None, None),
]


@pytest.mark.parametrize(("headers", "body", "expected"), ELSEWHERE)
def test_headers_and_bodies_are_read(
    headers: dict[str, str], body: Any, expected: float | None
) -> None:
    """A header comes before the body; what is no time, or over, is none."""
    assert asked_to_wait(headers, body, "") == expected


def test_a_date_is_a_time_from_now() -> None:
    """As HTTP has it."""
    seconds = asked_to_wait({"Retry-After": formatdate(time.time() + 100, usegmt=True)}, None, "")
    assert seconds is not None
    assert 90 < seconds <= 101
