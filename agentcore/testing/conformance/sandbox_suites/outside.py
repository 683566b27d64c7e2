"""What stands outside of a sandbox, for code that tries to get at it."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

__all__ = ["MARK", "Outside", "outside_of"]

MARK = "AGENTCORE_OUTSIDE"  # the variable of the environment with the secret


@attrs.frozen
class Outside:
    """Files, sockets and processes of the host.

    Attributes:
        folder: a folder beside the session's.
        secret: a text that nobody inside may come to know.
        file: a file with the secret.
        inherited: a descriptor of that file, which child processes inherit.
        tcp: a socket that listens on the loopback.
        udp: another one, for datagrams.
        unix: a socket with a path.
        abstract: a socket with a name of no file.
        victim: a process that is waiting.
    """

    folder: Path
    secret: str
    file: Path
    inherited: int
    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket
    abstract: socket.socket
    victim: subprocess.Popen[bytes]

    def names(self) -> dict[str, object]:
        """Return what code is told of it."""
        return {
            "FOLDER": str(self.folder),
            "FILE": str(self.file),
            "PORT": self.tcp.getsockname()[1],
            "UDP_PORT": self.udp.getsockname()[1],
            "UNIX": self.unix.getsockname(),
            "ABSTRACT": self.abstract.getsockname().decode(),
            "VICTIM": self.victim.pid,
            "HOST": os.getpid(),
            "MARK": MARK,
        }

    def was_reached(self) -> list[str]:
        """Return what was done to it, in words; empty if nothing."""
        found = []
        for name, listening in (
            ("tcp", self.tcp),
            ("unix", self.unix),
            ("abstract", self.abstract),
        ):
            with contextlib.suppress(BlockingIOError):
                listening.accept()[0].close()
                found.append(f"a connection to {name}")
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(100)
            found.append("a datagram")
        if self.victim.poll() is not None:
            found.append("a killed process")
        if sorted(each.name for each in self.folder.iterdir()) != ["secret.txt", "socket"]:
            found.append("a file outside")
        if not self.file.exists() or self.file.read_text() != self.secret:
            found.append("a changed file outside")
        elif self.file.stat().st_mode & 0o777 != 0o644:
            found.append("a changed mode outside")
        return found


@contextlib.contextmanager
def outside_of(folder: Path) -> Iterator[Outside]:
    """Make what stands outside, in a new folder, and end it."""
    folder.mkdir()
    secret = secrets.token_hex(12)
    file = folder / "secret.txt"
    file.write_text(secret)
    file.chmod(0o644)
    with contextlib.ExitStack() as stack:
        descriptor = os.open(file, os.O_RDONLY)
        stack.callback(os.close, descriptor)
        os.set_inheritable(descriptor, True)
        made: list[socket.socket] = []
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, _short(folder / "socket", stack)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0agentcore-{secret}"),
        ):
            one = stack.enter_context(socket.socket(family, kind))
            one.bind(address)
            if kind == socket.SOCK_STREAM:
                one.listen()
            one.setblocking(False)
            made.append(one)
        victim = subprocess.Popen(
            [sys.executable, "-S", "-c", "input()"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        assert victim.stdin is not None
        stack.callback(victim.stdin.close)
        tcp, udp, unix, abstract = made
        yield Outside(folder, secret, file, descriptor, tcp, udp, unix, abstract, victim)


def _short(path: Path, stack: contextlib.ExitStack) -> str:
    """Return a path that an address can hold: temporary folders have long names."""
    if len(str(path)) < 100:
        return str(path)
    return os.path.relpath(path)
