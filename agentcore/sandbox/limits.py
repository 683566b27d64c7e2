"""`Limits`: what code in a sandbox may use."""

from __future__ import annotations

import attrs
from attrs.validators import ge, gt, instance_of

__all__ = ["Limits"]

_MIB = 1024 * 1024
_THREADS = 16  # of a process, on average
_OWN = 3  # processes that a kind of sandbox itself needs, beside the code's
_WHOLE = [instance_of(int), ge(1)]


@attrs.frozen(kw_only=True)
class Limits:
    """What the code of one session may use. Each limit has an error of its own.

    Attributes:
        seconds: the time of one run, in seconds, where `Session.run` is given none.
        memory: the memory of the session's processes together, in bytes.
        processes: how many processes it may have at once; of threads, 16 times as many in all, as
            libraries start one for each core.
        open_files: how many files a process may have open at once.
        disk: how much may stand in the session's folder beyond what was there at its start, bytes.
        output: how many characters one run may print.
    """

    seconds: float = attrs.field(default=60.0, validator=[instance_of((int, float)), gt(0)])
    memory: int = attrs.field(default=2048 * _MIB, validator=_WHOLE)
    processes: int = attrs.field(default=64, validator=_WHOLE)
    open_files: int = attrs.field(default=256, validator=_WHOLE)
    disk: int = attrs.field(default=256 * _MIB, validator=_WHOLE)
    output: int = attrs.field(default=200_000, validator=_WHOLE)

    @property
    def threads(self) -> int:
        """How many threads the session's processes may have together."""
        return _THREADS * (self.processes + _OWN)
