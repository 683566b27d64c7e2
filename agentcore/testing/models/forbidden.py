"""A context in which it is an error to ask a real model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from agentcore.models.forbidden import VARIABLE

__all__ = ["models_forbidden"]


@contextmanager
def models_forbidden() -> Iterator[None]:
    """Make each request to a real model raise a `ModelsForbiddenError`, within ``with``.

    This holds in this process and in the processes that it begins meanwhile. Processes that run
    already, such as the hosts of a system on Ray, are not affected.
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
