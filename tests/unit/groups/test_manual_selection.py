"""What a human is asked, and what the typed answer means."""

from __future__ import annotations

import pytest

from agentcore.groups.choice import Choice
from agentcore.groups.manual_selection import manual_question, read_answer

MEMBERS = ("alice", "bob", "carol")


def test_a_human_is_shown_numbers_and_names() -> None:
    """And what enter and ``exit`` do."""
    assert manual_question(("alice", "carol"), "carol") == (
        "Who speaks next?\n  1. alice\n  2. carol\n"
        "Type a number or a name. Press enter for carol, or type 'exit' to end the chat: "
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("2", "bob"),
        (" 2. ", "bob"),
        ("(3)", "carol"),
        ("#1", "alice"),
        ("٢", "bob"),
        ("carol", "carol"),
        ("CAROL!", "carol"),
        ("let bob speak", "bob"),
        ("", "bob"),
        ("  ", "bob"),
        ("exit", None),
        (" Exit ", None),
        (None, None),
    ],
)
def test_a_human_types_a_number_or_a_name(typed: str | None, name: str | None) -> None:
    """Enter takes the next in turn; ``exit``, or a closed console, ends the chat."""
    assert read_answer(typed, MEMBERS, "bob") == Choice(name, "manual")


@pytest.mark.parametrize("typed", ["0", "4", "99", "dave", "alice or bob", "²", "1 or 2", "?"])
def test_what_a_human_types_amiss_is_asked_again(typed: str) -> None:
    """It is no choice, and ends nothing."""
    assert read_answer(typed, MEMBERS, "bob") is None


def test_a_number_is_a_place_in_the_list_even_where_it_is_a_name() -> None:
    """The question lists numbers, so numbers mean the list."""
    assert read_answer("1", ("2", "1"), "1") == Choice("2", "manual")
