"""Ask the 30 questions with a local model, by `CodeAnalyst` and by a plain loop.

It takes about half an hour on two cores, and prints a line for each question.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from agentcore.data import CodeAnalyst, load_tables
from agentcore.models.local import LocalModel
from agentcore.protocol.model_api import Sampling
from agentcore.sandbox import open_sandbox
from benchmarks.dabench import plain_loop
from benchmarks.dabench.questions import Question, is_right, questions


async def by_analyst(model: LocalModel, question: Question, folder: Path) -> tuple[str, int]:
    """Ask a `CodeAnalyst`; return the text of the answer, and its tokens."""
    session = open_sandbox().start(folder)
    try:
        tables = load_tables(question.file, folder=folder)
        answer = await CodeAnalyst(model, session, timeout=60).answer(question.text, tables)
    finally:
        session.close()
    return answer.text, answer.usage.total_tokens


async def by_plain_loop(model: LocalModel, question: Question, folder: Path) -> tuple[str, int]:
    """Ask the plain loop, in the same sandbox."""
    session = open_sandbox().start(folder)
    try:
        return await plain_loop.answer(model, session, question)
    finally:
        session.close()


async def main() -> None:
    """Ask all questions, each way that was chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="*", default=["analyst", "plain"])
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    chosen = parser.parse_args()
    model = LocalModel(chosen.model, sampling=Sampling(temperature=0), context=8192)
    ways = {"analyst": by_analyst, "plain": by_plain_loop}
    for way in chosen.ways:
        right = tokens = 0
        for question in questions():
            with tempfile.TemporaryDirectory() as folder:
                text, used = await ways[way](model, question, Path(folder))
            good = is_right(question, text)
            right, tokens = right + good, tokens + used
            print(
                way, question.id, "right" if good else "wrong", used, repr(text[:100]), flush=True
            )
        count = len(questions())
        print(
            f"{way}: {right} of {count} right, {tokens / count:,.0f} tokens a question", flush=True
        )


if __name__ == "__main__":
    asyncio.run(main())
