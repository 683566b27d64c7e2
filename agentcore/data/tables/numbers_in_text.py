"""Numbers as people write them: with thousands marks, percent signs, brackets and currencies."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["as_numbers", "form_of"]

_ENGLISH: Final = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$|^[-+]?\d+(\.\d+)?$")
_CONTINENTAL: Final = re.compile(r"^[-+]?\d{1,3}(\.\d{3})+(,\d+)?$|^[-+]?\d+(,\d+)?$")
_SIGNS: Final = re.compile(r"[$€£¥\s\u00a0\u202f']")
_NUMBER_FIRST: Final = re.compile(r"^\s*-?\d[\d.,]*\s*[\[(A-Za-z%$€]")
_TIME: Final = re.compile(r"^\s*\d{1,3}:\d\d(:\d\d)?\s*$")


def as_numbers(texts: Any, decimal: str | None = None) -> tuple[Any, str] | None:
    """Return a column of texts as numbers, if all of them are numbers, and what was assumed.

    Args:
        texts: a ``pandas.Series``; missing values stay missing.
        decimal: the decimal mark, if it is known: ``.`` or ``,``.
    """
    known = texts.dropna().astype(str).str.strip()
    if known.empty:
        return None
    percent = known.str.endswith("%").any()
    bare = known.str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.rstrip("%")
    bare = bare.str.replace(_SIGNS, "", regex=True)
    english, continental = (bool(bare.str.match(form).all()) for form in (_ENGLISH, _CONTINENTAL))
    if decimal == "," or (continental and not english):
        if not continental:
            return None
        bare = bare.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        assumed = "1.234,5 was read as 1234.5"
    elif english:
        bare = bare.str.replace(",", "", regex=False)
        assumed = "marks around the numbers were taken away"
    else:
        return None
    numbers = bare.astype(float).reindex(texts.index)
    if not numbers.isna().any() and not bare.str.contains(".", regex=False).any():
        numbers = numbers.astype("int64")
    return numbers, f"{assumed}; 12 stands for 12 %" if percent else assumed


def form_of(texts: Any) -> str:
    """Return what the texts of a column are like: see ``Column.form``."""
    known = texts.dropna().astype(str).head(1_000)
    if known.empty:
        return ""
    if known.str.match(_TIME).mean() > 0.9:
        return "HH:MM:SS"
    return "numbers in text" if known.str.match(_NUMBER_FIRST).mean() > 0.3 else ""
