"""`Workroom`: the files of a session, and the analysts that answer questions about them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.agents.model_lookup import Metered
from agentcore.data.analysis.asking import asking
from agentcore.data.analysis.from_library import answer_from_chat, answer_from_library
from agentcore.data.analysis.previewing import previewed
from agentcore.data.analysis.question_session import QuestionSession
from agentcore.data.analysis.routes import CODE, LIBRARY, OWN, PREVIEW, SQL, checked_agent, choose
from agentcore.data.analysis.session_folder import SessionFolder
from agentcore.data.analysis.settings import Settings
from agentcore.data.analysis.source import Source, files_of
from agentcore.data.analysis.table_shelf import TableShelf
from agentcore.data.answer import Answer, Step
from agentcore.data.code.analyst import CodeAnalyst
from agentcore.data.sql.analyst import SQLAnalyst
from agentcore.data.sql.duckdb_database import DuckDBDatabase
from agentcore.data.tables import LoadedTable
from agentcore.protocol.model_api import ChatModel
from agentcore.retrieval.reader import LibraryReader
from agentcore.sandbox import Sandbox, Session, open_sandbox

__all__ = ["Inquiry", "Workroom"]


@attrs.frozen
class Inquiry:
    """A question to a session.

    Attributes:
        question: in any words.
        agent: who is to answer it; ``None`` to choose.
        history: what was said before.
        notes: for each agent, what it is told beside the question.
        on_step: called with each step.
    """

    question: str
    agent: str | None
    history: Sequence[Mapping[str, Any]]
    notes: Mapping[str, str]
    on_step: Callable[[Step], None]


class Workroom:
    """The files of a session, and the analysts that answer questions about them.

    Nothing is begun before it is needed: the folder with the first file or run, the sandbox's
    process with the first run.

    Args:
        settings: of the analysis.
        folder: the folder of the session; ``None`` for a temporary one.
        owner: whose session it is.
    """

    def __init__(self, settings: Settings, folder: Path | None, owner: str) -> None:
        self._settings = settings
        self._given = folder
        self._owner = owner
        self._lock = threading.Lock()
        self._folder: SessionFolder | None = None
        self._shelf: TableShelf | None = None
        self._session: Session | None = None
        self._closed = False

    @property
    def tables(self) -> tuple[LoadedTable, ...]:
        """The tables that were added."""
        return () if self._shelf is None else self._shelf.tables

    @property
    def has_library(self) -> bool:
        """Whether there is a library to search."""
        return self._settings.library is not None

    @property
    def folder(self) -> Path | None:
        """The session's folder; ``None`` as long as nothing is in it."""
        return None if self._folder is None else self._folder.path

    def add(self, source: Source, *, documents: bool) -> tuple[LoadedTable, ...]:
        """Read files, which blocks, and return their tables.

        Args:
            documents: whether to put documents into the library; another session may have done so.

        Raises:
            DataFileError: a file is not there, or of no kind that can be read. ``DocumentError``:
                the library cannot read one.
        """
        library = self._settings.library
        tables, texts = files_of(source, library is not None)
        if documents and texts:
            library.add(*map(str, texts), owner=source.owner)
        return self._in_folder().add(tables, source.corrections) if tables else ()

    def _in_folder(self) -> TableShelf:
        with self._lock:
            if self._shelf is None:
                self._folder = SessionFolder(self._given)
                self._shelf = TableShelf(self._folder.private, self._folder.path)
            return self._shelf

    def _started(self) -> Session:
        """Return the session of the sandbox; this may start a process, so it blocks."""
        self._in_folder()
        with self._lock:
            if self._session is None:
                assert self._folder is not None
                sandbox = _opened(self._settings)
                self._session = sandbox.start(self._folder.path, self._settings.limits)
                if self._closed:  # meanwhile
                    self._session.close()
            return self._session

    async def answer(self, model: ChatModel, inquiry: Inquiry) -> tuple[Answer, str]:
        """Answer a question; return the answer, and the name of who gave it.

        Raises:
            AgentNotFoundError: ``inquiry.agent`` is not at hand here.
            ModelError: the model could not be asked. ``SandboxMissingError``: there is none.
        """
        tables, has_library = self.tables, self.has_library
        usage = None
        if inquiry.agent:
            agent = checked_agent(inquiry.agent, bool(tables), has_library)
        else:
            agent, usage = await choose(
                asking(model), inquiry.question, tables, has_library, inquiry.history
            )
        answer = await _ANALYSTS[agent](self, model, inquiry)
        if usage is not None:
            answer = attrs.evolve(answer, usage=answer.usage + usage)
        return attrs.evolve(answer, host=answer.host or socket.gethostname()), agent

    async def _by_code(self, model: ChatModel, inquiry: Inquiry) -> Answer:
        session = QuestionSession(await asyncio.to_thread(self._started))
        settings = self._settings
        analyst = CodeAnalyst(model, session, repairs=settings.repairs, timeout=settings.timeout)
        question, history = _with_notes(inquiry, CODE), inquiry.history
        shelf = self._shelf
        tables = await asyncio.to_thread(shelf.for_code) if shelf is not None else ()
        try:
            return await analyst.answer(question, tables, history=history, on_step=inquiry.on_step)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.to_thread(session.stop))
            raise

    async def _by_sql(self, model: ChatModel, inquiry: Inquiry) -> Answer:
        database = DuckDBDatabase(list(self.tables))
        notes = inquiry.notes.get(SQL, "")
        try:
            analyst = SQLAnalyst(Metered(model), database, notes=notes)
            return await analyst.answer(
                inquiry.question, history=inquiry.history, on_step=inquiry.on_step
            )
        finally:
            database.close()

    async def _by_library(self, model: ChatModel, inquiry: Inquiry) -> Answer:
        return await answer_from_library(
            LibraryReader(model, self._settings.library),
            _with_notes(inquiry, LIBRARY),
            owner=self._owner,
            history=inquiry.history,
            on_step=inquiry.on_step,
        )

    async def _by_preview(self, model: ChatModel, inquiry: Inquiry) -> Answer:
        answer = await asyncio.to_thread(previewed, inquiry.question, self.tables)
        for step in answer.steps:
            inquiry.on_step(step)
        return answer

    async def _by_itself(self, model: ChatModel, inquiry: Inquiry) -> Answer:
        notes = inquiry.notes.get(OWN, "")
        return await answer_from_chat(
            asking(model), inquiry.question, inquiry.history, notes, inquiry.on_step
        )

    def close(self) -> None:
        """End the sandbox's process, and remove the folder if it is temporary."""
        self._closed = True
        session = self._session
        if session is not None:
            with contextlib.suppress(Exception):
                session.close()
        with self._lock:
            folder, self._folder = self._folder, None
            shelf, self._shelf = self._shelf, None
        if shelf is not None:
            shelf.close()
        if folder is not None:
            folder.close()


_ANALYSTS: Final[Mapping[str, Callable[[Workroom, ChatModel, Inquiry], Any]]] = {
    CODE: Workroom._by_code,
    SQL: Workroom._by_sql,
    LIBRARY: Workroom._by_library,
    PREVIEW: Workroom._by_preview,
    OWN: Workroom._by_itself,
}


def _with_notes(inquiry: Inquiry, agent: str) -> str:
    notes = inquiry.notes.get(agent, "")
    return f"{inquiry.question}\n({notes})" if notes else inquiry.question


def _opened(settings: Settings) -> Sandbox:
    if isinstance(settings.sandbox, str):
        return open_sandbox(settings.sandbox, unsafe=settings.unsafe)
    sandbox: Sandbox = settings.sandbox
    return sandbox
