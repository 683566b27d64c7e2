"""`CodeAnalyst`: answers a question by code that a model writes and a sandbox runs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.agents.model_lookup import Metered
from agentcore.data.answer import Answer, Step
from agentcore.data.code.code_block import code_in
from agentcore.data.code.outcome import Outcome, outcome_of, wanted_variables
from agentcore.data.code.prelude import GIVEN, given_names, loading_code, script
from agentcore.data.code.prompts import (
    SYSTEM_TEXT,
    correction,
    question_about_tables,
    question_alone,
)
from agentcore.data.code.review import complaint, with_imports
from agentcore.data.code.saying import said_briefly
from agentcore.data.tables import LoadedTable, profile
from agentcore.protocol.model_api import NO_SAMPLING, ChatModel, Completion, Sampling, ToolSpec
from agentcore.protocol.usage import NO_USAGE
from agentcore.sandbox.protocol import Result, Session

__all__ = ["RUN_PYTHON", "CodeAnalyst"]

OnStep = Callable[[Step], None]
_LONG: Final = 1_500  # characters of output beyond which the model says what it comes to

RUN_PYTHON: Final = ToolSpec(
    "run_python",
    "Run Python code that answers the task and prints the result.",
    {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
)


@attrs.frozen
class CodeAnalyst:
    """Answers questions by code: a model writes it, a session of a sandbox runs it.

    What is wrong with the code goes back to the model: errors, an empty output, values that were
    asked for and are missing. The answer is what the code printed or left in variables, and
    nothing that the model says beside it.

    Attributes:
        model: the model that writes the code.
        session: the session of a sandbox that runs it.
        repairs: how often the model may correct its code for one question.
        timeout: seconds that a run may take; without it, those of the session's limits.
        tool: whether the model is to call a tool with its code, instead of writing a block. Small
            models are better at blocks.
    """

    model: ChatModel
    session: Session
    repairs: int = attrs.field(default=3, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    tool: bool = attrs.field(default=False, kw_only=True)

    async def answer(
        self,
        question: str,
        tables: Sequence[LoadedTable] = (),
        *,
        history: Sequence[Mapping[str, Any]] = (),
        on_step: OnStep | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            question: the question. Values that it asks for in the form ``@name[value]`` are
                answered in that form, and are in ``Answer.values``.
            tables: the tables that it is about. The code finds a single one in the variable
                ``df``, several in variables of their names.
            history: earlier messages, with ``role``, ``content`` and ``metadata``, for what "and by
                month?" means. An answer's metadata has its code, in ``answer``.
            on_step: called with each step when it is done.

        Returns:
            the answer; if the code failed to the last, ``failed`` is true, and the text says why.

        Raises:
            ModelError: the model could not be asked.
            SandboxClosedError: the session was closed.
        """
        return await _Inquiry(self, question, tuple(tables), on_step).answer(history)


