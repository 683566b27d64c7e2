"""`CodeAgent`: an agent that answers by code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.model_lookup import model_for
from agentcore.data.answer import Answer
from agentcore.data.code.analyst import CodeAnalyst
from agentcore.data.code.given_code import run_given_code
from agentcore.data.code.workplaces import Workplace, Workplaces
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import text_of
from agentcore.protocol.rules import agent_reply
from agentcore.sandbox import Limits, Sandbox, open_sandbox

__all__ = ["CodeAgent"]


class CodeAgent(ConversableAgent):
    """An agent that answers by code: its model writes Python, and a sandbox runs it.

    A message to it is a question or a task. Its reply says what the code printed, or that the code
    failed, and why. The reply's metadata has ``answer``, which ``Answer.from_plain`` reads, and
    ``exit_code``: 0, or 1 if it failed. See `CodeAnalyst` for how it answers.

    Without a model, it runs the code that stands in the messages, and replies with the output: the
    executor of an agent that writes code.

    Each peer has a session of its own, whose variables are kept from one message to the next. The
    sandbox and the files are opened in the process in which the agent lives. On Ray that is its
    host, where the files must be.

    Args:
        name: unique in its system.
        llm: the model that writes the code, or the name of one in the configuration.
        files: files, globs and folders that are read as tables, as `load_tables` reads them. The
            code finds a single table in the variable ``df``.
        sandbox: the kind of sandbox (``auto``, ``sandlock``, ``bubblewrap``), or a `Sandbox`.
        unsafe: ``"in this process's rights"`` to run the code without a sandbox.
        limits: what the code may use.
        folder: where the code works, in a folder for each peer; without it, in temporary folders
            that are removed when the agent is closed.
        repairs: how often the model may correct its code for one message.
        timeout: seconds that a run may take; without it, those of the limits.
        tool: whether the model is to call a tool with its code, instead of writing a block.
        corrections: how the files are to be read, as ``{"header": 3}``: see `load_tables`.
        options: further arguments of `ConversableAgent`.

    Raises:
        ValueError, TypeError: an argument is none of these.
        SandboxMissingError: this machine has no sandbox; raised at the first message.
    """

    def __init__(
        self,
        name: str,
        llm: Any = None,
        *,
        files: Sequence[str | Path] | str | Path = (),
        sandbox: str | Sandbox = "auto",
        unsafe: str | None = None,
        limits: Limits | None = None,
        folder: str | Path | None = None,
        repairs: int = 3,
        timeout: float | None = None,
        tool: bool = False,
        corrections: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("description", "Answers questions by Python code, which it runs.")
        super().__init__(name, llm=llm, **options)
        sources = (files,) if isinstance(files, (str, Path)) else tuple(files)
        opening = (
            partial(open_sandbox, sandbox, unsafe=unsafe)
            if isinstance(sandbox, str)
            else partial(_same, sandbox)
        )
        place = None if folder is None else Path(folder)
        self._workplaces = Workplaces(opening, limits, place, sources, dict(corrections or {}))
        self._repairs, self._timeout, self._tool = repairs, timeout, tool

    @agent_reply()
    async def answer_by_code(
        self, raw_message: Message, messages: Sequence[Mapping[str, Any]], sender: AgentRef
    ) -> tuple[bool, Message]:
        """Answer a question by code, or run the code of the message if there is no model."""
        place = await asyncio.to_thread(self._workplaces.of, sender.name)
        answer = await self._answer(place, text_of(raw_message), list(messages)[:-1])
        metadata = {"answer": answer.to_plain(), "exit_code": int(answer.failed)}
        return True, Message(answer.text, metadata=metadata)

    async def _answer(
        self, place: Workplace, text: str, history: Sequence[Mapping[str, Any]]
    ) -> Answer:
        if self.llm is None:
            return await run_given_code(place.session, text, place.tables, self._timeout)
        analyst = CodeAnalyst(
            model_for(self, self.llm),
            place.session,
            repairs=self._repairs,
            timeout=self._timeout,
            tool=self._tool,
        )
        return await analyst.answer(text, place.tables, history=history)

    def on_close(self) -> None:
        """End the sessions, and remove the folders that are temporary."""
        self._workplaces.close()


def _same(sandbox: Sandbox) -> Sandbox:
    return sandbox
