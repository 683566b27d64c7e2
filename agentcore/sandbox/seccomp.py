"""A seccomp filter: system calls that analysing data does not need.

It closes what namespaces and Landlock leave open: sockets, memory that no limit counts, groups of
processes that nobody watches, and calls through which kernels have been attacked.
"""

from __future__ import annotations

import platform
import struct
from typing import Final

__all__ = ["filter_program"]

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in `struct seccomp_data`
_AF_UNIX: Final = 1
_NEW_NAMESPACES: Final = 0x7E020000  # the flags of clone(2) that begin with CLONE_NEW
_X32: Final = 0x40000000  # calls of another ABI, which have the same names and other numbers

# The numbers of linux/audit.h and of the system calls, on x86_64 and on aarch64.
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_ABSENT: Final = -1  # a call that an architecture does not have
_SOCKET, _CLONE, _CLONE3 = (41, 198), (56, 220), (435, 435)
_DENIED: Final[dict[str, tuple[int, int]]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "syslog": (103, 116),
    # They tell what happens to files that cannot be read.
    "inotify_init": (253, _ABSENT),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    # They act on other processes of the same user, the host's among them.
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Memory that is no process's own, so that no watch of processes would see it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    # A signal to the session's group is to reach all that the code has started.
    "setsid": (112, 157),
    "setpgid": (109, 154),
}

# These do nothing, and say that they did: Landlock would let them change files that it lets nobody
# write to, and programs that copy files expect them to work.
_WITHOUT_EFFECT: Final[dict[str, tuple[int, int]]] = {
    "chmod": (90, _ABSENT),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, _ABSENT),
    "lchown": (94, _ABSENT),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, _ABSENT),
    "utimes": (235, _ABSENT),
    "futimesat": (261, _ABSENT),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
}

# Whose first argument is a process: that may only be 0, the caller itself.
_OF_ITSELF: Final[dict[str, tuple[int, int]]] = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
}


def filter_program() -> bytes | None:
    """Return the filter for this machine, as the kernel takes it; ``None`` for other processors."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return None
    architecture, column = machine
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
    ]
    for calls, error in ((_DENIED, _EPERM), (_WITHOUT_EFFECT, 0)):
        for numbers in calls.values():
            if numbers[column] != _ABSENT:
                lines += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _REFUSE | error)]
    # clone3 has its flags in memory, where no filter reads: callers use clone if it is not there.
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _REFUSE | _ENOSYS)]
    for numbers in _OF_ITSELF.values():
        lines += _first_argument(numbers[column], (_EQUAL, 1, 0, 0))
    lines += _first_argument(_SOCKET[column], (_EQUAL, 1, 0, _AF_UNIX))
    lines += _first_argument(_CLONE[column], (_ANY_BIT, 0, 1, _NEW_NAMESPACES))
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _first_argument(
    number: int, test: tuple[int, int, int, int]
) -> list[tuple[int, int, int, int]]:
    """Return lines that refuse a call unless the test of its first argument jumps over one line."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        test,
        (_RETURN, 0, 0, _REFUSE | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
