"""`DataAnalysis`: questions about files, in sessions by name and owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from agentcore.data.analysis.answer_stream import AnswerStream
from agentcore.data.analysis.lineage_methods import LineageMethods
from agentcore.data.analysis.piece import Piece
from agentcore.data.analysis.session_directory import SessionDirectory
from agentcore.data.analysis.session_names import DEFAULT, checked_word
from agentcore.data.analysis.settings import Settings
from agentcore.data.answer import Answer
from agentcore.runtime.system import AgentSystem
from agentcore.sandbox import Limits, Sandbox

__all__ = ["DataAnalysis"]


class DataAnalysis(LineageMethods):
    """Questions about files, answered by code, SQL and documents, in sessions.

    ::

        analysis = DataAnalysis(system, "analysis", llm="fast", library=Library("./library"))
        analysis.add("sales.csv", "notes/*.md")
        answer = analysis.ask("Which region grew most in 2023? Show it.")

    A session is an agent of the system, which has the files, and what was said. Its questions are
    answered one after the other; those of several sessions at once. On Ray it lives on a host that
    has the files. If an analysis of this name runs in the system already, it is found, with the
    settings that it was begun with; so other processes ask in the same sessions. The object
    pickles. In a process that has not called ``connect()``, such as a host of Ray, it uses the
    sessions that there are.

    Args:
        system: where its agents live.
        name: unique in the system.
        llm: the model, or the name of one in the configuration. It may be left out only if the
            analysis runs already.
        library: the `Library` that documents go to, and are found in.
        owner: whose sessions are meant where a method is told no owner.
        sandbox: the kind of sandbox, or a `Sandbox`, in which code runs.
        unsafe: ``"in this process's rights"`` to run the code without a sandbox.
        limits: what the code may use.
        folder: in which each session gets a folder that stays when it is closed. Without it the
            folders are temporary: figures and other files go with their session.
        idle: seconds after its last use, after which a session is closed; ``None`` for never.
        repairs: how often the model may correct its code for one question.
        timeout: seconds that a run of code may take; without it, those of the limits.
        placement: where sessions live, as ``placement=`` of `AgentSystem.spawn`. Without it, the
            hosts are tried for one that has the files.

    Raises:
        NameInUseError: another agent, which is no analysis, has the name.
        ValueError, TypeError: an argument is none of these.
    """

    def __init__(
        self,
        system: AgentSystem,
        name: str = "analysis",
        llm: Any = None,
        library: Any = None,
        *,
        owner: str = "",
        sandbox: str | Sandbox = "auto",
        unsafe: str | None = None,
        limits: Limits | None = None,
        folder: str | Path | None = None,
        idle: float | None = 3600.0,
        repairs: int = 3,
        timeout: float | None = None,
        placement: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(system, AgentSystem):
            raise TypeError(
                "the first argument is the system that connect() returns, not "
                f"{system!r:.80}: DataAnalysis(system, 'analysis', llm=...)"
            )
        self._owner = checked_word(owner, "owner", may_be_empty=True)
        settings = Settings(
            llm=llm, library=library, sandbox=sandbox, unsafe=unsafe, limits=limits,
            folder=folder, idle=idle, repairs=repairs, timeout=timeout,
        )  # fmt: skip
        given = None if placement is None else dict(placement)
        self._sessions = SessionDirectory.begun(system, name, settings, given)

    def ask(
        self,
        question: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        agent: str | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Ask a question, and wait for the answer.

        Args:
            question: in any words; it may follow from earlier ones of the session.
            session: the session; it is opened if there is none of this name.
            owner: whose session it is.
            agent: who is to answer: ``code``, ``sql``, ``library``, ``preview`` or ``plot``.
                Without it, that is decided by what was added, and by the model if there are both
                tables and documents.
            timeout: seconds that it may take; the wait for earlier questions of the session counts.

        Returns:
            the answer; if none was found, or it was stopped, ``failed`` is true, and its text says
            why.

        Raises:
            AnswerTimeoutError: the time is over. The session takes the next question.
            SessionNotFoundError: the session is another owner's.
            AgentNotFoundError: there is no such agent, or not without a table or library.
            ModelError: the model could not be asked. ``SandboxMissingError``: there is no sandbox.
            AgentDiedError: the session was closed, or its process ended; the next question begins
                a new one.
        """
        return self.stream(
            question, session=session, owner=owner, agent=agent, timeout=timeout
        ).read()

    async def a_ask(
        self,
        question: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        agent: str | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """`ask` for ``async def`` callers: takes, returns and raises the same."""
        stream = await self._a_begun(question, session, owner, agent, timeout)
        return await stream.a_read()

    def stream(
        self,
        question: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        agent: str | None = None,
        timeout: float | None = None,
    ) -> AnswerStream:
        """Ask a question; return its steps as they are done, then the text of the answer.

        Takes what `ask` takes, and raises what it raises: what is wrong with the arguments at once,
        and the rest when it is read.

        Returns:
            an iterator of `Piece`; the last one has the ``answer``, as the iterator has afterwards.
        """
        whose = self._checked(question, session, owner, agent, timeout)
        ref = self._sessions.open(session, whose)
        sources = self._sources(session, whose)
        stream_id = ref.call("begin_question", whose, question, agent, timeout, sources)
        return AnswerStream(ref.get_agent_stream_messages(ref, stream_id))

    async def a_stream(
        self,
        question: str,
        *,
        session: str = DEFAULT,
        owner: str | None = None,
        agent: str | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[Piece]:
        """`stream` for ``async def`` callers: ``async for piece in analysis.a_stream(...)``."""
        stream = await self._a_begun(question, session, owner, agent, timeout)
        try:
            async for piece in stream:
                yield piece
        finally:
            stream.close()

    async def _a_begun(
        self,
        question: str,
        session: str,
        owner: str | None,
        agent: str | None,
        timeout: float | None,
    ) -> AnswerStream:
        whose = self._checked(question, session, owner, agent, timeout)
        ref = await asyncio.to_thread(self._sessions.open, session, whose)
        sources = await self._sessions.registry.a_call("sources", session, whose)
        given = (whose, question, agent, timeout, sources)
        stream_id = await ref.a_call("begin_question", *given)
        return AnswerStream(ref.get_agent_stream_messages(ref, stream_id))

    def __enter__(self) -> DataAnalysis:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _checked(self, question: Any, session: Any, owner: Any, agent: Any, timeout: Any) -> str:
        """Return the owner, after the arguments of a question were checked."""
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"a question is a text, and not empty: not {question!r:.80}")
        checked_word(session, "session")
        if agent is not None:
            checked_word(agent, "agent")
        if timeout is not None:
            Settings(timeout=timeout)
        return self._whose(owner)
