"""How the processes of one machine share a script, so that each item is used once.

The journal is a folder with a file for each call. A process claims an item by creating the item's
file, which only one process can do. The file has what was asked.
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

from agentcore.protocol.model_api import Output, Sampling, ToolSpec
from agentcore.testing.models.script_items import Asked, ScriptError

__all__ = ["Journal"]

_CALL, _WRONG = "call+", "wrong+"


@lru_cache(maxsize=1)
def _folder(process: int) -> str:
    folder = tempfile.mkdtemp(prefix="agentcore-scripts-")

    def remove() -> None:
        if os.getpid() == process:  # a forked copy of the process must not remove it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


@attrs.frozen
class Journal:
    """The record of what was asked of a script, and of what went wrong.

    Attributes:
        path: the folder; it is removed when the process that made it ends.
    """

    path: str

    @classmethod
    def begin(cls) -> Journal:
        """Make an empty journal."""
        return cls(tempfile.mkdtemp(dir=_folder(os.getpid())))

    def claim(self, lane: str, asked: Asked, start: int = 0) -> int:
        """Claim the next item of a lane, and give its number.

        Args:
            lane: the key of the script's items.
            asked: the call that the item answers.
            start: the number to try first; all items before it are known to be claimed.

        Raises:
            ScriptError: the folder is not on this machine, or was removed.
        """
        data = json.dumps(_as_dict(asked), default=repr).encode()
        number = start
        while not self._create(f"{_prefix(lane)}{number}", data):
            number += 1
        return number

    def fail(self, problem: str) -> None:
        """Note a problem."""
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
        """Give the number of claimed items of a lane."""
        return sum(name.startswith(_prefix(lane)) for name in self._names())

    def calls(self) -> tuple[Asked, ...]:
        """Give the calls, in the order of time."""
        found = []
        for text in self._texts(_CALL):
            record = json.loads(text)
            found.append((record["time"], _from_dict(record)))
        found.sort(key=lambda pair: pair[0])
        return tuple(asked for _, asked in found)

    def failures(self) -> tuple[str, ...]:
        """Give the problems, in the order of time."""
        return tuple(self._texts(_WRONG))

    def _names(self) -> list[str]:
        return os.listdir(self.path) if os.path.isdir(self.path) else []

    def _texts(self, prefix: str) -> Iterator[str]:
        for name in sorted(self._names()):
            if name.startswith(prefix):
                text = Path(self.path, name).read_text("utf-8")
                if text:  # an empty file is being written by another process
                    yield text


def _prefix(lane: str) -> str:
    return f"{_CALL}{quote(lane, safe='')}+"  # a quoted lane has no ``+``


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
