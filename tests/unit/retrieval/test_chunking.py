"""Passages: nothing of a document is lost, none is too wide, and headings stay with their text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentcore.retrieval.chunking import passages_of, width

TEXTS = st.lists(
    st.sampled_from(
        ["# Head", "word ", "a sentence. ", "\n\n", "\n", "北京是首都。", "x" * 70, "\r\n", " "]
    ),
    max_size=60,
).map("".join)


@given(TEXTS, st.integers(20, 200))
def test_nothing_is_lost_and_no_passage_is_too_wide(text: str, size: int) -> None:
    """Apart from blanks the passages are the document, in its order."""
    passages = passages_of(text, size)
    assert "".join("".join(passages).split()) == "".join(text.split())
    assert all(passage.strip() and width(passage) <= size for passage in passages)


def test_a_heading_begins_a_passage_with_what_follows_it() -> None:
    """Unless the passage before is so small that it says little alone."""
    long = "word " * 30
    assert passages_of(f"# A\n\n{long}\n\n# B\n\n{long}", 400) == [
        f"# A\n\n{long.strip()}",
        f"# B\n\n{long.strip()}",
    ]
    assert len(passages_of("# A\n\nshort\n\n# B\n\nshort", 400)) == 1


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    """In English at a full stop with a blank, in Chinese at its full stop."""
    assert passages_of("One is here. Two is there. Three.", 20) == [
        "One is here.",
        "Two is there. Three.",
    ]
    assert passages_of("北京是首都。上海是最大的城市。", 20) == [
        "北京是首都。",
        "上海是最大的城市。",
    ]


def test_wide_characters_count_twice() -> None:
    """A model reads about as many tokens in ten Chinese characters as in twenty others."""
    assert width("abc") == 3
    assert width("北京 abc") == 8
