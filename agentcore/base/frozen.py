"""Immutable containers: what one agent is given, no other agent sees change.

A message is frozen once, when it is made. From then on it is shared, never copied, between
agents of one process. Containers become the two classes below: still a ``dict`` and a
``list``, so JSON, pickle, ``==`` and ``isinstance`` treat them as such, but without a way to
change them.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Mapping, Set
from typing import Any, NoReturn

__all__ = ["EMPTY", "FrozenDict", "FrozenList", "freeze", "isolate", "unpicklable_path"]


def _refuse(self: object, *args: Any, **kwargs: Any) -> NoReturn:
    kind = "dict" if isinstance(self, dict) else "list"
    raise TypeError(f"a message is immutable: make your own copy with {kind}(...) and change that")


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed; ``dict(it)`` is a copy that can."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def __copy__(self) -> FrozenDict:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict:
        return FrozenDict({key: copy.deepcopy(value, memo) for key, value in self.items()})


class FrozenList(list[Any]):
    """A list that cannot be changed; ``list(it)`` is a copy that can."""

    __slots__ = ()

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)

    def __copy__(self) -> FrozenList:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenList:
        return FrozenList(copy.deepcopy(item, memo) for item in self)


EMPTY = FrozenDict()

_ATOMS = frozenset({str, int, float, bool, type(None), bytes, complex})


def freeze(value: Any) -> tuple[Any, bool]:
    """Give ``value`` with every container in it frozen, and whether something opaque is left.

    Opaque is an object of any other class: it may be mutable, so it is copied for each agent
    (`isolate`). Raises ``MessageTypeError`` on a container that holds itself.
    """
    try:
        return _freeze(value)
    except RecursionError:
        from agentcore.base.errors import MessageTypeError

        raise MessageTypeError("a message cannot hold a container that holds itself") from None


def _freeze(value: Any) -> tuple[Any, bool]:
    kind = type(value)
    if kind in _ATOMS:
        return value, False
    if isinstance(value, Mapping):
        pairs = {key: _freeze(item) for key, item in value.items()}
        frozen: Any = FrozenDict({key: item for key, (item, _) in pairs.items()})
        return frozen, any(opaque for _, opaque in pairs.values())
    if isinstance(value, list | tuple):
        items = [_freeze(item) for item in value]
        opaque = any(opaque for _, opaque in items)
        contents = [item for item, _ in items]
        if kind is tuple:
            return tuple(contents), opaque
        return (FrozenList(contents), opaque) if isinstance(value, list) else (value, True)
    if isinstance(value, Set):
        items = [_freeze(item) for item in value]
        opaque = any(opaque for _, opaque in items)
        contents = [item for item, _ in items]
        try:
            return frozenset(contents), opaque
        except TypeError:
            return FrozenList(contents), opaque  # a frozen dict in it: hashable no longer
    return value, True


def isolate(value: Any) -> Any:
    """Copy ``value`` so that nobody shares a mutable part of it, as far as it can be copied."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value  # a lock, a socket: shared, as within any one process


def unpicklable_path(value: Any, path: str = "$") -> str | None:
    """Say where in ``value`` stands what cannot be pickled, as ``$.metadata.x``, or ``None``."""
    try:
        pickle.dumps(value)
    except Exception:
        pass  # somewhere below, or else right here
    else:
        return None
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, Mapping):
        parts = ((f"{path}.{key}", item) for key, item in value.items())
    elif isinstance(value, list | tuple | Set):
        parts = ((f"{path}[{index}]", item) for index, item in enumerate(value))
    for where, item in parts:
        found = unpicklable_path(item, where)
        if found is not None:
            return found
    return path
