"""Conformance: how sessions end, and that nothing of them stays."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentcore.base.sandbox_errors import SandboxClosedError, SandboxKilledError
from agentcore.sandbox import Sandbox, Session

__all__ = ["Ends", "Orphans"]

# A child that works, one that waits, and one that has lost its parent.
_CHILDREN = (
    "import os, time\n"
    "if os.fork() == 0:\n    while True: pass\n"
    "if os.fork() == 0:\n    time.sleep(600)\n"
    "if os.fork() == 0:\n"
    "    if os.fork() == 0:\n"
    "        try: os.setsid()\n"
    "        except OSError: pass\n"
    "        while True: pass\n"
    "    os._exit(0)\n"
    "os.wait()\n"
)

_WORKING = "open('works', 'w').close()\nwhile True: pass"

# A host that starts a session and says so.
_HOST = """
import pickle, sys
sandbox = pickle.loads(bytes.fromhex(sys.argv[1]))
session = sandbox.start(sys.argv[2])
session.run(sys.argv[3])
print("ready", flush=True)
session.run(sys.argv[4], 600)
"""


class Ends:
    """Sessions that end themselves, or are ended."""

    @pytest.mark.parametrize(
        "code",
        ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 9)", "import os\nos.abort()"],
    )
    def test_a_process_that_ends_itself_is_told(self, session: Session, code: str) -> None:
        """The variables are gone, and the next run has a new process."""
        result = session.run(f"a = 1\nprint('before')\n{code}")
        assert isinstance(result.error, SandboxKilledError)
        assert (result.lost_state, result.text.startswith("before\n")) == (True, True)
        assert session.run("'a' in globals()").value == "False"

    def test_a_run_is_stopped_from_another_thread(self, session: Session) -> None:
        """It gives what it printed, and the session goes on in a new process."""
        with ThreadPoolExecutor(1) as pool:
            code = "print('begun')\nopen('begun', 'w').close()\nimport time\ntime.sleep(600)"
            running = pool.submit(session.run, code, 600)
            _until((session.folder / "begun").exists)
            session.stop()
            result = running.result(10)
        assert isinstance(result.error, SandboxKilledError)
        assert (result.text, result.lost_state) == ("begun\n", True)
        assert session.run("6 * 7").value == "42"

    def test_a_stop_without_a_run_does_nothing(self, session: Session) -> None:
        """The variables stay."""
        session.run("a = 42")
        session.stop()
        assert session.run("a").value == "42"

    def test_a_session_is_closed_from_another_thread(self, session: Session) -> None:
        """The run that goes on ends, and no other begins."""
        with ThreadPoolExecutor(1) as pool:
            code = "open('begun', 'w').close()\nimport time\ntime.sleep(600)"
            running = pool.submit(session.run, code, 600)
            _until((session.folder / "begun").exists)
            session.close()
            assert isinstance(running.result(10).error, SandboxKilledError)
        with pytest.raises(SandboxClosedError):
            session.run("1")
        session.close()

    def test_nothing_is_left_behind_a_close(self, sandbox: Sandbox, session: Session) -> None:
        """No process, no thread and no descriptor; the files stay."""
        descriptors = len(os.listdir("/proc/self/fd"))
        threads = threading.active_count()
        one = sandbox.start(session.folder / "one")
        one.run(_CHILDREN + "open('kept', 'w').close()")
        assert _processes_in(one.folder)
        one.close()
        _until(lambda: not _processes_in(one.folder))
        _until(lambda: threading.active_count() <= threads)
        assert len(os.listdir("/proc/self/fd")) <= descriptors
        assert (one.folder / "kept").exists()

    def test_nothing_is_left_behind_a_session_that_nobody_closes(
        self, sandbox: Sandbox, session: Session
    ) -> None:
        """It ends when nobody has it any more."""
        one = sandbox.start(session.folder / "one")
        folder = one.folder
        one.run(_CHILDREN)
        del one
        _until(lambda: not _processes_in(folder))

    def test_a_session_outlives_the_thread_that_started_it(
        self, sandbox: Sandbox, session: Session
    ) -> None:
        """Workers come and go; the kernel ends a child with the thread that started it."""
        made: list[Session] = []
        thread = threading.Thread(target=lambda: made.append(sandbox.start(session.folder / "one")))
        thread.start()
        thread.join()
        (one,) = made
        try:
            one.run("a = 42")
            assert one.run("a").value == "42"
        finally:
            one.close()

    def test_sessions_run_side_by_side(self, sandbox: Sandbox, session: Session) -> None:
        """Each on a thread, with variables and a folder of its own."""

        def work(number: int) -> str | None:
            one = sandbox.start(session.folder / str(number))
            try:
                one.run(f"a = {number}\nopen('mine', 'w').write(str(a))")
                return one.run("a, open('mine').read(), __import__('os').listdir('.')").value
            finally:
                one.close()

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [f"({n}, '{n}', ['mine'])" for n in range(4)]


class Orphans:
    """Sessions whose host is killed."""

    @pytest.mark.parametrize("code", [_WORKING, ""])
    def test_nothing_is_left_behind_a_host_that_is_killed(
        self, sandbox: Sandbox, session: Session, code: str
    ) -> None:
        """In a run, and between two; with all that the code has started."""
        folder = session.folder / "orphan"
        arguments = [pickle.dumps(sandbox).hex(), str(folder), _CHILDREN, code]
        host = subprocess.Popen(
            [sys.executable, "-c", _HOST, *arguments],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert host.stdout is not None
        with host.stdout:
            assert host.stdout.readline() == b"ready\n"
            if code:
                _until((folder / "works").exists)
            assert _processes_in(folder)
            host.send_signal(signal.SIGKILL)
            host.wait()
        _until(lambda: not _processes_in(folder))


def _processes_in(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if Path(os.readlink(f"/proc/{entry}/cwd")) == folder:
                    found.append(int(entry))
    return found


def _until(holds: object, seconds: float = 10.0) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it does not, after some time.
    """
    assert callable(holds)
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        pause.wait(0.01)
