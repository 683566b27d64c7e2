"""What users name as ``package.module:name`` on a command line, imported: the one place for it."""

from __future__ import annotations

import os
import sys
from pkgutil import resolve_name
from typing import Any

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ConfigError

__all__ = ["named_object"]


def named_object(path: str) -> Any:
    """Return what ``package.module:name`` names; modules of the working directory count.

    Raises:
        ConfigError: the text has another form, the module is not there or needs one that is not,
            or has no such name. What the module itself raises reaches the caller as it is.
    """
    module, _, name = path.partition(":")
    if not (module and name):
        hint = f": {module[:-3].replace(os.sep, '.')}:NAME" if module.endswith(".py") else ""
        raise ConfigError(f"{path!r} names nothing in a module: write package.module:name{hint}")
    if module.endswith(".py"):
        wanted = f"{module[:-3].replace(os.sep, '.')}:{name}"
        raise ConfigError(f"{path!r} names a file: write the module's name, {wanted}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return resolve_name(path)
    except ModuleNotFoundError as error:
        raise ConfigError(f"{path!r} is not there: {error}") from error
    except AttributeError as error:
        found = sys.modules.get(module)
        if found is None:
            raise  # the module itself raised it
        known = [each for each in vars(found) if not each.startswith("_")]
        hint = did_you_mean(name, known, " Did you mean ", count=1)
        raise ConfigError(f"{path!r} is not there: {error}.{hint}") from error
    except ValueError as error:
        raise ConfigError(f"{path!r} names nothing: write package.module:name") from error
