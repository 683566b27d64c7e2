"""`SessionDirectory`: finds the sessions of an analysis, and begins them."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final

from agentcore.agents.agent_options import checked_model
from agentcore.base.data_errors import DataError, SessionNotFoundError
from agentcore.base.errors import AgentNotFoundError, NameInUseError
from agentcore.data.analysis.agent import AnalysisAgent
from agentcore.data.analysis.registry import AnalysisRegistry
from agentcore.data.analysis.session_names import agent_name, session_in
from agentcore.data.analysis.settings import Settings
from agentcore.data.analysis.source import Source
from agentcore.protocol.agent_ref import AgentRef, system_of
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.kinds import kinds_of
from agentcore.runtime.system import AgentSystem, open_systems

__all__ = ["SessionDirectory", "close_if_there"]

_RESTARTING: Final = 20.0  # seconds in which a process that died is replaced
_PAUSE: Final = 0.1  # seconds between two attempts


class SessionDirectory:
    """Finds the sessions of an analysis, and begins them.

    Args:
        system: where the agents live; ``None`` in a process that has not opened it.
        registry: the agent by whose name the analysis is found.
    """

    def __init__(
        self,
        system: AgentSystem | None,
        registry: AgentRef,
        settings: Settings | None = None,
        placement: dict[str, Any] | None = None,
    ) -> None:
        self.system = system
        self.registry = registry
        self._begun_with = settings, placement
        self._added: list[Source] = []  # by this object, for a registry that has died

    def __reduce__(self) -> Any:
        return _in_this_process, (self.registry,)

    @classmethod
    def begun(
        cls, system: AgentSystem, name: str, settings: Settings, placement: dict[str, Any] | None
    ) -> SessionDirectory:
        """Find an analysis by its name, or begin it.

        Raises:
            NameInUseError: an agent that is no analysis has the name.
            ValueError: it is to be begun, and there is no model.
        """
        registry = _found(system, name) or _begun(system, name, settings, placement)
        return cls(system, registry, settings, placement)

    def ask_registry(self, method: str, *args: Any) -> Any:
        """Call a method of the registry; begin it anew if its process ended.

        It has the settings and the files then that were given to this object.
        """
        try:
            return self.registry.call(method, *args)
        except (AgentNotFoundError, AgentDiedError):
            settings, placement = self._begun_with
            if self.system is None or settings is None or checked_model(settings.llm) is None:
                raise
        return self._ask_anew(self.system, settings, placement, method, args)

    def _ask_anew(
        self,
        system: AgentSystem,
        settings: Settings,
        placement: dict[str, Any] | None,
        method: str,
        args: tuple[Any, ...],
    ) -> Any:
        """Begin the registry anew, and call a method of it.

        For a while after a process has died, its agents are still found, and new ones may be begun
        in the process that is about to be replaced. So this tries again, within a time.
        """
        name, until = self.registry.name, time.monotonic() + _RESTARTING
        while True:
            try:
                self.registry = _found(system, name) or _begun(system, name, settings, placement)
                for source in self._added:
                    self.registry.call("add_source", source)
                return self.registry.call(method, *args)
            except (AgentNotFoundError, AgentDiedError):
                if time.monotonic() >= until:
                    raise
                time.sleep(_PAUSE)

    def add(self, source: Source) -> None:
        """Let sessions find files that were added."""
        self._added.append(source)
        self.ask_registry("add_source", source)

    def find(self, session: str, owner: str) -> AgentRef:
        """Return the agent of a session that there is.

        Raises:
            SessionNotFoundError: there is none, or it is another owner's.
        """
        name = agent_name(self.registry.name, session, owner)
        ref = self._agent(name)
        if ref is None:
            raise SessionNotFoundError(f"owner {owner!r} has no session {session!r}")
        return ref

    def open(self, session: str, owner: str, source: Source | None = None) -> AgentRef:
        """Return the agent of a session; begin it if there is none.

        Args:
            source: files that it is to have, by which its machine is chosen.

        Raises:
            DataError: it is to be begun in a process that has not opened the system.
        """
        name = agent_name(self.registry.name, session, owner)
        ref = self._agent(name)
        if ref is not None:
            return ref
        sources = (*self.ask_registry("sources", session, owner), *([source] if source else []))
        try:
            return self._begin(name, session, owner, sources)
        except NameInUseError:
            ref = self._agent(name)
            if ref is None:
                raise
            return ref

    def _begin(self, name: str, session: str, owner: str, sources: tuple[Source, ...]) -> AgentRef:
        """Begin a session on a machine that has its files: the backend's next host, or another."""
        if self.system is None:
            raise DataError(
                f"session {session!r} is not open, and this process cannot open it: do so in one "
                "that has called connect()"
            )
        settings, placement = self.ask_registry("settings")
        seen: set[str] = set()
        while True:
            ref = self.system.spawn(
                AnalysisAgent, name, placement=placement, session=session, owner=owner,
                settings=settings, folder=_folder(settings, name),
            )  # fmt: skip
            if all(ref.call("has_files", owner, source) for source in sources):
                return ref
            if ref.place in seen or placement:
                return ref  # no host has them: reading them says so
            seen.add(ref.place)
            ref.close()

    def sessions(self, owner: str) -> tuple[str, ...]:
        """Return the names of an owner's sessions, in alphabetical order."""
        of = {ref: session_in(self.registry.name, ref.name) for ref in self._refs()}
        found = [each for ref, each in of.items() if each is not None and _is_of(ref, owner)]
        return tuple(sorted(found))

    def close(self) -> None:
        """Close all sessions, and the registry."""
        for ref in self._refs():
            if session_in(self.registry.name, ref.name) is not None or ref == self.registry:
                close_if_there(ref)

    def _refs(self) -> tuple[AgentRef, ...]:
        return tuple(self._runtime().backend.refs())

    def _agent(self, name: str) -> AgentRef | None:
        try:
            ref: AgentRef = self._runtime().resolve(name)
        except AgentNotFoundError:
            return None
        return ref

    def _runtime(self) -> Any:
        runtime: Any = system_of(self.registry)
        runtime.check_open()
        return runtime


