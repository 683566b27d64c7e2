"""A stretch of a test in which no real model may be asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from agentcore.models.forbidden import VARIABLE

__all__ = ["models_forbidden"]


@contextmanager
def models_forbidden() -> Iterator[None]:
    """Make requests to real models a `ModelsForbiddenError`, in this process.

    So they are in the processes that are begun meanwhile; those that run already, as the hosts of
    a system on Ray, go on as before.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before
