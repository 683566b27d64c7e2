"""Immutable containers, so that no agent can change a message that another agent holds.

A message is frozen once, when it is made. From then on the agents of a process share it, without
copies. Its containers become the two classes below, which are still a ``dict`` and a ``list``:
JSON, pickle, ``==`` and ``isinstance`` treat them as such, but they have no way to be changed.

pyrsistent and immutables were not taken, because their maps and vectors are neither dicts nor
lists: ``json.dumps`` and users' ``isinstance`` checks would refuse them.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Mapping, Set
from typing import Any, NoReturn

__all__ = [
    "EMPTY",
    "FrozenDict",
    "FrozenList",
    "freeze",
    "isolate",
    "unpicklable_path",
]


def _refuse(self: object, *args: Any, **kwargs: Any) -> NoReturn:
    kind = "dict" if isinstance(self, dict) else "list"
    raise TypeError(f"a message is immutable: make your own copy with {kind}(...) and change that")


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed; ``dict(frozen)`` is a copy that can be."""

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
    """A list that cannot be changed; ``list(frozen)`` is a copy that can be."""

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
    """Freeze every container in a value.

    Returns:
        the frozen value, and whether an opaque object is left in it. An opaque object is one of any
        class but the builtin scalars and containers: it may be mutable, so it must be copied for
        each agent, by `isolate`.

    Raises:
        MessageTypeError: a container holds itself.
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
            return FrozenList(contents), opaque  # an item is a FrozenDict now: it has no hash
    return value, True


def isolate(value: Any) -> Any:
    """Return a deep copy of ``value``, or ``value`` itself if it cannot be copied."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value  # such as a lock or a socket: agents of a process then share it


def unpicklable_path(value: Any, path: str = "$") -> str | None:
    """Find the part of a value that cannot be pickled.

    Args:
        path: the path of the value itself, with which the result begins.

    Returns:
        the path of the innermost part that fails, as ``$.metadata.x``; ``None`` if all of the value
        can be pickled.
    """
    try:
        pickle.dumps(value)
    except Exception:
        pass  # the fault is in a part of it, or in the value itself
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
