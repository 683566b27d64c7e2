"""``connect()``, and which of the systems of this process is meant where agents name none."""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import Any, Literal, Unpack, cast, overload

import attrs

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
    system_of,
    systems_here,
)
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.console import writer_of
from agentcore.runtime.runtime import Runtime
from agentcore.runtime.system import AgentSystem, open_systems

__all__ = ["connect", "open_system", "runtime_for", "runtime_with"]

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
    found = [system for system in (ref() for ref in open_systems) if system is not None]
    open_systems[:] = [weakref.ref(s) for s in found if not s._runtime.closed]
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
