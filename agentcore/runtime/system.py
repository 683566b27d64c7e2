"""Systems: the handle that ``connect()`` returns."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, ParamSpec, Protocol, Unpack, cast, overload

import attrs

from agentcore.base.checks import several
from agentcore.base.errors import AgentCoreError, SystemClosedError
from agentcore.config.backends import find_backend
from agentcore.config.connect_options import (
    InlineOptions,
    RayOptions,
    ShippedOptions,
    ThreadOptions,
    WrongOption,
)
from agentcore.config.core import CoreSettings, load_core, load_section
from agentcore.protocol.agent_ref import (
    AgentLike,
    AgentRef,
    StreamChunks,
    system_of,
    systems_here,
)
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.construction import with_peers_by_name
from agentcore.runtime.runtime import Runtime

__all__ = ["AgentSystem", "connect", "open_system", "runtime_for", "runtime_with"]

P = ParamSpec("P")


class _Constructor(Protocol[P]):
    """The class of an agent, as what is called to make one.

    This is no ``Callable[Concatenate[str, P], object]``, which mypy finds in no class that has a
    parameter ``name`` and ``**options``.
    """

    def __call__(self, name: str, *args: P.args, **kwargs: P.kwargs) -> object: ...


class AgentSystem:
    """A system of agents on one backend: spawns and finds them. A context manager.

    Made by `connect`.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        _open_systems.append(weakref.ref(self))

    def __repr__(self) -> str:
        return f"<AgentSystem {self._runtime.system} on {type(self._runtime.backend).__name__}>"

    def __enter__(self) -> AgentSystem:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # The arguments are checked against those of the constructor, of which the name is the first.
    # Such a signature (PEP 612) has no room for a keyword of its own, as ``placement`` is.
    @overload
    def spawn(self, cls: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> AgentRef: ...
    @overload
    def spawn(
        self,
        cls: type,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> AgentRef: ...
    @overload
    def spawn(
        self,
        cls: type,
        name: str,
        *args: Any,
        history: Mapping[Any, Any] | None,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AgentRef: ...
    def spawn(  # type: ignore[misc]  # an argument of a constructor may be named ``placement``, too
        self,
        cls: Any,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AgentRef:
        """Construct ``cls(name, *args, **kwargs)`` where the agent will live.

        An argument ``history`` is what was said before, as ``chat_messages=`` of
        `ConversableAgent`. Any class has it, unless its constructor has one of that name.

        Args:
            placement: where that is, in options of the backend; backends that have only one
                place take no notice of it.

        Raises:
            NameInUseError: another agent has the name.
            SpawnError: it could not be constructed, or not be taken to where it is to live.
            SystemClosedError: the system was closed.
        """
        return self.spawn_many(cls, (name,), *args, placement=placement, **kwargs)[0]

    @overload
    def spawn_many(
        self,
        cls: _Constructor[P],
        names: Sequence[str],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> tuple[AgentRef, ...]: ...
    @overload
    def spawn_many(
        self,
        cls: type,
        names: Sequence[str],
        *args: Any,
        placement: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]: ...
    @overload
    def spawn_many(
        self,
        cls: type,
        names: Sequence[str],
        *args: Any,
        history: Mapping[Any, Any] | None,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]: ...
    def spawn_many(
        self,
        cls: Any,
        names: Sequence[str],
        *args: Any,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[AgentRef, ...]:
        """Construct an agent for each name, in few calls; all of them or none."""
        self._runtime.check_open()
        if not isinstance(cls, type):
            raise TypeError(f"spawn takes the class of an agent, not {cls!r:.200}")
        given = several(names, "spawn_many takes a list of names")
        named = with_peers_by_name(cls, kwargs)
        return self._runtime.backend.spawn(cls, given, args, named, placement or {})

    def agent(self, name: str) -> AgentRef:
        """Find an agent by its name.

        Raises:
            AgentNotFoundError: there is none; the message lists close names.
        """
        self._runtime.check_open()
        return self._runtime.resolve(str(name))

    def agents(self) -> tuple[AgentRef, ...]:
        """Give all agents of the system."""
        self._runtime.check_open()
        return tuple(self._runtime.backend.refs())

    def get_agent_stream_messages(self, agent: AgentLike, stream_id: str) -> StreamChunks:
        """Read a stream: see `ConversableAgent.get_agent_stream_messages`."""
        return self._runtime.read_stream(agent, stream_id)

    def close(self) -> None:
        """End the system: its agents, and every thread and process it began. Idempotent."""
        self._runtime.close()
        self._runtime.backend.close()

    def end(self) -> None:
        """End the system for everyone: also a detached one, which ``close`` only leaves."""
        self._runtime.close()
        self._runtime.backend.end()


_open_systems: list[weakref.ref[AgentSystem]] = []
_default_lock = threading.Lock()
_default: AgentSystem | None = None


# Any backend may have any options. A wrong option of a known one must not pass as one of those.
@overload
def connect(backend: None = None, **options: Unpack[ShippedOptions]) -> AgentSystem: ...
@overload
def connect(  # type: ignore[overload-overlap]
    backend: Literal["thread"], **options: Unpack[ThreadOptions]
) -> AgentSystem: ...
@overload
def connect(  # type: ignore[overload-overlap]
    backend: Literal["ray"], **options: Unpack[RayOptions]
) -> AgentSystem: ...
@overload
def connect(  # type: ignore[overload-overlap]
    backend: Literal["inline"], **options: Unpack[InlineOptions]
) -> AgentSystem: ...
@overload
def connect(  # type: ignore[overload-overlap]
    backend: Literal["thread", "ray", "inline"], **options: object
) -> WrongOption: ...
@overload
def connect(backend: str | None, **options: Any) -> AgentSystem: ...
def connect(  # type: ignore[misc]
    backend: str | None = None, **options: Any
) -> AgentSystem:
    """Open a system of agents: ``with connect() as system: ...``

    Args:
        backend: ``thread``, ``ray``, or the name of an installed backend; without one,
            configuration decides.
        options: settings of the backend or of agentcore itself; they win over configuration.

    Raises:
        ConfigError: an unknown key or a wrong value; it names the valid keys.
        BackendMissingError: the backend's package is not installed.
    """
    names = {field.name for field in attrs.fields(CoreSettings)}
    own = {key: options.pop(key) for key in list(options) if key in names}
    if backend is not None:
        own["backend"] = backend
    core = load_core(**own)
    kind = find_backend(core.backend)
    settings = load_section(core.backend, kind.settings_class, options)
    return open_system(kind.create(settings, core))


def open_system(backend: ActorBackend) -> AgentSystem:
    """Open a system on a backend that is made already."""
    return AgentSystem(cast(Runtime, backend.start()))


def runtime_for(*agents: AgentLike) -> Runtime:
    """Find the system that is meant where agents are used that name none themselves.

    That is the one that any of them is of; else the one that is open; else, for agent objects
    alone, one of their own on threads, which lasts as long as the process.

    Raises:
        SystemClosedError: a name was given, and no system is open.
        AgentCoreError: several systems are open, and nothing says which is meant.
    """
    for agent in agents:
        if isinstance(agent, AgentRef):
            runtime = system_of(agent)
            assert isinstance(runtime, Runtime)
            return runtime
        mailbox = getattr(agent, "_mailbox", None)
        if mailbox is not None:
            return mailbox.runtime  # type: ignore[no-any-return]
    found = [system for system in (ref() for ref in _open_systems) if system is not None]
    _open_systems[:] = [weakref.ref(s) for s in found if not s._runtime.closed]
    runtimes = [s._runtime for s in found if not s._runtime.closed and s is not _default]
    if len(runtimes) == 1:
        return runtimes[0]
    if runtimes:
        raise AgentCoreError(
            "several systems are open, and nothing says which one is meant: give a ref, as "
            "spawn() and system.agent(name) return it"
        )
    if any(isinstance(agent, str) for agent in agents):
        raise SystemClosedError("an agent was given by its name, and no system is open")
    return _default_runtime()


def runtime_with(stream_id: str) -> Runtime | None:
    """Give this process's runtime that keeps a stream, if one does."""
    here = [system for system in systems_here() if isinstance(system, Runtime)]
    keep = [system for system in here if stream_id in system.streams]
    # Inline systems that follow each other number their streams alike.
    return next((system for system in keep if not system.closed), next(iter(keep), None))


def _default_runtime() -> Runtime:
    global _default
    with _default_lock:
        if _default is None or _default._runtime.closed:
            _default = connect("thread")
            atexit.register(_default.close)
        return _default._runtime
