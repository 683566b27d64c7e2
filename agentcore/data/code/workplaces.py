"""Where an agent's code runs: a folder and a session of a sandbox for each of its peers."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.data.tables import LoadedTable, load_tables
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.protocol import Sandbox, Session

__all__ = ["Workplace", "Workplaces"]

_MOST: Final = 8  # sessions at once; the one that was used the longest ago is closed for a new one


@attrs.define
class Workplace:
    """A session, and the tables that stand in its folder.

    Attributes:
        session: runs code in the folder.
        tables: the tables.
        lock: held by the turn that uses it.
    """

    session: Session
    tables: tuple[LoadedTable, ...]
    lock: threading.Lock = attrs.field(factory=threading.Lock)


class Workplaces:
    """The workplaces of one agent, one for each peer, so that no user meets another's variables.

    It pickles as its arguments: the processes are begun where the agent lives, at the first use.

    Args:
        sandbox: gives the sandbox.
        limits: what the code may use.
        folder: in which each peer gets a folder; without it, a temporary one that goes with the
            agent.
        sources: files that each peer's code finds as tables.
        corrections: how they are to be read: see `load_tables`.
    """

    def __init__(
        self,
        sandbox: Callable[[], Sandbox],
        limits: Limits | None,
        folder: Path | None,
        sources: Sequence[Any],
        corrections: dict[str, Any],
    ) -> None:
        self._made_of = (sandbox, limits, folder, sources, corrections)
        self._places: OrderedDict[str, Workplace] = OrderedDict()
        self._lock = threading.Lock()
        self._temporary: Path | None = None

    def __reduce__(self) -> Any:
        return type(self), self._made_of

    def of(self, peer: str) -> Workplace:
        """Return the workplace of a peer; this may start a process and read files, so it blocks.

        Raises:
            SandboxMissingError: this machine has no sandbox.
            DataFileError: a source is no table.
        """
        with self._lock:
            place = self._places.get(peer)
            if place is None:
                place = self._places[peer] = self._begin(peer)
                if len(self._places) > _MOST:
                    self._places.popitem(last=False)[1].session.close()
            self._places.move_to_end(peer)
            return place

    def _begin(self, peer: str) -> Workplace:
        sandbox, limits, _, sources, corrections = self._made_of
        folder = self._base() / _folder_name(peer)
        session = sandbox().start(folder, limits)
        try:
            tables = load_tables(*sources, folder=folder, **corrections) if sources else ()
        except BaseException:
            session.close()
            raise
        return Workplace(session, tables)

    def _base(self) -> Path:
        given = self._made_of[2]
        if given is not None:
            return given
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="agentcore-code-"))
            # An agent that nobody closes leaves nothing behind either.
            weakref.finalize(self, shutil.rmtree, self._temporary, ignore_errors=True)
        return self._temporary

    def stop(self) -> None:
        """End the runs that go on now."""
        for place in list(self._places.values()):
            place.session.stop()

    def close(self) -> None:
        """End all sessions, and remove folders that are temporary; a later use begins anew."""
        with self._lock:
            places, self._places = self._places, OrderedDict()
            temporary, self._temporary = self._temporary, None
        for place in places.values():
            with contextlib.suppress(Exception):
                place.session.close()
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _folder_name(peer: str) -> str:
    """Return a name for a folder: two peers never have the same, whatever they are called."""
    readable = re.sub(r"\W+", "-", peer)[:40].strip("-")
    return f"{readable}-{hashlib.sha256(peer.encode()).hexdigest()[:8]}"
