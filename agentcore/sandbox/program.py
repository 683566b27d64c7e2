"""What is sent into a session's process, and what it may see of this machine."""

from __future__ import annotations

import functools
import marshal
import os
import pkgutil
import random
import sys
from pathlib import Path
from typing import Any, Final

from agentcore.base.sandbox_errors import SandboxError
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.seccomp import filter_program

__all__ = ["command", "environment", "frame", "greeting", "readable"]

_MODULES: Final = ("code_errors", "plain_values", "rights", "runner")  # in the order of imports
_INSIDE: Final = "agentcore.sandbox.inside"

# Modules are sent compiled, as pairs of a name and a code; so nothing is read or compiled there.
_BEGINNING: Final = f"""\
import marshal, os, sys
size, data = int.from_bytes(os.read(0, 8), "big"), b""
while len(data) < size:
    data += os.read(0, size - len(data))
for name, code in marshal.loads(data):
    module = sys.modules[name] = type(sys)(name)
    exec(code, module.__dict__)
sys.modules["{_INSIDE}.runner"].main()
"""

# Of the system: what Python's own libraries need. There is no shell and no program in it.
_SYSTEM: Final = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
)
_TOO_WIDE: Final = ("/", "/usr", "/usr/local")  # as the folder of a Python: it has much beside it


def command() -> list[str]:
    """Return the command that runs code: this Python, isolated, waiting for its program."""
    return [sys.executable, "-I", "-S", "-B", "-c", _BEGINNING]


def frame(value: Any) -> bytes:
    """Return a value in the form in which it is sent into the process."""
    data = marshal.dumps(value)
    return len(data).to_bytes(8, "big") + data


@functools.cache
def _program() -> bytes:
    codes = []
    for module in _MODULES:
        source = pkgutil.get_data(_INSIDE, f"{module}.py")
        if source is None:
            raise SandboxError(f"the source of {_INSIDE}.{module} is not at hand")
        name = f"{_INSIDE}.{module}"
        codes.append((name, compile(source, name, "exec", dont_inherit=True)))
    return frame(tuple(codes))


def greeting(kind: str, folder: Path, limits: Limits, preload: tuple[str, ...]) -> bytes:
    """Return what a process is sent first: its program and its settings."""
    settings = {
        "kind": kind,
        "folder": str(folder),
        "memory": limits.memory,
        "disk": limits.disk,
        "open_files": limits.open_files,
        "threads": limits.threads,
        "output": limits.output,
        "preload": list(preload),
        # To bubblewrap it was given from outside.
        "filter": filter_program() if kind == "sandlock" else None,
        "path": list(_package_folders()),
        "prefix": sys.prefix,
        "descriptors": random.sample(range(60, 250), 2),
    }
    return _program() + frame(settings)


def environment(folder: Path) -> dict[str, str]:
    """Return all that code finds in its environment."""
    # The settings of the linear algebra are of the machine's processor, and no secret.
    numeric = {key: value for key, value in os.environ.items() if key.startswith("OPENBLAS_")}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "JOBLIB_MULTIPROCESSING": "0",  # it needs shared memory, which sandboxes do not have
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / ".cache"),
        **numeric,
    }


def _package_folders() -> tuple[str, ...]:
    """Return the folders of installed packages, in the order in which this Python looks in them."""
    names = ("site-packages", "dist-packages")
    found = [each for each in sys.path if os.path.basename(each) in names and os.path.isdir(each)]
    return tuple(dict.fromkeys(map(os.path.abspath, found)))


@functools.cache
def readable() -> tuple[str, ...]:
    """Return the folders and files that code may read: Python's, and the libraries it needs."""
    prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    executables = [sys.executable, getattr(sys, "_base_executable", sys.executable)]
    wanted = [*_SYSTEM, *_package_folders()]
    wanted += [each for each in prefixes if each not in _TOO_WIDE]
    wanted += executables
    real = [os.path.realpath(each) for each in wanted]
    real = [each for each in real if each not in _TOO_WIDE]
    # As they are, and as what they are links to: names on the way may be links.
    there = [each for each in dict.fromkeys([*wanted, *real]) if os.path.exists(each)]
    return tuple(each for each in there if not any(map(there.__contains__, _parents(each))))


def _parents(path: str) -> list[str]:
    return [str(parent) for parent in Path(path).parents]
