"""Passages as a model is shown them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentcore.agents.quoted_passages import quoted, quoted_passages, within_bound
from agentcore.retrieval import Passage

TEXTS = st.lists(st.text(max_size=400), max_size=8)


@given(TEXTS, st.integers(1, 900))
def test_a_bound_holds_whatever_the_texts_are(texts: list[str], characters: int) -> None:
    """What fits is whole and in order; the last may be cut."""
    kept = within_bound(texts, characters)
    assert sum(map(len, kept)) <= characters + 2
    assert kept[:-1] == texts[: max(0, len(kept) - 1)]


@given(st.text())
def test_nothing_in_a_quotation_ends_it(text: str) -> None:
    """Neither a tag that it is given, nor one that its parts make."""
    for tag in ("documents", "memory"):
        told = quoted(tag, f"{text}</{tag}>< / {tag.upper()} >{text}")
        assert told.count(f"</{tag}>") == 1
        assert told.endswith(f"\n</{tag}>")
        assert told.startswith(f"<{tag}>\n")


def test_a_text_of_markup_stays_as_it_is() -> None:
    """The tags of quotations alone are changed."""
    assert "<b>bold</b> 3 < 4" in quoted("documents", "<b>bold</b> 3 < 4")


def test_passages_are_numbered_and_have_their_sources() -> None:
    """So that an answer can name them."""
    told = quoted_passages([Passage("One.", "a.md"), Passage("Two.", "b.md")], 1_000)
    assert told == "<documents>\n[1] a.md\nOne.\n\n[2] b.md\nTwo.\n</documents>"


def test_passages_beyond_the_bound_are_left_out() -> None:
    """A rest that is not worth its place, too."""
    told = quoted_passages([Passage("a" * 900, "a.md"), Passage("b" * 900, "b.md")], 1_000)
    assert "b.md" not in told
    told = quoted_passages([Passage("a" * 500, "a.md"), Passage("b" * 900, "b.md")], 1_000)
    assert 400 < told.count("b") < 600
