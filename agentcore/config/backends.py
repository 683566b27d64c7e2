"""Backends by name: the class that a name stands for, imported when it is asked for."""

from __future__ import annotations

import importlib
import operator
from typing import Any

from agentcore.base.errors import BackendMissingError, ConfigError
from agentcore.config.sources import listed, nearest

__all__ = ["SHIPPED", "find_backend", "installed_backends"]

# The backends of this distribution, as "module", "class". They are known without a scan of the
# installed distributions, so that they are found in a source tree too, and at no cost.
SHIPPED = {
    "inline": ("agentcore.testing", "InlineBackend"),
    "ray": ("agentcore_ray", "RayBackend"),
    "thread": ("agentcore_thread", "ThreadBackend"),
}
_INSTALL = {"ray": 'pip install "agentcore-actors[ray]"', "thread": "pip install agentcore-actors"}


def find_backend(name: str) -> type[Any]:
    """Return the class of a backend, importing its package and what that needs.

    The names ``inline``, ``thread`` and ``ray`` are part of this distribution; any other is
    looked up in the entry-point group ``agentcore.backends``.

    Raises:
        ConfigError: no backend has this name.
        BackendMissingError: a package that the backend needs is not installed.
    """
    target = SHIPPED.get(name)
    if target is None:
        registered = installed_backends()
        if name not in registered:
            known = sorted({*SHIPPED, *registered})
            raise ConfigError(
                f"unknown backend {name!r}.{nearest(name, known)} Known backends: {listed(known)}."
            )
        target = registered[name]
    module, attribute = target
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if absent.startswith((f"{module}.", "agentcore.")):
            raise  # a fault inside the backend: no installation would mend it
        advice = f": {_INSTALL[name]}" if name in _INSTALL else ""
        text = f"backend {name!r} needs the package {absent!r}, which is not installed{advice}"
        raise BackendMissingError(text) from error
    found: type[Any] = operator.attrgetter(attribute)(loaded)
    return found


def installed_backends() -> dict[str, tuple[str, str]]:
    """Return module and class, by name, of the backends that installed distributions declare."""
    from importlib.metadata import entry_points  # here: 10 ms that a shipped backend does not need

    group = entry_points(group="agentcore.backends")
    return {entry.name: (entry.module, entry.attr) for entry in group}