def close_if_there(ref: AgentRef) -> None:
    """Close an agent, unless it is closed already."""
    with contextlib.suppress(AgentNotFoundError, AgentDiedError):
        ref.close()


def _begun(
    system: AgentSystem, name: str, settings: Settings, placement: dict[str, Any] | None
) -> AgentRef:
    if checked_model(settings.llm) is None:
        raise ValueError(f"no analysis {name!r} runs, and a new one needs a model: llm=")
    try:
        return system.spawn(AnalysisRegistry, name, settings, placement)
    except NameInUseError:  # another process was faster
        registry = _found(system, name)
        if registry is None:
            raise
        return registry


def _found(system: AgentSystem, name: str) -> AgentRef | None:
    try:
        ref = system.agent(name)
    except AgentNotFoundError:
        return None
    if not set(kinds_of(AnalysisRegistry)) <= set(ref.kinds):
        raise NameInUseError(f"agent {name!r} is there already, and is no analysis")
    return ref


def _is_of(ref: AgentRef, owner: str) -> bool:
    try:
        return bool(ref.call("is_of", owner))
    except (AgentNotFoundError, AgentDiedError):  # it has expired meanwhile
        return False


def _folder(settings: Settings, name: str) -> Any:
    return None if settings.folder is None else settings.folder / name.replace("/", "-")


def _in_this_process(registry: AgentRef) -> SessionDirectory:
    opened = (reference() for reference in open_systems)
    for system in opened:
        if system is not None and system._runtime.system == registry.system:
            return SessionDirectory(system, registry)
    return SessionDirectory(None, registry)
