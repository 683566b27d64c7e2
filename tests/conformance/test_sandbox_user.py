"""Sandboxes hold for an ordinary user as they do for root: the tests of the suite that tell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
TELLING = "(Sandlock or Bubblewrap) and (get_out or behind_a_host or ends_the_run and proc)"


def as_nobody(python: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a Python as an ordinary user, with the packages of this one."""
    paths = [ROOT, ROOT / "backends", sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return subprocess.run(
        [python, *arguments],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd=folder,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=110,
    )


def python_for_nobody(folder: Path) -> str:
    """Give a Python of this version that an ordinary user may run, or skip the test."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            done = as_nobody(candidate, "-c", "import agentcore.sandbox, pytest", folder=folder)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip(f"an ordinary user may run no {name} here, or may not read this folder")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are run by an ordinary user already")
def test_an_ordinary_user_is_held_too() -> None:
    """Escapes, ends, and the limit that holds root in another way."""
    folder = Path(tempfile.mkdtemp(prefix="agentcore-nobody-"))  # `tmp_path` is its owner's alone
    try:
        os.chown(folder, NOBODY, NOBODY)
        python = python_for_nobody(folder)
        done = as_nobody(
            python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--basetemp={folder / 'tmp'}",
            f"--rootdir={ROOT}",
            f"--config-file={ROOT / 'pyproject.toml'}",
            str(ROOT / "tests/conformance/test_sandbox.py"),
            "-k",
            TELLING,
            folder=folder,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    if passed is None:
        pytest.skip(done.stdout[-500:])
    assert int(passed[1]) > 60
