"""Which agent the answer of a model or a human names."""

from __future__ import annotations

from time import process_time

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


NAMES = ("alice", "QA", "QA_lead", "Senior_Python_Engineer", "v2.0", "Bot3", "User", "❤️", "می‌روم")

# What a model answers where others may be mentioned too, and whom it means.
ANSWERS = {
    "Role: Senior\\_Python\\_Engineer": "Senior_Python_Engineer",
    "SENIOR.PYTHON.ENGINEER": "Senior_Python_Engineer",
    "seniorPythonEngineer": "Senior_Python_Engineer",
    "\uff31\uff21\uff3f\uff2c\uff45\uff41\uff44": "QA_lead",
    "Senior&#95;Python&#95;Engineer": "Senior_Python_Engineer",
    "qa-lead": "QA_lead",
    "V2.0!": "v2.0",
    "bot 3": "Bot3",
    "the user": "User",
    "❤": "❤️",
    "می روم": "می‌روم",
    '{"next_speaker": "QA", "reason": "alice is done"}': "QA",
    "{'speaker': 'QA', 'reason': \"alice's done\"}": "QA",
    '{"next_speaker": null, "name": "QA"}': "QA",
    '{"speaker": ["QA"]}': "QA",
    "Previous speaker: alice\nNext speaker: QA": "QA",
    "**Next Speaker**: `QA`\n\nalice did well": "QA",
    "QA\n\nalice has finished, so the tests are next.": "QA",
    "As alice is done, tests are next.\n\nQA": "QA",
    "\x1b]8;;http://alice\x1b\\QA\x1b]8;;\x1b\\": "QA",
    "<THINKING>alice</THINKING>\nQA": "QA",
    "1. QA": "QA",
    "2. Bot3": "Bot3",
    "I choose QA because alice is done": None,
    "**QA**, and then alice": None,
    "QA\nalice": None,
    "QA\n\nor alice": None,
    "speaker: alice\nspeaker: QA": None,
    '{"speaker": ["QA", "alice"]}': None,
    '{"speaker": "alice"} or {"speaker": "QA"}': None,
    '{"speaker": "nobody", "reason": "QA is busy"}': None,
    "<think>QA": None,
}


@pytest.mark.parametrize(("text", "expected"), ANSWERS.items())
def test_one_whom_an_answer_means_is_found(text: str, expected: str | None) -> None:
    """Where the name of the speaker belongs, if several are mentioned; else it is nobody."""
    assert read_choice(text, NAMES) == expected


@pytest.mark.parametrize(
    "piece", ["<b>", "speaker: ", '{"speaker":"', "\x1b[", "QA\n\n", "_\n", "</b>"]
)
def test_a_model_that_repeats_itself_is_read_at_once(piece: str) -> None:
    """The time grows with the length of the text, and not with its square: that would be 64."""
    read_choice(piece * 100, NAMES)
    taken = []
    for count in (2_500, 20_000):
        begun = process_time()
        read_choice(piece * count, NAMES)
        taken.append(process_time() - begun)
    assert taken[1] < 32 * taken[0] + 0.1


def test_a_name_with_punctuation_of_its_own_is_found() -> None:
    """What stands within a name parts no words; a name without letters is found alone."""
    names = ("R&D, Paris", "dr. who", "+")
    said = ["Ask R&D, Paris!", "Dr. Who?", "+", " + "]
    assert [read_choice(each, names) for each in said] == ["R&D, Paris", "dr. who", "+", "+"]
