"""Words for the full-text index."""

from __future__ import annotations

from agentcore.retrieval.words import index_words


def test_chinese_is_cut_into_pairs_and_english_is_left() -> None:
    """Each two neighbours are a word, so that 有趣 is found in 很有趣."""
    assert index_words("machine learning").split() == ["machine", "learning"]
    assert index_words("学习很有趣").split() == ["学习", "习很", "很有", "有趣"]
    assert index_words("用GPU训练 a 模型").split() == ["用", "GPU", "训练", "a", "模型"]
