"""Imports of optional packages, which only some users install, as extras of this distribution."""

from __future__ import annotations

import importlib
from typing import Any

from agentcore.base.errors import ExtraMissingError

__all__ = ["import_extra"]


def import_extra(module: str, extra: str, what: str) -> Any:
    """Import a module of an optional package. Call it where the package is first used.

    Args:
        module: the module's full name.
        extra: the extra that installs the package, as ``local``.
        what: the feature that needs the package, for the error.

    Returns:
        the module.

    Raises:
        ExtraMissingError: the package is not installed; the message says how to install it.
        ModuleNotFoundError: the package is installed, and a module that it imports is missing.
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
