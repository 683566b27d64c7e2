"""What each kind of sandbox holds back on this machine: tried, and not only looked up."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from agentcore.base.errors import AgentCoreError
from agentcore.base.sandbox_errors import (
    MemoryLimitError,
    SandboxMissingError,
    TimeLimitError,
)
from agentcore.cli.finding import Finding
from agentcore.sandbox import Limits, Sandbox, Session, open_sandbox

__all__ = ["attempts", "sandboxes", "tried"]

KINDS = ("sandlock", "bubblewrap")
_MIB = 1024 * 1024
_VARIABLE = "AGENTCORE_DOCTOR_PROBE"
_ATTEMPT = """
try:
    {code}
    print("it got out")
except BaseException:
    print("it was held back")
"""


def sandboxes() -> Iterator[Finding]:
    """Yield for each kind what it held back, and a problem if no kind can be used."""
    usable = False
    for kind in KINDS:
        try:
            held, out = tried(open_sandbox(kind))
        except SandboxMissingError as error:
            yield Finding("sandbox", kind, "note", str(error))
        except AgentCoreError as error:
            yield Finding("sandbox", kind, "note", f"it does not start: {error}")
        else:
            usable = True
            text = f"holds back {', '.join(held)}" if held else "holds nothing back"
            if out:
                text += f"; does not hold back {', '.join(out)}"
            yield Finding("sandbox", kind, "note" if out else "ok", text)
    if not usable:
        advice = 'pip install "agentcore-actors[sandbox]", or install the package bubblewrap.'
        yield Finding("sandbox", "any", "problem", "no sandbox can be used", advice)


def tried(sandbox: Sandbox) -> tuple[list[str], list[str]]:
    """Return what a sandbox held back when it was tried, and what it did not.

    Raises:
        SandboxError: no session could be started, or it ended by itself.
    """
    held: list[str] = []
    out: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="agentcore-doctor-") as place,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        secret = Path(place, "outside.txt")
        secret.write_text("not for the sandbox", encoding="utf-8")
        os.environ[_VARIABLE] = "not for the sandbox"
        session = sandbox.start(Path(place, "session"), Limits(seconds=20, memory=512 * _MIB))
        try:
            for name, code in attempts(secret, server.getsockname()[1]).items():
                result = session.run(_ATTEMPT.format(code=code))
                (out if "it got out" in result.text else held).append(name)
            _limits(session, held, out)
        finally:
            session.close()
            del os.environ[_VARIABLE]
    return held, out


def attempts(secret: Path, port: int) -> Mapping[str, str]:
    """Return lines of code by what is to hold them back.

    Args:
        secret: a file outside of the session's folder.
        port: a port of this machine at which something listens.
    """
    new = secret.with_name("new.txt")
    return {
        "reading other files": f"open({str(secret)!r}).read()",
        "writing elsewhere": f"open({str(new)!r}, 'w').write('x')",
        "the network": f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
        "the environment": f"import os; os.environ[{_VARIABLE!r}]",
    }


def _limits(session: Session, held: list[str], out: list[str]) -> None:
    """Try the limits of memory and of time, which may end the session's process."""
    result = session.run(f"block = b'x' * {2048 * _MIB}")
    (held if isinstance(result.error, MemoryLimitError) else out).append("too much memory")
    result = session.run("while True: pass", 0.5)
    (held if isinstance(result.error, TimeLimitError) else out).append("endless code")
