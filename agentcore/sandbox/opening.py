"""`open_sandbox`: the sandbox that this machine has."""

from __future__ import annotations

import functools
import socket
import tempfile
from pathlib import Path
from typing import Final

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ExtraMissingError
from agentcore.base.sandbox_errors import SandboxError, SandboxMissingError
from agentcore.sandbox.kinds import Bubblewrap, Sandlock, Unsafe
from agentcore.sandbox.protocol import Sandbox

__all__ = ["UNSAFE", "open_sandbox", "why_not"]

UNSAFE: Final = "in this process's rights"
_KINDS: Final[dict[str, Sandbox]] = {"sandlock": Sandlock(), "bubblewrap": Bubblewrap()}
_TRIAL: Final = """\
import socket
open("inside", "w").write("x")
got = []
try:
    got.append(open({outside!r}).read())
except OSError:
    pass
try:
    got.append(socket.create_connection(("127.0.0.1", {port}), 2))
except OSError:
    pass
"held" if not got else "not held"
"""
_INSTALL: Final = (
    "install the extra (pip install 'agentcore-actors[sandbox]', Linux 6.7 or newer) or the "
    "program bubblewrap (apt-get install bubblewrap)"
)


def open_sandbox(kind: str = "auto", *, unsafe: str | None = None) -> Sandbox:
    """Return a sandbox of this machine, after it was tried out.

    Args:
        kind: ``auto`` for the first that works of ``sandlock`` and ``bubblewrap``; or one of these.
        unsafe: ``"in this process's rights"``, word for word, to run code without a sandbox, with
            its limits only.

    Raises:
        SandboxMissingError: the machine has none; the message says what to install.
        ValueError: there is no such kind, or ``unsafe`` has other words.
    """
    if unsafe is not None or kind == "unsafe":
        if unsafe != UNSAFE:
            raise ValueError(f"to run code without a sandbox, write unsafe={UNSAFE!r}")
        if kind not in ("auto", "unsafe"):
            raise ValueError(f"unsafe= means no sandbox, and {kind!r} is one: give one of the two")
        return Unsafe()
    if kind != "auto" and kind not in _KINDS:
        hint = did_you_mean(str(kind), ["auto", *_KINDS])
        raise ValueError(f"there is no sandbox {kind!r}: give auto, {', '.join(_KINDS)}{hint}")
    wanted = list(_KINDS) if kind == "auto" else [kind]
    reasons = []
    for name in wanted:
        reason = why_not(name)
        if reason is None:
            return _KINDS[name]
        reasons.append(f"{name}: {reason}")
    raise SandboxMissingError(f"no sandbox can be used here ({'; '.join(reasons)}): {_INSTALL}")


@functools.cache
def why_not(kind: str) -> str | None:
    """Return why a kind of sandbox cannot be used on this machine; ``None`` if it can.

    It is tried out: versions do not tell what a kernel, or a container around it, allows.
    """
    with tempfile.TemporaryDirectory(prefix="agentcore-sandbox-") as folder:
        outside = Path(folder, "outside")
        outside.write_text("x")
        listening = socket.create_server(("127.0.0.1", 0))
        trial = _TRIAL.format(outside=str(outside), port=listening.getsockname()[1])
        try:
            session = _KINDS[kind].start(Path(folder, "inside"))
            try:
                result = session.run(trial, 20)
            finally:
                session.close()
        except ExtraMissingError:
            return "the package is not installed"
        except (SandboxError, OSError) as error:
            return _short(str(error))
        finally:
            listening.close()
    if result.value == "'held'":
        return None
    return _short(f"it does not hold code back ({result.error or result.value})")


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
