"""A script that several processes of one machine take from, each item once.

A folder with a file for each call: that a process created the file is its claim to the item, as
no other can create it again. In the file is what was asked.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs

from agentcore.models import Output, Sampling, ToolSpec
from agentcore.testing.models.script_items import Asked, ScriptError

__all__ = ["Journal"]

_CALL, _WRONG = "call+", "wrong+"


@lru_cache(maxsize=1)
def _folder(process: int) -> str:
    folder = tempfile.mkdtemp(prefix="agentcore-scripts-")

    def remove() -> None:
        if os.getpid() == process:  # and not in a copy of the process
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


@attrs.frozen
class Journal:
    """What was asked of a script, and what went wrong.

    Attributes:
        path: the folder, which ends with the process that began the journal.
    """

    path: str

    @classmethod
    def begin(cls) -> Journal:
        """Make an empty one."""
        return cls(tempfile.mkdtemp(dir=_folder(os.getpid())))

    def claim(self, lane: str, asked: Asked, start: int = 0) -> int:
        """Take the next item of a lane, and give its number.

        Args:
            start: an item that is not before the next one.

        Raises:
            ScriptError: the journal is not on this machine, or no more.
        """
        data = json.dumps(_as_dict(asked), default=repr).encode()
        number = start
        while not self._create(f"{_prefix(lane)}{number}", data):
            number += 1
        return number

    def fail(self, problem: str) -> None:
        """Note what is wrong."""
        number = 0
        while not self._create(f"{_WRONG}{number:06}", problem.encode()):
            number += 1

    def _create(self, name: str, data: bytes) -> bool:
        try:
            file = os.open(f"{self.path}/{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        except FileNotFoundError:
            raise ScriptError(
                f"the script's journal {self.path} is not here: a ScriptedModel can be used in "
                "several processes of one machine, as long as the one that made it lives"
            ) from None
        with open(file, "wb") as opened:
            opened.write(data)
        return True

    def claimed(self, lane: str) -> int:
        """Say how many items of a lane were taken."""
        return sum(name.startswith(_prefix(lane)) for name in self._names())

    def calls(self) -> tuple[Asked, ...]:
        """Give what was asked, in order of time."""
        found = []
        for text in self._texts(_CALL):
            record = json.loads(text)
            found.append((record["time"], _from_dict(record)))
        found.sort(key=lambda pair: pair[0])
        return tuple(asked for _, asked in found)

    def failures(self) -> tuple[str, ...]:
        """Give what went wrong."""
        return tuple(self._texts(_WRONG))

    def _names(self) -> list[str]:
        return os.listdir(self.path) if os.path.isdir(self.path) else []

    def _texts(self, prefix: str) -> Iterator[str]:
        for name in sorted(self._names()):
            if name.startswith(prefix):
                text = Path(self.path, name).read_text("utf-8")
                if text:  # else it is being written
                    yield text


def _prefix(lane: str) -> str:
    return f"{_CALL}{quote(lane, safe='')}+"  # quoted, it has no plus of its own


def _as_dict(asked: Asked) -> dict[str, Any]:
    return {"time": time.time_ns(), **attrs.asdict(asked)}


def _from_dict(record: dict[str, Any]) -> Asked:
    output = record["output"]
    return Asked(
        tuple(record["messages"]),
        tuple(ToolSpec(**tool) for tool in record["tools"]),
        None if output is None else Output(**output),
        Sampling(**record["sampling"]),
    )
