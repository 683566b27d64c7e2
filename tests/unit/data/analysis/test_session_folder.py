"""`SessionFolder`: temporary folders go, also those of processes that were killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentcore.data.analysis.session_folder import SessionFolder

DIES = """
import os
from agentcore.data.analysis.session_folder import SessionFolder
folder = SessionFolder(None)
print(folder.path, flush=True)
os._exit(1)
"""


def test_a_temporary_folder_goes_and_a_given_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing twice is allowed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    temporary, given = SessionFolder(None), SessionFolder(tmp_path / "given")
    other = SessionFolder(None)
    assert temporary.path.is_dir()
    assert given.path.is_dir()
    for folder in (temporary, given, temporary):
        folder.close()
    assert [each.name for each in tmp_path.iterdir() if each != other.path.parent] == ["given"]
    assert other.path.is_dir()  # which another session has, also after a third one was begun
    other.close()


def test_what_a_killed_process_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock has ended with it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True)
    left = Path(ended.stdout.strip())
    assert left.is_dir()
    assert left.is_relative_to(tmp_path)
    folder = SessionFolder(None)
    assert not left.exists()
    assert folder.path.is_dir()
    folder.close()
