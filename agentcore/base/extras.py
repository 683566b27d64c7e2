"""Packages that only some of agentcore's users need: imported when they are first used."""

from __future__ import annotations

import importlib
from typing import Any

from agentcore.base.errors import ExtraMissingError

__all__ = ["import_extra"]


def import_extra(module: str, extra: str, what: str) -> Any:
    """Import a module that an extra brings.

    Args:
        what: what needs it, in words, for the error.

    Raises:
        ExtraMissingError: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if absent.partition(".")[0] != module.partition(".")[0]:
            raise
        raise ExtraMissingError(
            f"{what} needs the package {absent!r}, which is not installed: "
            f'pip install "agentcore-actors[{extra}]"'
        ) from error
