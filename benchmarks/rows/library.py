"""A library of 10,000 passages beside LanceDB itself: putting them in, and hybrid searches."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side

DIMENSIONS = 384
WORDS = 120  # of a passage
QUERIES = 50


class Prepared:
    """An embedder whose vectors were made before: what is measured is not the model."""

    name = "prepared"
    dimensions = DIMENSIONS

    def embed_documents(self, texts: list[str]) -> Any:
        """Give a vector for each text."""
        return [vectors()[hash(text) % len(vectors())] for text in texts]

    def embed_query(self, text: str) -> Any:
        """Give the vector of a query."""
        return self.embed_documents([text])[0]


@cache
def vectors() -> Any:
    """Give 4,096 vectors."""
    import numpy

    return numpy.random.default_rng(7).standard_normal((4096, DIMENSIONS)).astype("float32")


@cache
def texts(passages: int) -> list[str]:
    """Give passages of words that are as rare as words are."""
    chance = random.Random(7)
    known = [f"w{number}ing" for number in range(30_000)]
    weights = [1 / (rank + 10) for rank in range(len(known))]
    return [" ".join(chance.choices(known, weights, k=WORDS)) for _ in range(passages)]


@cache
def queries(passages: int) -> list[str]:
    """Give some words of passages."""
    chance = random.Random(9)
    return [" ".join(chance.choices(each.split(), k=6)) for each in texts(passages)[:QUERIES]]


def our_ingest(passages: int) -> float:
    """Give the seconds until all can be found."""
    return _ours(passages)[1]


def bare_ingest(passages: int) -> float:
    """Give the seconds of adding a table of rows, and of making the full-text index."""
    return _bare(passages)[1]


def our_search(passages: int) -> float:
    """Give the median of the milliseconds of a search."""
    library = _kept("ours", passages)
    return _median_ms(passages, lambda query: library.search(query, limit=10))


def bare_search(passages: int) -> float:
    """Give the same of LanceDB's own hybrid search, whose fusion has the same constant."""
    from lancedb.rerankers import RRFReranker

    table, embedder, reranker = _kept("bare", passages), Prepared(), RRFReranker(K=60)

    def search(query: str) -> Any:
        found = table.search(query_type="hybrid", vector_column_name="vector")
        found = found.vector(embedder.embed_query(query)).text(query).distance_type("cosine")
        # It fuses as many of either kind as are wanted: 100, as ours looks at.
        return found.select(["id", "text", "source"]).rerank(reranker).limit(100).to_list()[:10]

    return _median_ms(passages, search)


def _median_ms(passages: int, search: Any) -> float:
    times = []
    for query in queries(passages):
        begun = time.perf_counter()
        found = search(query)
        times.append(1000 * (time.perf_counter() - begun))
        assert len(found) == 10
    return median(times)


@cache
def _kept(kind: str, passages: int) -> Any:
    return (_ours if kind == "ours" else _bare)(passages, keep=True)[0]


def _ours(passages: int, keep: bool = False) -> tuple[Any, float]:
    from agentcore.retrieval import Document, Library

    given = [Document(text, source=str(at)) for at, text in enumerate(texts(passages))]
    vectors()
    folder = Path(tempfile.mkdtemp())
    library = Library(folder, embedder=Prepared())
    begun = time.perf_counter()
    library.add_texts(given)
    seconds = time.perf_counter() - begun
    assert library.count() == passages
    if not keep:
        shutil.rmtree(folder)
    return library, seconds


def _bare(passages: int, keep: bool = False) -> tuple[Any, float]:
    import lancedb
    import pyarrow
    from lancedb.index import FTS

    given, embedder = texts(passages), Prepared()
    vectors()
    folder = Path(tempfile.mkdtemp())
    schema = pyarrow.schema(
        [
            ("id", pyarrow.string()),
            ("source", pyarrow.string()),
            ("text", pyarrow.string()),
            ("vector", pyarrow.list_(pyarrow.float32(), DIMENSIONS)),
        ]
    )
    begun = time.perf_counter()
    rows = [
        {"id": f"{at}-0", "source": str(at), "text": text, "vector": vector}
        for at, (text, vector) in enumerate(
            zip(given, embedder.embed_documents(given), strict=True)
        )
    ]
    table = lancedb.connect(folder).create_table("passages", schema=schema)
    table.add(pyarrow.Table.from_pylist(rows, schema=schema))
    table.create_index("text", config=FTS())
    seconds = time.perf_counter() - begun
    assert table.count_rows() == passages
    if not keep:
        shutil.rmtree(folder)
    return table, seconds


def measure(plan: Plan) -> list[Figure]:
    """Pair us with LanceDB, each in a process of its own."""
    passages = plan.of(10_000, 1_000)
    lines = []
    for name, unit, rounds in (("ingest", "s", plan.rounds(5)), ("search", "ms", plan.rounds(11))):
        module = "benchmarks.rows.library"
        with side(f"{module}:our_{name}") as us, side(f"{module}:bare_{name}") as peer:
            us.ask(passages=passages)
            peer.ask(passages=passages)
            ours, theirs = alternate(
                rounds, lambda: us.ask(passages=passages), lambda: peer.ask(passages=passages)
            )
        lines.append(
            Figure(
                f"library-{name}",
                f"{name}, hybrid, {passages} passages, vectors made before",
                "LanceDB bare",
                unit,
                ours,
                theirs,
                Target(1.3, most=True),
            )
        )
    return lines
