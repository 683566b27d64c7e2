"""What can be said of code before it runs: it is cheaper to tell a model so than to run it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from agentcore.data.code.syntax import bound_names, parsed, printed_names, used_names

__all__ = ["complaint", "with_imports"]

# Names that models use as if they were imported, and what imports them.
_IMPORTS: Final = {
    "pd": "import pandas as pd",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "stats": "from scipy import stats",
    "scipy": "import scipy.stats",
    "sm": "import statsmodels.api as sm",
    "duckdb": "import duckdb",
    "math": "import math",
    "re": "import re",
    "json": "import json",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
    "LinearRegression": "from sklearn.linear_model import LinearRegression",
    "LogisticRegression": "from sklearn.linear_model import LogisticRegression",
    "MinMaxScaler": "from sklearn.preprocessing import MinMaxScaler",
    "StandardScaler": "from sklearn.preprocessing import StandardScaler",
    "LabelEncoder": "from sklearn.preprocessing import LabelEncoder",
    "train_test_split": "from sklearn.model_selection import train_test_split",
    "accuracy_score": "from sklearn.metrics import accuracy_score",
    "mean_squared_error": "from sklearn.metrics import mean_squared_error",
}


def with_imports(code: str, given: Sequence[str] = ()) -> str:
    """Return code with imports before it of what it uses without having imported it.

    Args:
        given: names that are there already.
    """
    tree = parsed(code)
    if tree is None:
        return code
    bound = {*given, *bound_names(tree)}
    wanted = [name for name in used_names(tree) if name in _IMPORTS and name not in bound]
    return "\n".join([*(_IMPORTS[name] for name in wanted), code])


def complaint(code: str, tables: Sequence[str]) -> str | None:
    """Return what is wrong with code that would run, but not answer; ``None`` if nothing is.

    Args:
        tables: the variables in which the tables are.
    """
    tree = parsed(code)
    if tree is None:
        return None  # running it tells where the error is
    if tables and not set(tables).intersection(used_names(tree)):
        return f"The code does not use {' or '.join(f'`{name}`' for name in tables)}."
    return _same_values(tree)


def _same_values(tree: ast.Module) -> str | None:
    """Complain of two variables that one expression computes: small models copy a line so.

    Only results of the program's own level count that it prints and that calls compute: a counter
    that begins at 0 twice is no mistake.
    """
    seen: dict[str, str] = {}
    printed = printed_names(tree)
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        if name not in printed or not any(isinstance(each, ast.Call) for each in ast.walk(value)):
            continue
        before = seen.setdefault(ast.dump(value), name)
        if before != name:
            return (
                f"`{before}` and `{name}` are both computed by `{ast.unparse(value):.120}`, so "
                "they are the same. Compute each from its own rows."
            )
    return None
