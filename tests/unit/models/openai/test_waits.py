"""How long a server asks to wait, wherever it says so."""

from __future__ import annotations

import time
from datetime import UTC, datetime
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
    "Too many requests, retry after: 9": 9.0,
    "Retry shortly": None,
    "retry after: 2026-01-01": None,
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


def in_100_seconds(value: str) -> str:
    """Put the moment in 100 seconds into a header's value, in the form that it names."""
    moment = time.time() + 100
    date = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    return value.format(seconds=int(moment), milliseconds=int(moment * 1000), date=date)


RESETS: list[dict[str, str]] = [
    {"X-RateLimit-Reset": "{milliseconds}", "X-RateLimit-Remaining": "0"},
    {"X-RateLimit-Reset": "{seconds}"},
    {"x-ratelimit-reset-requests": "1m40s", "x-ratelimit-remaining-requests": "0"},
    {"ratelimit-reset": "100"},
    {"anthropic-ratelimit-tokens-reset": "{date}"},
    {"x-ratelimit-reset-requests": "1d", "x-ratelimit-remaining-requests": "14",
     "x-ratelimit-reset-tokens": "100s", "x-ratelimit-remaining-tokens": "0"},
]  # fmt: skip


@pytest.mark.parametrize("headers", RESETS, ids=lambda headers: next(iter(headers)))
def test_the_reset_of_the_limit_that_was_reached_is_read(headers: dict[str, str]) -> None:
    """OpenRouter has that alone, and has the headers of the server behind it in its body."""
    headers = {name: in_100_seconds(value) for name, value in headers.items()}
    behind = {"error": {"code": 429, "metadata": {"headers": headers}}}
    for seconds in (asked_to_wait(headers, None, ""), asked_to_wait({}, behind, "")):
        assert seconds is not None
        assert 80 < seconds <= 100
    assert asked_to_wait({"retry-after": "3", **headers}, None, "") == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "5"},
        {"x-ratelimit-reset": "1445412480"},
        {"x-ratelimit-reset": "soon"},
        {"x-ratelimit-limit": "20"},
    ],
)
def test_the_reset_of_another_limit_is_none(headers: dict[str, str]) -> None:
    """Nor is one that is over."""
    assert asked_to_wait(headers, None, "") is None
