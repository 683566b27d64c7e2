"""Conditions of searches, as the engine's SQL: every value is written as a literal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentcore.base.unicode_text import valid_text

__all__ = ["literal", "one_of", "scope_sql"]

_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")


def literal(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column has one of some texts, of which there is one at least."""
    return f"{column} IN ({', '.join(map(literal, values))})"


def scope_sql(owner: str | None, where: Mapping[str, Any] | None = None) -> str:
    """Return the condition that an owner may see a passage, and that its metadata fits.

    Args:
        owner: who asks; nobody in particular sees what is everybody's.
        where: as `_where` has it.

    Raises:
        TypeError: the owner is no str, or ``where`` as it says.
        ValueError: as `_where` says.
    """
    if owner is not None and not isinstance(owner, str):
        raise TypeError(f"owner= is a str, not {owner!r:.100}")
    seen = one_of("owner", dict.fromkeys(("", valid_text(owner or ""))))
    return seen if where is None or where == {} else f"{seen} AND {_where(where)}"


def _where(where: Mapping[str, Any]) -> str:
    """Return the condition that metadata has some values.

    Args:
        where: for each key the value that it has to have; a list of values of which it has to have
            one; or a dict from ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` to a value. Where the
            metadata has a list, one of its members is enough.

    Raises:
        TypeError: it is no mapping, or has a value that no metadata can be compared with.
        ValueError: a key has quotation marks in it, or a comparison is not known.
    """
    if not isinstance(where, Mapping):
        raise TypeError(f"where= is a dict of metadata, as {{'year': 2023}}, not {where!r:.100}")
    return " AND ".join(_condition(key, value) for key, value in where.items())


def _condition(key: Any, value: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of where= is a str, not {key!r:.100}")
    if '"' in key or "\\" in key:
        raise ValueError(f"where= cannot look at {key!r}: it has a quotation mark or a backslash")
    if isinstance(value, Mapping):
        return _all(_compared(key, sign, each) for sign, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        # Sets are sorted by nothing, and the order of alternatives changes no result.
        return _any(_equal(key, each) for each in value)
    return _equal(key, value)


def _all(conditions: Iterable[str]) -> str:
    return "(" + (" AND ".join(conditions) or "true") + ")"


def _any(conditions: Iterable[str]) -> str:
    return "(" + (" OR ".join(conditions) or "false") + ")"


def _field(key: str) -> str:
    return "json_extract(metadata, " + literal(f'$."{key}"') + ")"


def _equal(key: str, value: Any) -> str:
    if value is None:
        return f"({_field(key)} IS NULL OR {_field(key)} = 'null')"
    same = _compared(key, "=", value)
    if isinstance(value, str):
        path = literal(f'$."{key}"')
        return f"({same} OR json_array_contains(metadata, {path}, {literal(value)}))"
    return same


def _compared(key: str, sign: Any, value: Any) -> str:
    if sign not in _COMPARISONS:
        raise ValueError(f"where= compares by {', '.join(_COMPARISONS)}, not by {sign!r}")
    if isinstance(value, bool):
        return f"{_field(key)} {sign} {literal(json.dumps(value))}"
    if isinstance(value, int | float) and math.isfinite(value):
        return f"TRY_CAST({_field(key)} AS DOUBLE) {sign} {float(value)!r}"
    if isinstance(value, str):
        return f"{_field(key)} {sign} {literal(json.dumps(valid_text(value), ensure_ascii=False))}"
    raise TypeError(
        f"where= compares {key!r} with a str, a number, a bool or None, not {value!r:.100}"
    )
