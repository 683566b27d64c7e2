"""What came of one run: an answer, or what is to be told to the model that wrote the code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.data.code.hints import advice
from agentcore.data.code.named_values import asked_names, in_form, lacking, stated_values
from agentcore.data.code.syntax import assigned_names, parsed, printed_names
from agentcore.data.table import Table
from agentcore.sandbox.protocol import Result

__all__ = ["Outcome", "outcome_of", "output_of", "wanted_variables"]

_MOST: Final = 30  # variables whose values are fetched after a run
_NOT_A_NUMBER: Final = re.compile(r"\bnan\b", re.IGNORECASE)


@attrs.frozen
class Outcome:
    """What came of one run of code.

    Attributes:
        text: what it gave as an answer.
        fault: why it is none, in words for the model; ``None`` if it is one.
        minor: whether the text is better than no answer all the same.
        table: the last table that the code left in a variable.
        values: the values that it states, by name.
    """

    text: str
    fault: str | None = None
    minor: bool = False
    table: Table | None = None
    values: Mapping[str, Any] = attrs.field(factory=dict)


def wanted_variables(code: str, question: str, tables: Sequence[str]) -> tuple[str, ...]:
    """Return the variables whose values are to be fetched after a run of code."""
    tree = parsed(code)
    assigned = () if tree is None else assigned_names(tree)
    # Only what this code assigns: an earlier run may have left a variable of the same name.
    first = [name for name in asked_names(question) if name in assigned]
    names = dict.fromkeys([*first, *assigned])
    return tuple(name for name in names if name not in tables)[:_MOST]


def outcome_of(result: Result, code: str, question: str, columns: Sequence[str]) -> Outcome:
    """Judge a run.

    Args:
        result: what the sandbox says of it.
        columns: the names of the columns of the tables.
    """
    text = output_of(result)
    if result.error is not None:
        return Outcome(text, advice(result.error, code, columns))
    names, variables = asked_names(question), result.variables
    missing = lacking(names, text)
    if missing and all(_is_value(variables.get(name)) for name in names):
        text = in_form(names, variables, question)
        missing = ()
    values = _values(names, variables, text, code)
    table = _last_table(variables, code)
    if not text and not result.files:
        return Outcome("", "It printed nothing.")
    if missing:
        form = ", ".join(f"@{name}[...]" for name in missing)
        return Outcome(text, f"It did not print {form}.", True, table, values)
    if _NOT_A_NUMBER.search(text) and not _NOT_A_NUMBER.search(question):
        fault = (
            f"It printed:\n{text[:300]}\nA result that is nan comes of missing values, or of a "
            "condition that no row meets: compare with the examples of the columns."
        )
        return Outcome(text, fault, True, table, values)
    return Outcome(text, None, False, table, values)


def output_of(result: Result) -> str:
    """Return what the code printed, the value of its last line, and where its figures are."""
    parts = [result.text.strip(), (result.value or "").strip()]
    if not any(parts):
        parts += [f"The plot is in {figure.name}." for figure in result.figures]
    return "\n".join(part for part in parts if part)


def _is_value(value: Any) -> bool:
    return isinstance(value, (str, int, float, list))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and {"columns", "rows", "row_count"} <= value.keys()


def _last_table(variables: Mapping[str, Any], code: str) -> Table | None:
    tree = parsed(code)
    names = () if tree is None else assigned_names(tree)
    found = (variables[name] for name in names if _is_table(variables.get(name)))
    plain = next(found, None)
    return None if plain is None else Table.from_plain(plain)


def _values(
    names: Sequence[str], variables: Mapping[str, Any], text: str, code: str
) -> dict[str, Any]:
    """Return what was asked for by name; without that, the variables that the code prints."""
    if names:
        stated = stated_values(text)
        return {name: variables.get(name, stated.get(name)) for name in names if name in stated}
    tree = parsed(code)
    printed = frozenset() if tree is None else printed_names(tree)
    return {
        name: value for name, value in variables.items() if name in printed and not _is_table(value)
    }
