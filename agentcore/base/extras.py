"""Imports of optional packages, which only some users install, as extras of this distribution."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from typing import Any

from agentcore.base.errors import ExtraMissingError

__all__ = ["import_extra", "require_extra"]


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
        raise _missing(module.partition(".")[0], extra, what) from error


def require_extra(module: str, extra: str, what: str) -> None:
    """Check that an optional package is installed, without importing it.

    Args:
        module: the package's name; the rest as for `import_extra`.

    Raises:
        ExtraMissingError: the package is not installed; the message says how to install it.
    """
    if sys.modules.get(module) is None and find_spec(module) is None:
        raise _missing(module, extra, what)


def _missing(package: str, extra: str, what: str) -> ExtraMissingError:
    return ExtraMissingError(
        f"{what} needs the package {package!r}, which is not installed: "
        f'pip install "agentcore-actors[{extra}]"'
    )
