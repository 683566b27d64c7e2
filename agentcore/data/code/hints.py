"""What a model is told of an error of its code, beside the error's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from agentcore.base.sandbox_errors import CodeError, SandboxError, SandboxLimitError

__all__ = ["advice", "failing_line"]

_LINE: Final = re.compile(r"line (\d+)")
_MANY: Final = 30  # columns that are listed where no name is near
_NO_KEYWORD: Final = re.compile(r"unexpected keyword argument '(\w+)'")


def advice(error: SandboxError, code: str, columns: Sequence[str]) -> str:
    """Return what went wrong with code, and what to do, in words for the model that wrote it.

    Args:
        columns: the names of the columns of its tables.
    """
    if not isinstance(error, CodeError):
        do = " Do less at once." if isinstance(error, SandboxLimitError) else ""
        reason = str(error).rstrip(".")
        return f"The code was stopped: {reason}.{do}"
    words = f"{error.type}: {_short(str(error).removeprefix(f'{error.type}: '))}"
    line = failing_line(error, code)
    where = f" in the line `{line}`" if line else ""
    return f"It failed{where} with {words}.{_hint(error, columns)}"


def failing_line(error: CodeError, code: str) -> str:
    """Return the line of the code where it failed; empty if that is not known."""
    lines = code.splitlines()
    numbers = [int(number) for number in _LINE.findall(error.traceback)]
    known = [number for number in numbers if 0 < number <= len(lines)]
    return lines[known[-1] - 1].strip() if known else ""


def _short(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= 300 else f"{text[:300]} …"


def _hint(error: CodeError, columns: Sequence[str]) -> str:
    text = str(error)
    if error.type == "KeyError" and columns:
        return _near_columns(text, columns)
    keyword = _NO_KEYWORD.search(text)
    if keyword:
        before = ": drop missing values before" if keyword[1] == "nan_policy" else ""
        return f" Leave `{keyword[1]}` out{before}."
    if "attribute 'pvalue'" in text:
        return " corr() gives no p-value: write r, p = stats.pearsonr(x, y)."
    if error.type == "AttributeError":
        return " Use a method of pandas instead, as df['column'].mean()."
    if error.type == "ModuleNotFoundError":
        return " It is not installed: use pandas, numpy, scipy or sklearn."
    if error.type == "FileNotFoundError":
        return " Read no file: the table is there already."
    if "could not convert string to float" in text or "dtype 'str' does not support" in text:
        return " The column is text: take the numbers out of it first, or map its words to numbers."
    if "contains NaN" in text:
        return " First of all, drop the rows that have missing values in the columns used."
    if error.type == "ChainedAssignmentError":
        return " Write df['column'] = df['column'].fillna(...) without inplace=True."
    return ""


def _near_columns(text: str, columns: Sequence[str]) -> str:
    """Name the columns that are near to one that is not there."""
    wanted = re.findall(r"'([^']*)'", text) or [text]
    folded = {column.casefold(): column for column in columns}
    near = {
        name: [folded[each] for each in get_close_matches(name.casefold(), list(folded), 3, 0.6)]
        for name in wanted
    }
    told = [
        f" There is no column {name!r}: use {' or '.join(map(repr, names))} instead."
        for name, names in near.items()
        if names
    ]
    if told:
        return "".join(told)
    listed = ", ".join(map(repr, columns[:_MANY]))
    return (
        f" There is no such column. The columns are: {listed}. If it is a new one, compute it "
        "first. If the data does not have what is asked for, print that."
    )
