"""Conformance: each limit has an error of its own, and the session can be used afterwards."""

from __future__ import annotations

import resource
import time

import pytest

from agentcore.base.sandbox_errors import (
    DiskLimitError,
    FilesLimitError,
    MemoryLimitError,
    OutputLimitError,
    ProcessLimitError,
    SandboxLimitError,
    TimeLimitError,
)
from agentcore.sandbox import Sandbox, Session

__all__ = ["SMALL", "RunLimits"]

_MIB = 1024 * 1024
SMALL = {
    "seconds": 10.0,
    "memory": 300 * _MIB,
    "processes": 12,
    "open_files": 64,
    "disk": 20 * _MIB,
    "output": 10_000,
}  # the limits of the sessions of these tests

# Code that reaches a limit, and the error.
_REACHING: dict[str, tuple[str, type[SandboxLimitError]]] = {
    "a list that grows": (
        "a = []\nwhile True: a.append(bytearray(10_000_000))",
        MemoryLimitError,
    ),
    "memory that is shared": (
        "import mmap\nm = mmap.mmap(-1, 2_000_000_000)\n"
        "for i in range(0, len(m), 4096): m[i] = 1\nm.close()",
        MemoryLimitError,
    ),
    "memory of many processes": (
        "import os, time\n"
        "for i in range(8):\n"
        "    if os.fork() == 0:\n"
        "        a = bytearray(b'x') * 100_000_000\n        time.sleep(60)\n        os._exit(0)\n"
        "time.sleep(60)",
        MemoryLimitError,
    ),
    "processes": (
        "import os, time\n"
        "for i in range(100):\n"
        "    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n"
        "time.sleep(60)",
        ProcessLimitError,
    ),
    "processes of processes": ("import os\nwhile True: os.fork()", ProcessLimitError),
    "threads": (
        "import threading, time\n"
        "for i in range(2_000):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "time.sleep(60)",
        SandboxLimitError,
    ),
    "open files": ("files = [open('/dev/null') for i in range(1_000)]", FilesLimitError),
    "a large file": (
        "with open('large', 'wb') as f:\n    for i in range(30): f.write(bytes(1_000_000))",
        DiskLimitError,
    ),
    "many files": (
        "for i in range(30):\n    with open(f'{i}', 'wb') as f: f.write(bytes(1_000_000))",
        DiskLimitError,
    ),
    "files without a name": (
        "import os, time\nkept = []\n"
        "for i in range(30):\n"
        "    f = open('gone', 'wb')\n    os.unlink('gone')\n"
        "    f.write(bytes(1_000_000))\n    f.flush()\n    kept.append(f)\n"
        "time.sleep(60)",
        DiskLimitError,
    ),
    "printing": ("while True: print('x' * 1_000)", OutputLimitError),
    "printing past the error": (
        "while True:\n    try: print('x' * 100_000)\n    except BaseException: pass",
        OutputLimitError,
    ),
    "writing to the descriptor": (
        "import os\nfor i in range(1_000): os.write(1, b'x' * 100_000)",
        OutputLimitError,
    ),
    "a child that prints": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-S', '-c', \"while True: print('x' * 1000)\"])",
        OutputLimitError,
    ),
}


class RunLimits:
    """Time, memory, processes, files, disk and output."""

    @pytest.mark.parametrize("how", _REACHING)
    def test_a_limit_ends_the_run(self, small_session: Session, how: str) -> None:
        """In good time, with the error of the limit, and nothing stays behind."""
        code, error = _REACHING[how]
        begun = time.monotonic()
        result = small_session.run("before = 1\nprint('before')\n" + code)
        assert isinstance(result.error, error), (how, result.error)
        assert not isinstance(result.error, TimeLimitError)
        assert time.monotonic() - begun < 9
        assert result.text.startswith("before\n")
        assert len(result.text) <= SMALL["output"]
        after = small_session.run("'before' in globals()")
        assert after.value == str(not result.lost_state), after
        assert after.error is None

    def test_a_run_that_takes_too_long_is_stopped(self, session: Session) -> None:
        """What it printed and set is kept."""
        result = session.run("a = 1\nprint('begun')\nwhile True: a += 1", 0.3, variables=["a"])
        assert isinstance(result.error, TimeLimitError)
        assert "0.3 s" in str(result.error)
        assert (result.text, result.lost_state) == ("begun\n", False)
        assert result.variables["a"] > 1
        assert session.run("a > 1").value == "True"

    @pytest.mark.parametrize(
        "code",
        [
            "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
            "sum(range(10 ** 12))",
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        ],
    )
    def test_code_that_does_not_mind_is_killed(self, session: Session, code: str) -> None:
        """That costs the variables, which the result says; the next run begins anew."""
        session.run("a = 1")
        begun = time.monotonic()
        result = session.run(f"print('begun')\n{code}", 0.2)
        assert isinstance(result.error, TimeLimitError)
        assert (result.text, result.lost_state) == ("begun\n", True)
        assert time.monotonic() - begun < 5
        after = session.run("'a' in globals()")
        assert (after.value, after.lost_state) == ("False", False)

    def test_much_output_costs_the_host_little(self, session: Session) -> None:
        """100 MB are printed; the host keeps what it shows, and no more."""
        session.run("import os\nblock = b'x' * 1_000_000")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.monotonic()
        result = session.run("for i in range(100): os.write(1, block)")
        assert isinstance(result.error, OutputLimitError)
        assert time.monotonic() - begun < 5
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB

    def test_code_runs_only_in_a_run(self, sandbox: Sandbox, session: Session) -> None:
        """What it has started stands still until the next one."""
        code = (
            "import os, threading\n"
            "def count():\n"
            "    n = 0\n"
            "    while True:\n"
            "        n += 1\n"
            "        os.pwrite(f, b'%d' % n, 0)\n"
            "f = os.open('count', os.O_CREAT | os.O_RDWR)\n"
            "threading.Thread(target=count, daemon=True).start()\n"
            "if os.fork() == 0: count()\n"
            "while not os.fstat(f).st_size: pass"
        )
        assert session.run(code).error is None
        other = sandbox.start(session.folder / "other")
        counted = (session.folder / "count").read_text()
        try:
            other.run("sum(range(3_000_000))")  # some time passes
        finally:
            other.close()
        assert (session.folder / "count").read_text() == counted
        goes_on = f"while os.pread(f, 99, 0) == {counted.encode()!r}: pass\n'it goes on'"
        assert session.run(goes_on, 10).value == "'it goes on'"

    def test_what_stood_in_the_folder_does_not_count(self, small_session: Session) -> None:
        """Nor what an earlier run has left: only that a run writes more is its fault."""
        large = "with open('{}', 'wb') as f:\n    for i in range(15): f.write(bytes(1_000_000))"
        assert small_session.run(large.format("one")).error is None
        assert isinstance(small_session.run(large.format("two")).error, DiskLimitError)
        assert small_session.run("6 * 7").error is None
