"""The forms in which an answer has a name."""

from __future__ import annotations

import pytest

from agentcore.groups.answer_forms import keyed_values, labelled_values, visible, without_markup

MARKUP = {
    "\x1b[1;32mbob\x1b[0m": "bob",
    "\\033[34mbob\\033[0m": "bob",
    "[33mbob[0m": "bob",
    "bob<br>": "bob\n",
    "<b>bob</b>": " bob ",
    "<code>": "<code>",
    "a &amp; b": "a & b",
    "\\boxed{bob}": " {bob}",
    "b\u200bo\u00adb\ufeff\x00": "bob",
    "b[1] <3 ☃": "b[1] <3 ☃",
}


@pytest.mark.parametrize(("text", "expected"), MARKUP.items())
def test_what_only_shows_in_another_way_is_taken_out(text: str, expected: str) -> None:
    """Colours, HTML that is closed, LaTeX, and what nobody sees."""
    assert without_markup(text) == expected


def test_what_can_be_seen_stays() -> None:
    """White space and emoji, too."""
    text = "bob\tand\n🙂 小明"
    assert visible(text) == text
    assert visible("❤\ufe0f") == "❤"


@pytest.mark.parametrize(
    "text",
    [
        '{"speaker": "bob"}', "{'speaker': 'bob'}", '{speaker: "bob"}', "Choice(speaker='bob')",
        '{"nextSpeaker": "bob"}', '{"selected_agent": ["bob"]}', '"{\\"speaker\\": \\"bob\\"}"',
        '{"speaker":"\\u0062ob"}', '{"next": "bob", "reason": "speaker"',
    ],
)  # fmt: skip
def test_a_value_is_found_behind_its_key(text: str) -> None:
    """In JSON, and in what is nearly JSON."""
    assert keyed_values(text, sure=True) == ["bob"]


def test_keys_that_may_mean_something_else_are_read_apart() -> None:
    """A name may be that of anything."""
    text = '{"name": "bob", "speakers": "all"}'
    assert (keyed_values(text, sure=True), keyed_values(text, sure=False)) == ([], ["bob"])


def test_a_label_begins_its_line() -> None:
    """What is the last speaker's label is none of the next one's."""
    text = "Last speaker: ann\n**Next speaker:** bob, of course\nmy role: all"
    assert labelled_values(text, sure=True) == ["** bob, of course"]
    assert labelled_values(text, sure=False) == []
