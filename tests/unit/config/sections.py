"""Sections of backends and files of settings, for the tests of the configuration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import attrs
import pytest

from agentcore.errors import ConfigError


@attrs.frozen
class Section:
    """The settings of a backend, with a field of each kind that a backend may want."""

    workers: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    patience: float = 1.5
    eager: bool = False
    address: str | None = None
    hosts: int | None = None
    tags: tuple[str, ...] = ()
    resources: dict[str, float] = attrs.field(factory=dict)
    mode: Literal["spread", "pack"] = "spread"


@attrs.frozen
class Demanding:
    """The settings of a backend that cannot run without being told where."""

    url: str
    retries: int = attrs.field(default=3, validator=attrs.validators.ge(0))


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def refusal(pattern: str) -> pytest.RaisesExc[ConfigError]:
    """Expect a ``ConfigError`` whose message matches the pattern, whatever lies between."""
    return pytest.raises(ConfigError, match=re.compile(pattern, re.DOTALL))


def python(code: str) -> str:
    """Run ``code`` in a process of its own, on this one's path, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
