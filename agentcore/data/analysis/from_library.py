"""An answer from the documents of a library, or from what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentcore.data.analysis.asking import Ask
from agentcore.data.answer import Answer, Step
from agentcore.retrieval.reader import LibraryReader

__all__ = ["answer_from_chat", "answer_from_library"]


async def answer_from_library(
    reader: LibraryReader,
    question: str,
    *,
    owner: str,
    history: Sequence[Mapping[str, Any]],
    on_step: Callable[[Step], None],
) -> Answer:
    """Return what the documents of a library say, or that they do not."""
    steps: list[Step] = []

    def note(kind: str, text: str, output: str) -> None:
        steps.append(Step(kind, text, output))
        on_step(steps[-1])

    found = await reader.answer(question, history=history, owner=owner, on_step=note)
    return Answer(
        found.text,
        values={"sources": list(found.sources)} if found.found else {},
        steps=tuple(steps),
        failed=not found.found,
        usage=found.usage,
        question=found.question,
    )


async def answer_from_chat(
    ask: Ask,
    question: str,
    history: Sequence[Mapping[str, Any]],
    notes: str,
    on_step: Callable[[Step], None],
) -> Answer:
    """Return the model's own answer, to what is no question about data, such as thanks."""
    said = [{"role": each["role"], "content": str(each["content"])} for each in history[-6:]]
    rule = "Answer briefly. State no figure that was not said before."
    completion = await ask(
        [
            {"role": "system", "content": f"{rule}\n{notes}".strip()},
            *said,
            {"role": "user", "content": question},
        ]
    )
    text = completion.text.strip()
    step = Step("answer", text or "The model said nothing.", failed=not text)
    on_step(step)
    return Answer(step.text, steps=(step,), failed=not text, usage=completion.usage)
