"""What a model thinks aloud, told apart from its answer: as tables, and as laws of streams."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentcore.models.thinking_aloud import ThinkingFilter, split_thinking

# What models write, what of it is thinking, and what the answer.
THOUGHTS = {
    "a block before the answer": ("<think>hm</think>Four.", "hm", "Four."),
    "white space around it": ("\n <think>\nhm\n</think>\n\nFour.\n", "hm", "Four.\n"),
    "another name": ("<thinking>hm</thinking>Four.", "hm", "Four."),
    "EXAONE": ("<thought>hm</thought>Four.", "hm", "Four."),
    "reasoning": ("<reasoning>hm</reasoning>Four.", "hm", "Four."),
    "capitals": ("<THINK>hm</Think>Four.", "hm", "Four."),
    "a space in the tags": ("< think >hm</think >Four.", "hm", "Four."),
    "an attribute": ('<think effort="low">hm</think>Four.', "hm", "Four."),
    "Magistral": ("[THINK]hm[/THINK]Four.", "hm", "Four."),
    "Kimi": ("◁think▷hm◁/think▷Four.", "hm", "Four."),
    "Seed": ("<seed:think>hm</seed:think>Four.", "hm", "Four."),
    "Command A": ("<|START_THINKING|>hm<|END_THINKING|>Four.", "hm", "Four."),
    "OpenThoughts": ("<|begin_of_thought|>hm<|end_of_thought|>Four.", "hm", "Four."),
    "Gemma": ("<|channel>thought\nhm<channel|>Four.", "hm", "Four."),
    "gpt-oss": (
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"
        "Four.<|return|>",
        "hm",
        "Four.",
    ),
    "gpt-oss, without an end": (
        "<|channel|>analysis<|message|>hm<|channel|>final<|message|>Four.", "hm", "Four.",
    ),
    "gpt-oss, a call in text": (
        "<|channel|>commentary to=functions.add <|constrain|>json<|message|>{}<|call|>Four.",
        "{}",
        "Four.",
    ),
    "opened in the prompt": ("hm</think>Four.", "hm", "Four."),
    "opened in the prompt, with code": (
        "x = `1\n```py\ny\n</think>Four.", "x = `1\n```py\ny", "Four.",
    ),
    "never closed": ("<think>hm", "hm", ""),
    "never closed, after an answer": ("Four.\n<think>Or", "Or", "Four.\n"),
    "nothing thought": ("<think>\n\n</think>\n\nFour.", "", "Four."),
    "several blocks": ("<think>a</think>2 <think>b</think>and 2", "a\n\nb", "2 and 2"),
    "blocks in a block": ("<think>a<think>b</think>c</think>Four.", "a<think>b</think>c", "Four."),
    "another block in a block": (
        "<think>a<thought>b</thought>c</think>4", "a<thought>b</thought>c", "4",
    ),
    "closed by another name": ("<think>hm</thinking>Four.", "hm", "Four."),
    "closed twice": ("<think>hm</think>\n</think>Four.", "hm", "Four."),
    "thoughts of tags": ("<think>I open <think> first</think>4", "I open <think> first", "4"),
    "thoughts of code": ("<think>end with `</think>`</think>4", "end with `</think>`", "4"),
}  # fmt: skip

# What is an answer, although it has such tags.
ANSWERS = {
    "no tags": " Four.\n",
    "nothing": "",
    "code in a line": "Write `<think>` first, and `</think>` last.",
    "code of two": "Write ``<think> `x` </think>``.",
    "a fence": "So:\n```html\n<think>\nhm\n</think>\n```\nDone.",
    "a fence of tildes": "~~~\n</think>\n~~~\nDone.",
    "a fence in a list": "1. So:\n   ```\n   </think>\n   ```\nDone.",
    "a longer fence": "````\n```\n</think>\n```\n</think>\n````\nDone.",
    "a fence that was cut off": "```html\n<p></think>",
    "a tag in a sentence": "Models open with <think> when they think.",
    "strings in code": 're.sub(r"<think>.*?</think>", "", text)',
    "a string in JSON": '{"tag": "<think>", "end": "</think>"}',
    "other tags": "<b>Four</b> <thinker> [THINKING] <think",
    "the end of a turn": "Four.<|end|>",
}


def in_pieces(text: str, sizes: list[int]) -> tuple[str, ThinkingFilter]:
    """Filter a text that comes in pieces of these sizes, over and over."""
    filtered, shown, place = ThinkingFilter(), "", 0
    while place < len(text):
        size = sizes[0]
        sizes = [*sizes[1:], size]
        shown += filtered.feed(text[place : place + size])
        place += size
    return shown + filtered.finish(), filtered


@pytest.mark.parametrize(("text", "thinking", "answer"), THOUGHTS.values(), ids=THOUGHTS)
def test_what_was_thought_is_told_apart(text: str, thinking: str, answer: str) -> None:
    """Whatever tags the model has for it, and wherever it forgot one."""
    assert split_thinking(text) == (thinking, answer)


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("thought", ["", "<think>hm</think>"])
def test_an_answer_about_such_tags_stays_whole(text: str, thought: str) -> None:
    """Whether the model thought aloud before it or not."""
    expected = text.lstrip() if thought else text
    assert split_thinking(thought + text) == ("hm" if thought else "", expected)
    assert in_pieces(thought + text, [1])[0] == expected


# What texts with tags are made of.
PIECES = (
    "<think>", "</think>", "<THINK >", "<thinking>", "</thinking>", "[THINK]", "[/THINK]",
    "◁think▷", "◁/think▷", "<|channel|>analysis<|message|>",
    "<|start|>assistant<|channel|>final<|message|>",
    "<|end|>", "`", "``", "```", "```py\n", "~~~\n", "~", "\n", "\n\n", " ", "a", "b.", '"', "'",
    "(", "<", "</", "<thi", "<|", "- ", "<div>", ">",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
sizes = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@example("``a``[/THINK]b``", [1])
@example("~~~\n</think>", [1])
@given(texts, sizes)
def test_pieces_give_what_the_whole_gives(text: str, sizes: list[int]) -> None:
    """However a text is split: the same thinking, and the same answer."""
    _, filtered = in_pieces(text, sizes)
    assert (filtered.thinking, filtered.answer) == split_thinking(text)


@given(texts, sizes)
def test_what_is_shown_is_the_answer_unless_its_thinking_had_no_beginning(
    text: str, sizes: list[int]
) -> None:
    """Then what was shown has the answer at its end, and nothing that is not in the text."""
    shown, filtered = in_pieces("<think>hm</think>" + text, sizes)
    late = filtered.thinking.removeprefix("hm")
    assert shown == filtered.answer or (late and shown.endswith(filtered.answer))


def test_an_answer_is_shown_as_soon_as_it_is_known() -> None:
    """Only what may be a tag, or white space before the answer, is withheld."""
    filtered = ThinkingFilter()
    given = ["<th", "ink>hm", "</thi", "nk>\n", "It ", "is <", "b>four</b", ">, <thing", "."]
    shown = ["", "", "", "", "It ", "is ", "<b>four</b", ">, <thing", "."]
    assert [filtered.feed(piece) for piece in given] == shown


@pytest.mark.parametrize("piece", ["x<think>", "`", "<|channel|>", '"<think>', "\n```", "a `` ` "])
def test_a_model_that_repeats_itself_is_no_burden(piece: str) -> None:
    """The time grows with the length of the text, and not with its square: that would be 64."""
    split_thinking(piece * 100)
    taken = []
    for count in (2_500, 20_000):
        begun = process_time()
        split_thinking(piece * count)
        taken.append(process_time() - begun)
    assert taken[1] < 32 * taken[0] + 0.1
