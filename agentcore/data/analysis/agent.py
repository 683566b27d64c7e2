"""`AnalysisAgent`: one session of a data analysis, as an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.model_lookup import charge, model_for
from agentcore.agents.streaming import stream_message
from agentcore.base.data_errors import AnswerTimeoutError, DataError, SessionNotFoundError
from agentcore.base.errors import AgentCoreError
from agentcore.data.analysis.expiry import Expiry
from agentcore.data.analysis.message_box import MessageBox
from agentcore.data.analysis.reading_files import read_piece
from agentcore.data.analysis.routes import names_at_hand
from agentcore.data.analysis.settings import Settings
from agentcore.data.analysis.source import Source, source_of
from agentcore.data.analysis.workroom import Inquiry, Workroom
from agentcore.data.answer import Answer, Step
from agentcore.data.tables import LoadedTable
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import text_of
from agentcore.protocol.rules import agent_reply
from agentcore.runtime.turns.turn import current_turn

__all__ = ["AnalysisAgent"]


class AnalysisAgent(ConversableAgent):
    """An agent that answers questions about files: one session of a data analysis.

    `DataAnalysis` has one for each session. It can be spawned by itself, too. A message to it is
    a question; ``agent`` in the message's metadata says who is to answer: ``code``, ``sql``,
    ``library``, ``preview`` or ``plot``. Without it, that is decided by what there is, or else by
    the model. The reply's metadata has ``answer``, which ``Answer.from_plain`` reads, and
    ``agent``.

    It answers one question after the other. Files, sandbox and database are opened in the process
    in which it lives; on Ray that is its host, where the files must be.

    Args:
        name: unique in its system.
        llm: the model, or the name of one in the configuration.
        library: the `Library` of documents that it may search.
        files: files, folders and patterns that it answers questions about.
        corrections: how the files are to be read: see `load_tables`.
        session: the name of the session.
        owner: whose session it is.
        settings: how it works, in place of ``llm`` and ``library``.
        options: further arguments of `ConversableAgent`.
    """

    def __init__(
        self,
        name: str,
        llm: Any = None,
        library: Any = None,
        *,
        files: Sequence[str | Path] = (),
        corrections: Mapping[str, Any] | None = None,
        session: str = "default",
        owner: str = "",
        settings: Settings | None = None,
        folder: str | Path | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("description", "Answers questions about tables and documents.")
        own = settings or Settings(llm=llm, library=library, idle=None)
        super().__init__(name, llm=own.llm, **options)
        self.session, self.owner = session, owner
        self._room = Workroom(own, None if folder is None else Path(folder), owner)
        self._box = MessageBox()
        self._expiry = Expiry(self, own.idle)
        self._loaded: set[str] = set()
        self._own_files = (source_of(files, corrections or {}, session, owner),) if files else ()
        self._asking = asyncio.Lock()  # held by the question that is answered now
        self._loading = asyncio.Lock()
        self._tasks: dict[asyncio.Task[Any], None] = {}

    # --- files ----------------------------------------------------------------------------------

    def has_files(self, owner: str, source: Source) -> bool:
        """Return whether any of the files of a source is on this machine."""
        self._used_by(owner)
        return any(Path(path).exists() or _is_pattern(path) for path in source.paths)

    async def add_files(self, owner: str, source: Source) -> tuple[LoadedTable, ...]:
        """Read files as tables, and documents into the library; return the tables.

        Raises:
            DataFileError: a file is not there, or of no kind that can be read; nothing was added.
        """
        self._used_by(owner)
        with self._expiry.in_use():
            tables = await self._load(source, documents=True)
        return tables or ()

    async def _load(self, source: Source, *, documents: bool) -> tuple[LoadedTable, ...] | None:
        async with self._loading:
            if source.id in self._loaded:
                return None
            add = partial(self._room.add, source, documents=documents)
            tables = await asyncio.to_thread(add)
            self._loaded.add(source.id)
            return tables

    def read_file(self, owner: str, path: str, offset: int) -> tuple[bytes, bool]:
        """Return a piece of a file of the session, and whether it is the last: see `read_piece`."""
        self._used_by(owner)
        return read_piece(self._room.folder, path, offset)

    # --- questions ------------------------------------------------------------------------------

    def begin_question(
        self,
        owner: str,
        question: str,
        agent: str | None,
        timeout: float | None,
        sources: Sequence[Source],
    ) -> str:
        """Begin a question; return the id of a stream of its steps and its answer.

        The turn ends at once, so that the agent can be told to stop meanwhile.
        """
        self._used_by(owner)
        pieces = self._pieces(question, agent, timeout, sources)
        return str(stream_message(self, pieces, {}).content)

    async def _pieces(
        self, question: str, agent: str | None, timeout: float | None, sources: Sequence[Source]
    ) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        steps: list[Step] = []
        done: asyncio.Queue[Step | None] = asyncio.Queue()

        def on_step(step: Step) -> None:
            steps.append(step)
            done.put_nowait(step)

        inquiry = Inquiry(question, agent, (), self._box.notes, on_step)
        task = asyncio.create_task(self._answer_in_time(inquiry, timeout, sources))
        task.add_done_callback(lambda _: done.put_nowait(None))
        self._tasks[task] = None
        try:
            with self._expiry.in_use():
                while (step := await done.get()) is not None:
                    yield "", {"step": step.to_plain()}
                if task.cancelled():
                    answer = _stopped(steps)
                    self._box.put(question, answer, agent or "")
                else:
                    answer = task.result()
            yield answer.text, {}
            yield "", {"answer": answer.to_plain()}
        except AgentCoreError as error:  # as it is, and not as the failure of a stream
            yield "", {"failure": error}
        finally:
            del self._tasks[task]
            task.cancel()  # if the reader is gone

    async def _answer_in_time(
        self, inquiry: Inquiry, timeout: float | None, sources: Sequence[Source]
    ) -> Answer:
        try:
            async with asyncio.timeout(timeout), self._asking:
                for source in sources:
                    await self._load(source, documents=False)
                inquiry = attrs.evolve(inquiry, history=self._box.history())
                answer, agent = await self._answer(inquiry)
        except TimeoutError as error:
            raise AnswerTimeoutError(
                f"session {self.session!r} found no answer within the {timeout:g} s that it had; "
                "it takes the next question"
            ) from error
        self._box.put(inquiry.question, answer, agent)
        return answer

    async def _answer(self, inquiry: Inquiry) -> tuple[Answer, str]:
        if self.llm is None and inquiry.agent != "preview":
            raise DataError("an analysis needs a model: give llm=")
        model = None if self.llm is None else model_for(self, self.llm)
        answer, agent = await self._room.answer(model, inquiry)  # type: ignore[arg-type]
        if current_turn() is None:  # in a turn it is charged already
            charge(answer.usage, self)
        return answer, agent

    async def stop_question(self, owner: str) -> bool:
        """End the questions that are answered or wait; return whether there was one."""
        self._used_by(owner)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        return bool(tasks)

    @agent_reply()
    async def answer_question(
        self, raw_message: Message, messages: Sequence[Mapping[str, Any]], sender: AgentRef
    ) -> tuple[bool, Message]:
        """Answer a question of a conversation."""
        agent = (raw_message.get("metadata") or {}).get("agent")
        history = list(messages)[:-1]
        inquiry = Inquiry(text_of(raw_message), agent, history, self._box.notes, lambda _: None)
        with self._expiry.in_use():
            async with self._asking:
                for source in self._own_files:
                    await self._load(source, documents=True)
                answer, agent = await self._answer(inquiry)
        return True, Message(answer.text, metadata={"answer": answer.to_plain(), "agent": agent})

    # --- what was said --------------------------------------------------------------------------

    def call_box(self, owner: str, method: str, *args: Any) -> Any:
        """Call a method of the session's `MessageBox`, and return what it returns."""
        self._used_by(owner)
        return getattr(self._box, method)(*args)

    def agent_names(self, owner: str, sources: Sequence[Source]) -> tuple[str, ...]:
        """Return the names of the agents that can be asked in this session."""
        self._used_by(owner)
        has_tables = bool(self._room.tables or sources)
        return names_at_hand(has_tables, self._room.has_library)

    def is_of(self, owner: str) -> bool:
        """Return whether this is a session of an owner, which does not count as its use."""
        return self.owner == owner

    def check_owner(self, owner: str) -> None:
        """Check whose session this is.

        Raises:
            SessionNotFoundError: it is another owner's.
        """
        if owner != self.owner:
            raise SessionNotFoundError(f"owner {owner!r} has no session {self.session!r}")

    def _used_by(self, owner: str) -> None:
        self.check_owner(owner)
        self._expiry.touch()

    def on_close(self) -> None:
        """End the sandbox's process, and remove the session's folder if it is temporary."""
        self._expiry.close()
        self._room.close()


def _stopped(steps: Sequence[Step]) -> Answer:
    text = "The question was stopped before an answer was found."
    return Answer(text, steps=(*steps, Step("answer", text, failed=True)), failed=True)


def _is_pattern(path: str) -> bool:
    return any(character in path for character in "*?[")
