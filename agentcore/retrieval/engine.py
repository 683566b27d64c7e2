"""Calls of the engine, LanceDB: its errors as the library's, and conflicts tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from agentcore.base.errors import AgentCoreError
from agentcore.base.retrieval_errors import LibraryError

__all__ = ["engine_errors", "is_conflict", "retried"]

T = TypeVar("T")

_TRIES: Final = 12
_LONGEST_PAUSE: Final = 1.0  # seconds


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Raise what the engine raises as a `LibraryError`.

    Args:
        what: what was not done, as "./notes cannot be searched".
    """
    try:
        yield
    except AgentCoreError:
        raise
    # The engine raises ValueError, RuntimeError and OSError alike, for a full disk as for a typo.
    except Exception as error:
        raise LibraryError(f"{what}: {_reason(error)}") from error


def retried(work: Callable[[], T]) -> T:
    """Return what some work of the engine returns; after a conflict with another writer, again."""
    for attempt in range(_TRIES - 1):
        try:
            return work()
        except Exception as error:
            if not is_conflict(error):
                raise
            # Writers that met once would meet again, if they waited equally long.
            time.sleep(random.uniform(0, min(0.02 * 2**attempt, _LONGEST_PAUSE)))
    return work()


def is_conflict(error: Exception) -> bool:
    """Return whether another writer was quicker, so that the same work may succeed now."""
    words = str(error).lower()
    return "conflict" in words or "too many concurrent writers" in words


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    if "No space left" in words or "os error 28" in words:
        return "the disk is full"
    if "Disk quota" in words or "os error 122" in words:
        return "the disk quota is used up"
    if "Permission denied" in words or "Read-only file system" in words:
        return f"it cannot be written ({words[:200]})"
    return words.split(", /")[0][:300] or type(error).__name__
