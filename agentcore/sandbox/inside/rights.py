"""What the process of a session gives up before it runs code: resources and capabilities."""

from __future__ import annotations

import os
import resource
import signal

TYPE_CHECKING = False  # the module `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["give_up"]

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_PR_SET_CHILD_SUBREAPER = 36
_VERSION_3 = 0x20080522
_CAP_SYS_RESOURCE = 24
_KEPT = 0b1011  # CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER: the folder may be another user's
_ALL = (1 << 64) - 1


def give_up(settings: dict[str, Any]) -> None:
    """Set the limits of this process, and take from root what would lift them."""
    for name, value in (
        # A little less than all processes may have together: code that is told loses no variables.
        (resource.RLIMIT_DATA, settings["memory"] * 9 // 10),
        (resource.RLIMIT_FSIZE, settings["disk"]),
        (resource.RLIMIT_NOFILE, settings["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(name)
        wanted = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(name, (wanted, wanted))
    unsafe = settings["kind"] == "unsafe"
    if settings["kind"] == "bubblewrap":
        # In a user namespace of its own it counts the session's alone. Root is not held by it: the
        # host watches for that.
        resource.setrlimit(resource.RLIMIT_NPROC, (settings["threads"], settings["threads"]))
    if unsafe:
        _stay_together()
    if os.geteuid() == 0 and settings["kind"] != "bubblewrap":  # which has taken them already
        _drop_capabilities(_ALL & ~(1 << _CAP_SYS_RESOURCE) if unsafe else _KEPT)
    if settings["filter"]:
        _filter_calls(settings["filter"])


def _stay_together() -> None:
    """Die with the host, and take in processes whose parents have ended."""
    import ctypes

    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _drop_capabilities(kept: int) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their high halves
    if libc.capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities could not be read")
    for index, word in enumerate(sets):
        sets[index] = word & (kept >> (32 if index > 2 else 0)) & 0xFFFFFFFF
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")


def _filter_calls(program: bytes) -> None:
    """Have the kernel refuse system calls, by a seccomp filter as it takes it."""
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    libc = ctypes.CDLL(None, use_errno=True)
    lines = Program(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(lines), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "system calls could not be filtered")
