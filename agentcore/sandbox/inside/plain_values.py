"""Values of the code, as plain values and as JSON."""

from __future__ import annotations

TYPE_CHECKING = False  # the module `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["json_text", "plain", "shown"]

_ROWS = 1_000  # of a table
_DEPTH = 6  # of lists in lists
_ITEMS = 10_000  # of a list
_TEXT = 100_000  # characters of a text
_REPR = 10_000  # characters of what has no form of its own
_DIGITS = 4_000  # of an integer; Python refuses to write or read much longer ones

_ESCAPES = {number: f"\\u{number:04x}" for number in (*range(32), 0x22, 0x5C)}


def plain(value: Any, depth: int = _DEPTH) -> Any:
    """Return a value as JSON has it; a table as its columns and first rows; else its `repr`."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() < 3 * _DIGITS else shown(value, _REPR)
    if isinstance(value, str):
        return str(value)[:_TEXT]
    if isinstance(value, float):
        return float(value)
    if _library(value) == "numpy" and getattr(value, "shape", None) == ():
        return plain(value.item(), depth)
    table = _table(value)
    if table is not None:
        return table
    if _library(value) == "numpy" and hasattr(value, "tolist") and value.size <= _ITEMS:
        return plain(value.tolist(), depth)
    if depth and isinstance(value, (list, tuple)) and len(value) <= _ITEMS:
        return [plain(each, depth - 1) for each in value]
    if depth and isinstance(value, dict) and len(value) <= _ITEMS:
        return {str(plain(key, 1)): plain(each, depth - 1) for key, each in value.items()}
    return shown(value, _REPR)


def shown(value: Any, limit: int) -> str:
    """Return the `repr` of a value, at most so many characters of it."""
    try:
        return repr(value)[:limit]
    except RecursionError:
        return f"<{type(value).__name__}>"
    except ValueError:  # an integer of very many digits
        return f"<{type(value).__name__} whose repr cannot be made>"


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _table(value: Any) -> dict[str, Any] | None:
    """Return a table of pandas, polars, Arrow or DuckDB as plain values; ``None`` for another."""
    library, name = _library(value), type(value).__name__
    if library in ("duckdb", "_duckdb") and name == "DuckDBPyRelation":
        return _as_table(list(value.columns), value.limit(_ROWS).fetchall(), len(value))
    if library == "polars" and name == "DataFrame":
        return _as_table(list(value.columns), value.head(_ROWS).rows(), value.height)
    if library == "pyarrow" and name == "Table":
        rows = [tuple(row.values()) for row in value.slice(0, _ROWS).to_pylist()]
        return _as_table(list(value.column_names), rows, value.num_rows)
    if library != "pandas" or name not in ("DataFrame", "Series"):
        return None
    if name == "Series":
        value = value.to_frame(value.name if value.name is not None else "value")
    count = len(value)
    value = value.head(_ROWS)
    if type(value.index).__name__ != "RangeIndex":
        try:
            value = value.reset_index()
        except ValueError:
            value = value.reset_index(drop=True)  # it has a name that a column has too
    columns = [
        " ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value.columns
    ]
    return _as_table(columns, value.itertuples(index=False, name=None), count)


def _as_table(columns: list[str], rows: Any, count: int) -> dict[str, Any]:
    return {
        "columns": columns,
        "rows": [[_cell(each) for each in row] for row in rows],
        "row_count": count,
    }


def _cell(value: Any) -> Any:
    """Return a cell as JSON has it: missing values as ``None``, dates in the form of ISO 8601."""
    if isinstance(value, float):
        return float(value) if value == value else None
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return plain(value, 2)


def json_text(value: Any) -> str:
    """Return a plain value as JSON, as the module ``json`` writes it."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, float):
        text = repr(value)
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, dict):
        pairs = (f"{json_text(str(key))}:{json_text(each)}" for key, each in value.items())
        return "{" + ",".join(pairs) + "}"
    return "[" + ",".join(map(json_text, value)) + "]"
