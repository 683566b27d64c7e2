"""Which kind of values a column has: found from all of its rows, chunk by chunk."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from agentcore.base.extras import import_extra
from agentcore.data.tables.numbers_in_text import ENGLISH, Writing, as_numbers, writing_of

__all__ = ["ColumnSurvey", "Plan", "converted"]

_INFERRED: Final = {
    "string": "text",
    "boolean": "bool",
    "integer": "int",
    "floating": "float",
    "mixed-integer-float": "float",
    "decimal": "float",
    "datetime": "date",
    "datetime64": "date",
    "date": "date",
}
_DAY: Final = re.compile(r"\s*(\d{1,2})[/.-]\d{1,2}[/.-]\d{2,4}\b")
_TRUE_FALSE: Final = {
    **dict.fromkeys(("True", "TRUE", "true"), True),
    **dict.fromkeys(("False", "FALSE", "false"), False),
}


@attrs.frozen
class Plan:
    """What a column becomes.

    Attributes:
        kind: ``int``, ``float``, ``bool``, ``date`` or ``text``; ``uint`` for numbers that are
            too large for ``int``.
        form: the form in which its numbers are written in texts, or empty.
        day_first: whether 1/2 is a day of February, where texts are read as dates.
        note: what was assumed, as a part of a sentence.
    """

    kind: str
    form: str = ""
    day_first: bool = False
    note: str = ""

    def arrow_type(self) -> Any:
        """Return the type of pyarrow."""
        pyarrow = import_extra("pyarrow", "data", "reading files")
        made = {
            "int": pyarrow.int64,
            "uint": pyarrow.uint64,
            "float": pyarrow.float64,
            "bool": pyarrow.bool_,
            "text": pyarrow.string,
        }
        return pyarrow.timestamp("us") if self.kind == "date" else made[self.kind]()


@attrs.define
class ColumnSurvey:
    """What was seen of a column so far.

    Args:
        decimal: the decimal mark, if it is known; with a comma, all numbers are texts at first.
        given: the kind that the user gave, or ``None``.
    """

    decimal: str | None
    given: str | None
    _kinds: set[str] = attrs.field(factory=set)
    _rows: int = 0
    _missing: int = 0
    _writing: Writing | None = None
    _flags: bool = True  # whether all texts are words for true and false
    _day_first: bool = False

    @property
    def has_values(self) -> bool:
        """Whether a row has a value in the column."""
        return self._missing < self._rows

    def add(self, series: Any) -> None:
        """Look at some more rows."""
        self._rows += len(series)
        self._missing += int(series.isna().sum())
        kind = _kind_of(series)
        if kind == "text":
            self._add_texts(series.dropna().map(_as_text), first="text" not in self._kinds)
        self._kinds.add(kind)

    def _add_texts(self, texts: Any, *, first: bool) -> None:
        if self.given == "date":
            days = (_DAY.match(text) for text in texts)
            self._day_first |= any(int(day[1]) > 12 for day in days if day)
        if first or self._writing is not None:
            writing = writing_of(texts, self.decimal)
            both = writing is None or self._writing is None
            self._writing = writing if both else self._writing.and_(writing)  # type: ignore[union-attr,arg-type]
        self._flags = self._flags and bool(texts.isin(list(_TRUE_FALSE)).all())

    def plan(self) -> Plan:
        """Return what the column becomes."""
        kinds = self._kinds - {"none"}
        writing = self._writing if "text" in kinds and self._fits(kinds) else None
        form = writing.form if writing else ""
        if self.given is not None:
            order = "day/month" if self._day_first else "month/day"
            note = (
                f"3/4 would be read as {order}" if self.given == "date" and "text" in kinds else ""
            )
            return Plan(self.given, form, self._day_first, note)
        if writing is not None:
            whole = writing.whole and not writing.blanks and not self._missing
            note = " and ".join(writing.notes())
            return Plan("int" if whole and "float" not in kinds else "float", form, note=note)
        if kinds == {"text"} and self.decimal == "," and self._flags:
            return Plan("bool")
        if not kinds:
            return Plan("float" if self._rows else "text")
        if kinds <= {"int", "float"} or kinds == {"uint", "float"}:
            return Plan("float" if "float" in kinds or self._missing else "int")
        if len(kinds) > 1:
            return Plan("text", note="values of several kinds were read as texts")
        only = next(iter(kinds))
        return Plan("float" if only == "uint" and self._missing else only)

    def _fits(self, kinds: set[str]) -> bool:
        """Return whether chunks that had plain numbers go with those that had numbers in texts."""
        if self._writing is None or kinds == {"text"}:
            return self._writing is not None
        english = ENGLISH in self._writing.forms and not self._writing.percent
        return english and kinds <= {"text", "int", "float"}


def _kind_of(series: Any) -> str:
    types = import_extra("pandas", "data", "reading files").api.types
    if types.is_bool_dtype(series) and series.dtype != object:
        return "bool"
    known = series.dropna()
    if known.empty:
        return "none"
    if types.is_datetime64_any_dtype(series):
        return "date"
    if types.is_float_dtype(series):
        return "float"
    kind = "int"
    if not types.is_integer_dtype(series):
        kind = _INFERRED.get(types.infer_dtype(known, skipna=True), "text")
    if kind == "int" and not -(2**63) <= int(known.min()) <= int(known.max()) < 2**63:
        return "uint" if 0 <= int(known.min()) <= int(known.max()) < 2**64 else "text"
    return kind


def converted(series: Any, plan: Plan) -> Any:
    """Return the values of a column as an array of pyarrow.

    Raises:
        ValueError, TypeError, OverflowError: they are not what the plan says.
    """
    pandas = import_extra("pandas", "data", "reading files")
    pyarrow = import_extra("pyarrow", "data", "reading files")
    text = _kind_of(series) == "text"
    if plan.kind == "text":
        series = series.map(_as_text, na_action="ignore")
    elif plan.kind == "bool" and text:
        series = series.map(_flag, na_action="ignore").astype(object)
    elif plan.kind == "date":
        series = _as_dates(series, plan) if text else pandas.to_datetime(series)
        if getattr(series.dt, "tz", None) is not None:
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    elif plan.kind in ("int", "uint", "float"):
        if text:
            texts = series.map(_as_text, na_action="ignore")
            series = as_numbers(texts, plan.form) if plan.form else pandas.to_numeric(texts)
        if series.dtype == object:
            series = series.astype("float64" if plan.kind == "float" else plan.kind + "64")
    array = pyarrow.array(series, from_pandas=True)
    if isinstance(array, pyarrow.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(plan.arrow_type())


def _as_dates(series: Any, plan: Plan) -> Any:
    pandas = import_extra("pandas", "data", "reading files")
    texts = series.map(_as_text, na_action="ignore")
    return pandas.to_datetime(texts, format="mixed", dayfirst=plan.day_first, utc=False)


def _flag(text: Any) -> bool:
    flag = _TRUE_FALSE.get(str(text).strip())
    if flag is None:
        raise ValueError(f"{text!r} is neither true nor false")
    return flag


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
