"""The code that puts tables into variables before a model's code runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["GIVEN", "given_names", "loading_code", "script"]

GIVEN: Final = ("pd", "np", "stats")  # modules that the model's code finds imported

# The tables are read once a process. Each run gets copies, so that what one attempt has changed
# does not reach the next; pandas copies no values until they are written to.
_LOADING: Final = """\
import warnings
import numpy as np
import pandas as pd
from scipy import stats
warnings.simplefilter("ignore")
warnings.simplefilter("error", getattr(pd.errors, "ChainedAssignmentError", UserWarning))
if globals().get("_loaded_files") != {files!r}:
    _loaded_files = {files!r}
    _loaded_tables = {{name: pd.read_parquet(path) for name, path in _loaded_files.items()}}
for _name, _table in _loaded_tables.items():
    globals()[_name] = _table.copy(deep=False)
"""


def given_names(tables: Sequence[Any]) -> tuple[str, ...]:
    """Return the variables in which tables are: ``df`` for a single one, or else their names."""
    return ("df",) if len(tables) == 1 else tuple(table.name for table in tables)


def loading_code(tables: Sequence[Any], folder: Path) -> str:
    """Return the code that loads tables in a session.

    Args:
        tables: each has a ``name`` and the ``path`` of a Parquet file.
        folder: the session's; files in it are named relative to it.
    """
    return _LOADING.format(files=_files(tables, folder))


def script(code: str, tables: Sequence[Any], folder: Path) -> str:
    """Return code as a program of its own, to be run in the folder of the tables."""
    if not tables:
        return code
    reading = [
        f"{name} = pd.read_parquet({path!r})" for name, path in _files(tables, folder).items()
    ]
    imports = ["import numpy as np", "import pandas as pd", "from scipy import stats"]
    return "\n".join([*imports, "", *reading, "", code])


def _files(tables: Sequence[Any], folder: Path) -> dict[str, str]:
    names = given_names(tables)
    return {
        name: _within(Path(table.path), folder) for name, table in zip(names, tables, strict=True)
    }


def _within(path: Path, folder: Path) -> str:
    path, folder = path.resolve(), folder.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
