"""The log of agentcore: lines for loguru, which is imported by users and never by agentcore.

The library is quiet until its user calls ``logger.enable("agentcore")``, for which the user imports
loguru. Before that nobody can hear a line, so that `import agentcore` need not take the time for
loguru. Whether loguru was imported before or after agentcore makes no difference: as soon as both
are there, agentcore's loggers are off until they are enabled.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any, Final

__all__ = ["NAMES", "debug", "error", "info", "is_heard", "listener", "warning"]

# The packages whose lines are off until they are enabled.
NAMES: Final = ("agentcore", "agentcore_thread", "agentcore_ray")

# loguru's logger; ``None`` as long as nobody can hear. Where each message comes by, compare this
# with ``None`` before a line is made: that costs less than a call.
listener: Any = None


def is_heard(module: str) -> bool:
    """Whether the lines of a module may be heard: loguru was imported, and they are not off.

    Where each message comes by, ask this before a line is made, and compare `listener` with
    ``None`` before that. loguru itself finds out that a line is off, but takes six calls for it. It
    is asked by what is private to it; where that is missing, lines are made for it to drop.
    """
    known = getattr(getattr(listener, "_core", None), "enabled", None) or {}
    return listener is not None and known.get(module) is not False


def debug(text: str, *values: Any, **named: Any) -> None:
    """Log what is of interest when one looks for a fault; ``text`` is for ``str.format``."""
    if listener is not None:
        listener.opt(depth=1).debug(text, *values, **named)


def info(text: str, *values: Any, **named: Any) -> None:
    """Log what happened as it should, or is of no harm."""
    if listener is not None:
        listener.opt(depth=1).info(text, *values, **named)


def warning(text: str, *values: Any, cause: BaseException | None = None, **named: Any) -> None:
    """Log what is probably not as the user meant it; with the traceback of ``cause``."""
    if listener is not None:
        listener.opt(depth=1, exception=cause).warning(text, *values, **named)


def error(text: str, *values: Any, cause: BaseException | None = None, **named: Any) -> None:
    """Log what went wrong; with the traceback of ``cause``."""
    if listener is not None:
        listener.opt(depth=1, exception=cause).error(text, *values, **named)


def _begin(loguru: Any) -> None:
    global listener
    for name in NAMES:
        loguru.logger.disable(name)
    listener = loguru.logger


class _WhenImported(MetaPathFinder):
    """Turns agentcore's loggers off in the moment in which loguru is imported.

    It cannot wait for the first line: by then nobody knows whether they were off because nobody had
    turned them off yet, or on because the user had turned them on.
    """

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != "loguru":
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: Any) -> None:
        run = loader.exec_module

        def exec_module(module: Any) -> None:
            run(module)
            del loader.exec_module
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            _begin(module)

        loader.exec_module = exec_module


if "loguru" in sys.modules:
    _begin(sys.modules["loguru"])
else:
    sys.meta_path.insert(0, _WhenImported())
