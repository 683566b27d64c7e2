"""How well a `Library` finds: nDCG@10 on a public set in the form of BEIR, by each kind of search.

A set is a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``, as BEIR ships
them. None is kept here, because their licences differ: SciFact, which the documentation has the
figures of, is CC BY-NC. Making the vectors of its 5,183 abstracts takes minutes; with ``--library``
they are kept for the next run.

    python -m benchmarks.ndcg scifact --library /tmp/scifact-library
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentcore.retrieval import Document, Library

KINDS = ("text", "vector", "hybrid")
_FIRST = 10
_PASSAGES = 50  # a document may have several, and each counts once


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def relevant(path: Path) -> dict[str, dict[str, int]]:
    """Read which documents are right for each query, and how much."""
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return found


def ndcg(ranked: Iterable[str], right: dict[str, int]) -> float:
    """Return the normalised discounted cumulative gain of the first ten documents.

    It is the one of ``trec_eval``, which BEIR uses: a gain counts linearly.
    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
    """
    gains = [right.get(document, 0) for document in list(ranked)[:_FIRST]]
    best = sorted(right.values(), reverse=True)[:_FIRST]
    return _discounted(gains) / _discounted(best)


def _discounted(gains: list[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def filled(library: Library, corpus: Path) -> Library:
    """Put the documents of a set into a library, unless they are in it."""
    documents = [
        Document(f"{each['title']}\n\n{each['text']}", source=each["_id"]) for each in lines(corpus)
    ]
    library.add_texts(documents)
    return library


def main() -> None:
    """Print a line for each kind of search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--library", type=Path)
    chosen = parser.parse_args()
    right = relevant(chosen.folder / "qrels" / "test.tsv")
    asked = [each for each in lines(chosen.folder / "queries.jsonl") if each["_id"] in right]
    with tempfile.TemporaryDirectory() as folder:
        library = filled(Library(chosen.library or folder), chosen.folder / "corpus.jsonl")
        for kind in KINDS:
            total = 0.0
            for each in asked:
                passages = library.search(each["text"], limit=_PASSAGES, kind=kind)
                ranked = dict.fromkeys(passage.source for passage in passages)
                total += ndcg(ranked, right[each["_id"]])
            print(f"{kind:8} nDCG@10 {total / len(asked):.3f} of {len(asked)} queries", flush=True)


if __name__ == "__main__":
    main()
