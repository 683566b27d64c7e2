"""Values as JSON has them: plain dicts, lists, texts and numbers, whatever they were before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from typing import Any, TypeAlias

from agentcore.base.errors import MessageTypeError

__all__ = ["Default", "plain_data"]

# What `json.dumps` takes as ``default=``: it gives something that JSON has in place of a value.
Default: TypeAlias = Callable[[Any], Any]


def plain_data(value: Any, path: str = "$", default: Default | None = None) -> Any:
    """Return a copy of a value that is made of what JSON has, and may be changed.

    Mappings become dicts; lists, tuples and sets become lists.

    Args:
        path: the path of the value, for the error.
        default: gives something in place of a value that JSON does not have.

    Raises:
        MessageTypeError: a part of it is nothing that JSON has; the text says which.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping) and all(isinstance(key, _KEYS) for key in value):
        return {key: plain_data(item, f"{path}.{key}", default) for key, item in value.items()}
    if isinstance(value, list | tuple | Set):
        return [plain_data(item, f"{path}[{at}]", default) for at, item in enumerate(value)]
    instead = value if default is None else default(value)
    if instead is value:
        raise MessageTypeError(
            f"{path} cannot be written as JSON: {value!r:.100} is a {type(value).__name__}; say "
            "plain data (str, numbers, lists, dicts), or give default= as json.dumps takes it"
        )
    return plain_data(instead, path, default)


_KEYS = str | int | float | None
