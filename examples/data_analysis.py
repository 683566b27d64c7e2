"""Questions about a file, answered by code that a model writes and a sandbox runs.

python examples/data_analysis.py [thread|ray] [--model NAME]

The model is one of the catalogue, fetched once (1.1 GB), or one of agentcore.toml. Needs the
extras data, sandbox and local: pip install "agentcore-actors[data,sandbox,local]".
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from agentcore import AgentSystem, connect
from agentcore.data import Answer, DataAnalysis
from agentcore.models import LocalModel

SALES = """region,month,amount
North,2023-01,10
North,2023-02,40
South,2023-01,20
South,2023-02,25
"""
QUESTIONS = (
    "What is the total amount of each region?",
    "And which month had the largest total amount?",
)


def main(system: AgentSystem, model: Any) -> list[Answer]:
    """Ask two questions, of which the second follows from the first; show what is done."""
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.csv"
        file.write_text(SALES)
        with DataAnalysis(system, "analysis", llm=model) as analysis:
            for table in analysis.add(file):
                print(f"{table.name}: {table.row_count} rows", *table.notes, sep="\n  ")
            for question in QUESTIONS:
                print(f"\n{question}")
                answers.append(show(analysis, question))
    return answers


def show(analysis: DataAnalysis, question: str) -> Answer:
    """Ask a question; print the steps as they are done, and then the answer."""
    stream = analysis.stream(question)
    for piece in stream:
        if piece.step is not None and piece.step.kind != "answer":
            print(f"[{piece.step.kind}] {piece.step.text}")
        print(piece.text, end="")
    print()
    return stream.answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("backend", nargs="?")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    given = parser.parse_args()
    # One of the catalogue, or a name from agentcore.toml.
    model = LocalModel(given.model) if given.model.startswith("qwen2.5-") else given.model
    with connect(given.backend) as system:
        main(system, model)
