"""The methods of `DataAnalysis` about its files and sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentcore.data.analysis.session_directory import SessionDirectory, close_if_there
from agentcore.data.analysis.session_names import DEFAULT, checked_word
from agentcore.data.analysis.source import Source, source_of
from agentcore.data.tables import LoadedTable
from agentcore.protocol.agent_ref import AgentRef

__all__ = ["SessionMethods"]


class SessionMethods:
    """A base of `DataAnalysis`: its methods about files and sessions."""

    _owner: str
    _sessions: SessionDirectory

    @property
    def name(self) -> str:
        """The name of the analysis."""
        return self._sessions.registry.name

    def __repr__(self) -> str:
        return f"<DataAnalysis {self.name!r}>"

    # --- files ----------------------------------------------------------------------------------

    def add(
        self,
        *sources: str | Path,
        session: str | None = None,
        owner: str | None = None,
        **corrections: Any,
    ) -> tuple[LoadedTable, ...]:
        """Add files: tables are read, and documents go to the library.

        Args:
            sources: files, folders, and patterns such as ``notes/*.md``. Tables are CSV and its
                kin, Excel, Parquet, JSON lines and SQLite; documents are ``.md``, ``.txt``,
                ``.html``, ``.pdf`` and ``.docx``.
            session: the session that has them; without it all of the owner do.
            owner: whose they are; files of the owner ``""`` are everybody's.
            corrections: how they are to be read where the guess would be wrong, as ``header=3``:
                see `load_tables`. To add a file again replaces what was read before.

        Returns:
            the tables; what was assumed of each is in its ``notes``.

        Raises:
            DataFileError: a file is not there, is of no kind that is read, or is a document and
                there is no library; nothing was added. ``DocumentError``: nor could a document be.
            SessionNotFoundError: the session is another owner's.
            TypeError, ValueError: there is no such correction.
        """
        whose = self._whose(owner)
        if session is not None:
            checked_word(session, "session")
        source = source_of(sources, corrections, session, whose)
        ref = self._sessions.open(session or DEFAULT, whose, source)
        tables: tuple[LoadedTable, ...] = ref.call("add_files", whose, source)
        self._sessions.registry.call("add_source", source)
        return tables

    def fetch(
        self,
        file: str | Path,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        to: str | Path | None = None,
    ) -> bytes:
        """Return the bytes of a file of a session, such as one of ``Answer.files``.

        It serves a caller on another machine than ``Answer.host``. The bytes come in messages of
        at most 1 MiB.

        Args:
            to: a file into which they are written as well.

        Raises:
            DataFileError: the session has no such file; other files are not read.
            SessionNotFoundError: there is no such session of the owner.
        """
        ref, whose = self._session(session, owner)
        pieces: list[bytes] = []
        offset, last = 0, False
        while not last:
            piece, last = ref.call("read_file", whose, str(file), offset)
            pieces.append(piece)
            offset += len(piece)
        data = b"".join(pieces)
        if to is not None:
            Path(to).write_bytes(data)
        return data

    # --- sessions -------------------------------------------------------------------------------

    def stop(self, session: str = DEFAULT, *, owner: str | None = None) -> bool:
        """Stop the questions of a session, from any thread or process.

        Whoever asked gets an answer that says so. The session goes on, without the variables of its
        code if that ran.

        Returns:
            whether a question was going on.

        Raises:
            SessionNotFoundError: there is no such session of the owner.
        """
        ref, whose = self._session(session, owner)
        return bool(ref.call("stop_question", whose))

    def sessions(self, owner: str | None = None) -> tuple[str, ...]:
        """Return the names of the sessions that an owner has open."""
        return self._sessions.sessions(self._whose(owner))

    def close(self, session: str | None = None, *, owner: str | None = None) -> None:
        """Close a session: its processes end, and its temporary folder goes.

        Files that were added stay where they are.

        Args:
            session: the session; without one, the whole analysis is closed, for everybody.
            owner: whose session it is.

        Raises:
            SessionNotFoundError: there is no such session of the owner.
        """
        if session is None:
            self._sessions.close()
            return
        ref, whose = self._session(session, owner)
        ref.call("check_owner", whose)
        close_if_there(ref)
        self._sessions.registry.call("forget_session", session, whose)

    def _whose(self, owner: str | None) -> str:
        return self._owner if owner is None else checked_word(owner, "owner", may_be_empty=True)

    def _session(self, session: str, owner: str | None) -> tuple[AgentRef, str]:
        whose = self._whose(owner)
        return self._sessions.find(checked_word(session, "session"), whose), whose

    def _sources(self, session: str, owner: str) -> tuple[Source, ...]:
        found: tuple[Source, ...] = self._sessions.registry.call("sources", session, owner)
        return found
