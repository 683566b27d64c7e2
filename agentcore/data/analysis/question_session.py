"""`QuestionSession`: a session of a sandbox, for one question that may be stopped at any moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agentcore.base.sandbox_errors import SandboxKilledError
from agentcore.sandbox import Result, Session

__all__ = ["QuestionSession"]

_AGAIN: Final = 0.02  # seconds after which a run that was just beginning is stopped once more


class QuestionSession:
    """A session of a sandbox, as one question uses it.

    A session that is told to stop ends the run that goes on. A question must end as well what is
    only about to run, on a thread that nobody can interrupt.

    Args:
        session: the session, which outlives the question.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stopped = False
        self._idle = threading.Event()
        self._idle.set()

    @property
    def folder(self) -> Path:
        """The folder in which the code runs."""
        return self._session.folder

    def run(
        self, code: str, timeout: float | None = None, *, variables: Sequence[str] = ()
    ) -> Result:
        """Run code, unless the question was stopped: see `Session.run`."""
        self._idle.clear()
        try:
            if self._stopped:
                return Result("", error=SandboxKilledError("the question was stopped"))
            return self._session.run(code, timeout, variables=variables)
        finally:
            self._idle.set()

    def stop(self) -> None:
        """End the question's run, and let none begin; wait until it has ended."""
        self._stopped = True
        while not self._idle.is_set():
            self._session.stop()
            self._idle.wait(_AGAIN)

    def close(self) -> None:
        """Do nothing: the session is not the question's to close."""
