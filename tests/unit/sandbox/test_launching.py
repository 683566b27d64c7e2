"""Processes are started by a thread that outlives its callers."""

from __future__ import annotations

import os
import threading

import pytest

from agentcore.sandbox.launching import on_launching_thread


def test_one_thread_starts_all() -> None:
    """Whoever calls; and what it raises is raised to the caller."""
    seen = [on_launching_thread(threading.get_ident) for _ in range(3)]
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        on_launching_thread(lambda: 1 // 0)


def test_a_forked_process_has_a_thread_of_its_own() -> None:
    """Its parent's is not in it, and would never answer."""
    on_launching_thread(os.getpid)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if on_launching_thread(os.getpid) == os.getpid() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
