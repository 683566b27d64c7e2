"""The peers' virtual environments: made when first needed, from the package index, then kept.

They are in ``.benchmarks/venvs`` of the repository, or in the folder that ``AGENTCORE_BENCH_VENVS``
names; one that stands there already, with the right version in it, is used as it is. Ray and what
runs beside agentcore in one process come from the interpreter that runs the benchmarks.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".benchmarks"
VARIABLE = "AGENTCORE_BENCH_VENVS"


class PeerMissing(Exception):
    """A peer could not be installed; its rows are left out."""


@dataclass(frozen=True)
class Peer:
    """A distribution that we are measured against, in an environment of its own."""

    distribution: str
    version: str

    @property
    def requirement(self) -> str:
        """What is installed."""
        return f"{self.distribution}=={self.version}"

    @property
    def interpreter(self) -> str:
        """Give the path of the environment's Python, which is made if need be.

        Raises:
            PeerMissing: it could not be installed.
        """
        place = folder() / f"{self.distribution}-{self.version}"
        python = place / "bin" / "python"
        if self._installed(python) != self.version:
            print(f"installing {self.requirement} in {place}", file=sys.stderr)
            _run([sys.executable, "-m", "venv", "--clear", str(place)], self)
            _run([str(python), "-m", "pip", "install", "--quiet", self.requirement], self)
        return str(python)

    def _installed(self, python: Path) -> str:
        if not python.exists():
            return ""
        code = f"import importlib.metadata as m; print(m.version({self.distribution!r}))"
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        return done.stdout.strip()


def cache() -> Path:
    """Give the folder that keeps what the benchmarks make; it tells git to leave it alone.

    It says so itself, since a commit that is made while an environment is being installed must not
    take it along.
    """
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    return CACHE


def folder() -> Path:
    """Give the folder of the environments."""
    return Path(os.environ.get(VARIABLE) or cache() / "venvs").resolve()


def _run(command: list[str], peer: Peer) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerMissing(f"{peer.requirement} could not be installed: {done.stderr[-500:]}")


AUTOGEN = Peer("autogen-agentchat", "0.2.40")
AUTOGEN_CORE = Peer("autogen-core", "0.7.5")
AGENTCHAT = Peer("autogen-agentchat", "0.7.5")
OPENAI_AGENTS = Peer("openai-agents", "0.24.0")
AG2 = Peer("ag2", "1.2.1")
XOSCAR = Peer("xoscar", "0.12.2")


def pykka() -> Peer:
    """Give Pykka in the version that agentcore itself runs on."""
    return Peer("pykka", importlib.metadata.version("pykka"))
