"""`Inquiry`: one question under way, with what was done and used for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs

from agentcore.base.steps import run_async
from agentcore.data.answer import Answer, Step
from agentcore.data.sql.database import Database
from agentcore.data.table import Table
from agentcore.models.calls import completing
from agentcore.protocol.model_api import Completion, Sampling
from agentcore.protocol.usage import NO_USAGE, Usage

__all__ = ["Inquiry"]

T = TypeVar("T")


@attrs.define
class Inquiry:
    """One question under way.

    Attributes:
        question: as it was asked, and later as it was rewritten.
        on_step: called as each step is done.
        steps: what was done so far.
        usage: the tokens that it took so far.
        sql: the query that was tried last.
    """

    model: Any
    database: Database
    question: str
    on_step: Callable[[Step], Any] | None = None
    steps: list[Step] = attrs.field(factory=list)
    usage: Usage = NO_USAGE
    sql: str = ""

    async def ask(self, messages: Sequence[Any], max_tokens: int) -> str:
        """Return what the model answers, at temperature 0.

        Raises:
            ModelError: it did not answer.
        """
        sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
        asking = completing(self.model, messages, sampling=sampling)
        completion: Completion = await run_async(asking)
        self.usage += completion.usage
        return completion.text

    async def read(self, method: Callable[..., T], *args: Any, **options: Any) -> T:
        """Call a method of the database on a thread; interrupt the database if this is cancelled.

        Raises:
            DataError: what the method raises.
        """
        try:
            return await asyncio.to_thread(method, *args, **options)
        except asyncio.CancelledError:
            self.database.interrupt()
            raise

    def note(self, kind: str, text: str, output: str = "", failed: bool = False) -> None:
        """Add a step, and tell it."""
        step = Step(kind, text, output, failed)
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)

    def answered(self, text: str, table: Table) -> Answer:
        """Return the answer that these rows are."""
        self.note("answer", text)
        return self._answer(text, table, failed=False)

    def failed(self, why: str) -> Answer:
        """Return the answer that none was found, with the query that was tried."""
        tried = f" The SQL that was tried: {self.sql}" if self.sql else ""
        text = f"No answer was found. {why}{tried}"
        self.note("answer", text, failed=True)
        return self._answer(text, None, failed=True)

    def _answer(self, text: str, table: Table | None, failed: bool) -> Answer:
        return Answer(
            text,
            code=self.sql,
            language="sql" if self.sql else "",
            table=table,
            steps=tuple(self.steps),
            failed=failed,
            usage=self.usage,
            question=self.question,
        )
