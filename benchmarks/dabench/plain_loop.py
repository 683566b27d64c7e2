"""What one would write first: the question and the first lines of the file; run; repair."""

from __future__ import annotations

from typing import Any

from agentcore.data.code.code_block import code_in
from agentcore.sandbox import Session
from benchmarks.dabench.questions import Question

REPAIRS = 3
LINES = 6


async def answer(model: Any, session: Session, question: Question) -> tuple[str, int]:
    """Return what the code printed at the end, and the tokens that it took."""
    with question.file.open(encoding="utf-8-sig", errors="replace") as file:
        head = "".join(line for line, _ in zip(file, range(LINES), strict=False))
    (session.folder / question.file.name).write_bytes(question.file.read_bytes())
    text = (
        f"Here are the first lines of the file {question.file.name}:\n{head}\n"
        f"Question: {question.text}\n\n"
        "Write Python code that reads the file, answers the question and prints the answer."
    )
    messages = [{"role": "user", "content": text}]
    tokens = 0
    for _ in range(REPAIRS + 1):
        completion = await model.complete(messages)
        tokens += completion.usage.total_tokens
        result = session.run(code_in(completion.text) or completion.text, 60)
        if result.error is None:
            return result.text, tokens
        messages += [
            {"role": "assistant", "content": completion.text},
            {"role": "user", "content": f"The code failed: {result.error}\nCorrect it."},
        ]
    return result.text, tokens
