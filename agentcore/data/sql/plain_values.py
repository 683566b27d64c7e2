"""Values of a database as JSON has them, and a bounded number of rows of these."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

__all__ = ["MOST_CHARS", "fetched_rows", "plain_value"]

MOST_CHARS: Final = 2_000_000  # of all texts of a table: it goes along in a message
_CELL: Final = 10_000  # characters of one value
_BATCH: Final = 100


def plain_value(value: Any) -> Any:
    """Return a value of a database as JSON has it.

    A decimal is a number, a date its text in ISO 8601, bytes are base64; what is not a number or is
    infinite is ``None``. A long text is cut, and ends with three dots.

    Examples:
        >>> plain_value(Decimal("1.50")), plain_value(date(2024, 2, 3)), plain_value(float("nan"))
        (1.5, '2024-02-03', None)
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        value = base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(each) for each in value]
    text = str(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}..."


def _number(value: float | Decimal) -> int | float | None:
    if not math.isfinite(value):
        return None
    if isinstance(value, Decimal) and value == value.to_integral_value():
        exponent = value.as_tuple().exponent
        return int(value) if exponent == 0 else float(value)
    return float(value)


def fetched_rows(
    fetch: Callable[[int], Sequence[Sequence[Any]]], row_limit: int
) -> tuple[list[tuple[Any, ...]], bool]:
    """Return at most ``row_limit`` rows as plain values, and whether there were more.

    Args:
        fetch: gives the next rows, at most as many as it is told, and none at the end.
    """
    rows: list[tuple[Any, ...]] = []
    chars = 0
    while True:
        batch = fetch(_BATCH)
        if not batch:
            return rows, False
        for row in batch:
            plain = tuple(plain_value(value) for value in row)
            chars += sum(len(value) for value in plain if isinstance(value, str))
            if len(rows) >= row_limit or chars > MOST_CHARS:
                return rows, True
            rows.append(plain)
