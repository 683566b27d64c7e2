"""How far a download is: a bar on a terminal, and lines in the log elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agentcore.base import logger
from agentcore.base.extras import import_extra

__all__ = ["progress"]

STEP = 0.1  # share of the whole between two lines of the log


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a download's progress while the ``with`` block runs.

    Args:
        what: the name of what is fetched.
        total: its size in bytes.

    Returns:
        a function to call with the number of bytes that have come so far.

    Raises:
        ExtraMissingError: the package ``tqdm`` is not installed.
    """
    tqdm = import_extra("tqdm", "local", "LocalModel")
    if sys.stderr is not None and sys.stderr.isatty():
        with tqdm.tqdm(desc=what, total=total, unit="B", unit_scale=True) as bar:
            yield lambda done: bar.update(done - bar.n)
        return
    logged = 0

    def log(done: int) -> None:
        nonlocal logged
        if done - logged >= total * STEP or done >= total:
            logged = done
            logger.info("{}: {:.0%} of {:,.0f} MB", what, min(done / total, 1.0), total / 1e6)

    yield log
