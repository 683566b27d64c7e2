"""Systems: the handle that ``connect()`` returns."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, Unpack, cast, overload

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
from agentcore.runtime.console import writer_of
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
    def spawn(  # type: ignore[misc]  # an argument of a constructor may be named ``placement``, too
        self,
        cls: Any,
        name: str,
        *args: Any,
        placement: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AgentRef:
        """Construct ``cls(name, *args, **kwargs)`` where the agent will live.

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
        return self._runtime.backend.spawn(cls, given, args, kwargs, placement or {})

    def pool(
        self,
        cls: Callable[Concatenate[str, P], object],
        name: str,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AgentRef:
        """Offer an agent for each session under one name, so that sessions need not wait.

        Each session, as ``session=`` of `initiate_chat` says, has an agent with attributes and
        histories of its own, which ``cls(name, *args, **kwargs)`` makes at its first message.
        Without a session, each agent that begins a conversation has one. They are spread over the
        hosts of a cluster, and stay until the pool is closed. The pool's methods cannot be called.

        Raises:
            NameInUseError: another agent has the name.
            SpawnError: the class or the arguments cannot be taken to where the agents are to live.
            SystemClosedError: the system was closed.
        """
        self._runtime.check_open()
        if not isinstance(cls, type):
            raise TypeError(f"pool takes the class of its agents, not {cls!r:.200}")
        return self._runtime.backend.spawn_pool(cls, name, args, kwargs)

    def agent(self, name: str) -> AgentRef:
        """Find an agent by its name.

        An agent object of the caller's is found only while it converses. Of several objects that
        have the name, the one is found whose conversation the calling turn is part of, or else the
        one that converses for the longest time.

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
def connect(backend: str | None = None, **options: Any) -> AgentSystem:  # type: ignore[misc]
    """Open a system of agents: ``with connect() as system: ...``

    Args:
        backend: ``thread``, ``ray``, or the name of an installed backend; without one,
            configuration decides.
        options: settings of the backend or of agentcore itself; they win over configuration.
            And ``console``: what prints messages in this process, a function of a text, called on
            any thread, or an object with ``print(text)``, and ``input(prompt)`` to ask humans.

    Raises:
        ConfigError: an unknown key or a wrong value; it names the valid keys.
        BackendMissingError: the backend's package is not installed.
        TypeError: ``console`` is none of these.
    """
    console = options.pop("console", None)
    writer_of(console)
    names = {field.name for field in attrs.fields(CoreSettings)}
    own = {key: options.pop(key) for key in list(options) if key in names}
    if backend is not None:
        own["backend"] = backend
    core = load_core(**own)
    kind = find_backend(core.backend)
    settings = load_section(core.backend, kind.settings_class, options)
    system = open_system(kind.create(settings, core))
    system._runtime.relay.use(console)
    return system


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
