"""What a server says, in whatever form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore.models.openai.words import words_of_text

RAW = json.dumps({"error": {"message": "the real reason", "code": "x"}})
PLACE = ["body", "messages", 1, "content"]
BODIES: dict[str, tuple[Any, str]] = {
    "OpenAI": ({"error": {"message": "m", "code": "c"}}, "m"),
    "a list": ([{"error": {"code": 400, "message": "m"}}], "m"),
    "a text": ("m", "m"),
    "an error that is a text": ({"error": "m"}, "m"),
    "nothing but a kind, and a message": ({"error": "Bad Request", "message": "m"}, "m"),
    "a detail": ({"detail": "m"}, "m"),
    "details": ({"detail": [{"loc": PLACE, "msg": "m"}]}, "body.messages.1.content: m"),
    "details in a message": (
        {"object": "error", "message": {"detail": [{"loc": PLACE, "msg": "m"}]}},
        "body.messages.1.content: m",
    ),
    "errors": ({"errors": ["a", {"message": "b"}]}, "a; b"),
    "a message": ({"message": "m", "code": 3}, "m"),
    "JSON in a message": ({"error": {"message": RAW}}, "the real reason"),
    "a gateway": (
        {"error": {"message": "Provider returned error", "metadata": {"raw": RAW}}},
        "the real reason",
    ),
    "a gateway that has it read": (
        {"error": {"message": "Provider returned error", "metadata": {"raw": json.loads(RAW)}}},
        "the real reason",
    ),
    "what has no message": ({"a": 1}, '{"a": 1}'),
    "nothing": ({}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_the_words_are_found(name: str) -> None:
    """Without the form around them, if they stand in one."""
    body, expected = BODIES[name]
    assert words_of_text(json.dumps(body)).text == expected


def test_a_page_is_named_by_its_title() -> None:
    """And not shown."""
    page = "<!DOCTYPE html><html><head><title>\n502 Bad &amp; Gateway</title></head></html>"
    assert words_of_text(page).text == "an HTML page, titled '502 Bad & Gateway'"
    assert words_of_text("<html></html>").text == "an HTML page without a title"
    assert words_of_text("no page").text == "no page"


def test_codes_and_a_status_are_found() -> None:
    """Wherever they stand."""
    words = words_of_text('[{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}]')
    assert words.codes == {"429", "RESOURCE_EXHAUSTED"}
    assert words.status == 429
    assert words_of_text('{"error": {"code": "x"}}').status is None


def test_what_is_nested_without_end_is_given_up() -> None:
    """As a text, and without an error of Python's."""
    assert words_of_text("[" * 100_000 + "]" * 100_000).text