class _Inquiry:
    """One question on its way to an answer."""

    def __init__(
        self,
        analyst: CodeAnalyst,
        question: str,
        tables: tuple[LoadedTable, ...],
        on_step: OnStep | None,
    ) -> None:
        self._analyst = analyst
        self._question = question
        self._tables = tables
        self._names = given_names(tables)
        self._columns = [column.name for table in tables for column in table.columns]
        self._on_step = on_step
        self._model = Metered(analyst.model)
        self._steps: list[Step] = []
        self._usage = NO_USAGE
        self._told: set[str] = set()  # complaints that the model was told: each but once
        self._files: dict[Path, None] = {}

    async def answer(self, history: Sequence[Mapping[str, Any]]) -> Answer:
        asked = self._asked(history)
        messages, before = asked, ""
        best: tuple[str, Outcome] | None = None
        fault = ""
        for attempt in range(self._analyst.repairs + 1):
            completion = await self._ask(messages)
            code = _code_of(completion)
            if code is None:
                self._step("repair" if attempt else "code", completion.text, "no code", failed=True)
                fault = "There is no Python code in that answer."
            else:
                code = with_imports(code, GIVEN if self._tables else ())
                outcome = await self._try(code, "repair" if attempt else "code")
                if outcome.fault is None:
                    return await self._answered(code, outcome)
                if outcome.minor:
                    best = code, outcome
                fault = outcome.fault
            again = " That is the same code as before: do it in another way."
            reason = f"{fault}{again if code is not None and code == before else ''}"
            before = code or before
            said = f"```python\n{code}\n```" if code else completion.text or "(nothing)"
            messages = [
                *asked,
                {"role": "assistant", "content": said},
                {"role": "user", "content": correction(reason)},
            ]
        if best is not None:
            return await self._answered(*best)
        return self._failed(before, fault)

    def _asked(self, history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        if self._tables:
            profiles = [
                profile(table, variable=name)
                for table, name in zip(self._tables, self._names, strict=True)
            ]
            text = question_about_tables(self._question, profiles, self._names, history)
        else:
            text = question_alone(self._question, history)
        return [{"role": "system", "content": SYSTEM_TEXT}, {"role": "user", "content": text}]

    async def _ask(self, messages: Sequence[Mapping[str, Any]]) -> Completion:
        # Code is better where the model takes no chances. Servers have their own settings, which
        # some of them let nobody change.
        local = getattr(self._analyst.model, "hosted", False)
        sampling = Sampling(temperature=0) if local else NO_SAMPLING
        tools = [RUN_PYTHON] if self._analyst.tool else []
        completion = await self._model.complete(messages, sampling=sampling, tools=tools)
        self._usage += completion.usage
        return completion

    async def _try(self, code: str, kind: str) -> Outcome:
        fault = complaint(code, self._names)
        if fault is not None and fault not in self._told:
            self._told.add(fault)
            self._step(kind, code, fault, failed=True)
            return Outcome("", fault)
        result = await self._run(code)
        outcome = outcome_of(result, code, self._question, self._columns)
        if outcome.minor and outcome.fault in self._told:  # it was told, and means it
            outcome = attrs.evolve(outcome, fault=None)
        elif outcome.minor and outcome.fault is not None:
            self._told.add(outcome.fault)
        failed = outcome.fault is not None
        self._step(kind, code, outcome.fault or outcome.text, failed=failed)
        return outcome

    async def _run(self, code: str) -> Result:
        """Run code in the sandbox, after it got the tables anew; other agents go on meanwhile."""
        session, timeout = self._analyst.session, self._analyst.timeout
        if self._tables:
            loading = loading_code(self._tables, session.folder)
            loaded = await asyncio.to_thread(session.run, loading, timeout)
            if loaded.error is not None:
                return loaded
        variables = wanted_variables(code, self._question, self._names)
        result = await asyncio.to_thread(session.run, code, timeout, variables=variables)
        self._files.update(dict.fromkeys([*result.figures, *result.files]))
        return result

    def _step(self, kind: str, text: str, output: str, *, failed: bool = False) -> None:
        step = Step(kind, text, output, failed)
        self._steps.append(step)
        if self._on_step is not None:
            self._on_step(step)

    async def _answered(self, code: str, outcome: Outcome) -> Answer:
        text = outcome.text
        if len(text) > _LONG:
            text, usage = await said_briefly(self._model, self._question, text)
            self._usage += usage
        self._step("answer", text, "")
        return self._made(text, code, outcome)

    def _failed(self, code: str, fault: str) -> Answer:
        attempts = self._analyst.repairs + 1
        text = f"No answer was found: {attempts} attempts at code for it failed. {fault}"
        self._step("answer", text, "", failed=True)
        return attrs.evolve(self._made(text, code, Outcome("")), failed=True)

    def _made(self, text: str, code: str, outcome: Outcome) -> Answer:
        return Answer(
            text,
            code=script(code, self._tables, self._analyst.session.folder) if code else "",
            language="python" if code else "",
            table=outcome.table,
            values=dict(outcome.values),
            files=tuple(self._files),
            steps=tuple(self._steps),
            usage=self._usage,
            host=socket.gethostname(),
        )


def _code_of(completion: Completion) -> str | None:
    """Return the code in a model's answer: of its call of the tool, or of a block."""
    for call in completion.tool_calls:
        code = call.arguments.get("code") if isinstance(call.arguments, Mapping) else None
        if isinstance(code, str) and code.strip():
            return code_in(code) or code
    return code_in(completion.text)
