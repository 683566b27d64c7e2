"""`Answer`: what came of a question about data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from agentcore.data.table import Table
from agentcore.protocol.usage import Usage, usage_of

__all__ = ["Answer", "Step"]


@attrs.frozen
class Step:
    """One thing that was done on the way to an answer.

    Attributes:
        kind: ``preview``, ``plan``, ``code``, ``sql``, ``search``, ``repair``, ``review`` or
            ``answer``.
        text: what was done, in words or as code.
        output: what came of it; what went wrong, if it failed.
        failed: whether it failed.
    """

    kind: str
    text: str
    output: str = ""
    failed: bool = False

    def to_plain(self) -> dict[str, Any]:
        """Return the step as a dict that is JSON-ready."""
        return attrs.asdict(self)


@attrs.frozen
class Answer:
    """What came of a question about data.

    Attributes:
        text: the answer: what was computed, and nothing else.
        code: the code that was run, to run again; SQL, where it was SQL; empty if none was.
        language: the language of the code: ``python`` or ``sql``, or empty.
        table: the rows behind it, or ``None``.
        values: the named values that the answer states, as the code left them.
        files: plots and other files that were made, as paths on the host of the session.
        steps: what was done, in order.
        failed: true if no answer was found; the text says so, and why.
        usage: the tokens that it took.
        host: the name of the machine on which the files are.
        question: the question that it answers, as it was understood: one that follows from earlier
            ones is rewritten so that it stands alone. Empty if it was not rewritten by anybody.
    """

    text: str
    code: str = ""
    language: str = ""
    table: Table | None = None
    values: dict[str, Any] = attrs.field(factory=dict)
    files: tuple[Path, ...] = ()
    steps: tuple[Step, ...] = ()
    failed: bool = False
    usage: Usage = attrs.field(factory=Usage)
    host: str = ""
    question: str = ""

    def __str__(self) -> str:
        return self.text

    def to_plain(self) -> dict[str, Any]:
        """Return the answer as a dict that is JSON-ready, as metadata of a message must be."""
        return {
            "text": self.text,
            "code": self.code,
            "language": self.language,
            "table": None if self.table is None else self.table.to_plain(),
            "values": dict(self.values),
            "files": [str(file) for file in self.files],
            "steps": [step.to_plain() for step in self.steps],
            "failed": self.failed,
            "usage": self.usage.as_dict(),
            "host": self.host,
            "question": self.question,
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Answer:
        """Return the answer that stands in a dict which `to_plain` gave."""
        table = value.get("table")
        return cls(
            text=value["text"],
            code=value.get("code", ""),
            language=value.get("language", ""),
            table=None if table is None else Table.from_plain(table),
            values=dict(value.get("values", {})),
            files=tuple(Path(file) for file in value.get("files", ())),
            steps=tuple(Step(**step) for step in value.get("steps", ())),
            failed=value.get("failed", False),
            usage=usage_of(value),
            host=value.get("host", ""),
            question=value.get("question", ""),
        )
