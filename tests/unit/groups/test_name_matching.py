"""Which agent the answer of a model or a human names."""

from __future__ import annotations

import pytest

from agentcore.groups.name_matching import read_choice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bob", "bob"),
        ("Bob.", "bob"),
        ('"bob"', "bob"),
        ("I choose **Bob**.", "bob"),
        ("Bob's turn. So: bob!", "bob"),
        ("bob_2", "bob_2"),
        ("BOB-2", "bob_2"),
        ("bob\\_2", "bob_2"),
        ("bob2", "bob_2"),
        ("1. bob", "bob"),
        ("bob\n2 is the number of us", "bob"),
        ("The code writer, I think", "CodeWriter"),
        ("code_writer", "CodeWriter"),
        ("ZOE\u0308", "Zoë"),
        ("Ich wähle ZOË", "Zoë"),
        ("下一个是小明。", "小明"),
        ("राम बोले", "राम"),
        ("🙂!", "🙂"),
        ('{"speaker": "bob"}', "bob"),
        ('```json\n{"speaker":"\\u5c0f\\u660e"}\n```', "小明"),
        ('{"speaker": "bob\\_2"}', "bob_2"),
        ("<think>alice? or bob_2?</think>\n\nbob", "bob"),
        ("alice or bob", None),
        ("bob, not bob_2", None),
        ("bobby", None),
        ("रामा", None),
        ("co de writer", None),
        ("", None),
        ("whoever", None),
        ("\ud800", None),
    ],
)
def test_what_a_model_says_is_read_as_people_would(text: str, expected: str | None) -> None:
    """One mention, whatever it looks like; several, or none, are no choice."""
    names = ("alice", "bob", "bob_2", "CodeWriter", "Zoë", "小明", "राम", "🙂")
    assert read_choice(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Bob!", "Bob"), ("so: bob", "bob"), ("BOB", None), ("Bob or bob", None), ("bob 2", None)],
)
def test_names_that_differ_in_case_alone_are_told_apart_by_case(
    text: str, expected: str | None
) -> None:
    """Where two are written alike, only the exact one is meant."""
    assert read_choice(text, ("Bob", "bob", "bob_2", "bob2")) == expected


def test_a_name_with_punctuation_of_its_own_is_found() -> None:
    """What stands within a name parts no words; a name without letters is found alone."""
    names = ("R&D, Paris", "dr. who", "+")
    said = ["Ask R&D, Paris!", "Dr. Who?", "+", " + "]
    assert [read_choice(each, names) for each in said] == ["R&D, Paris", "dr. who", "+", "+"]
