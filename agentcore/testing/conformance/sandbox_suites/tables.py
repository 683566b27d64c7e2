"""Conformance: tables and figures, with the libraries that make them."""

from __future__ import annotations

import pytest

from agentcore.sandbox import Limits, Sandbox, Session

__all__ = ["Tables"]


# What the program uses of matplotlib, which takes long to import.
_DRAWING = (
    "import sys, types\n"
    "class Figure:\n"
    "    def savefig(self, name, **how): open(name, 'w').close()\n"
    "sys.modules['matplotlib.pyplot'] = types.SimpleNamespace(\n"
    "    get_fignums=lambda: [1], figure=lambda n: Figure(), close=lambda n: None)"
)


class Tables:
    """pandas, DuckDB and matplotlib in a sandbox."""

    def test_a_module_that_was_preloaded_is_there(self, sandbox: Sandbox, session: Session) -> None:
        """Its import is not of the first run's time; one that is not there does no harm."""
        warm = sandbox.start(session.folder / "warm", preload=("decimal", "there.is.none"))
        try:
            code = "import sys\nimport_was_done = 'decimal' in sys.modules\nimport_was_done"
            assert warm.run(code).value == "True"
        finally:
            warm.close()

    def test_tables_come_as_columns_and_rows(self, session: Session) -> None:
        """Of pandas and DuckDB, with what is missing as ``None``, and at most 1,000 rows."""
        pytest.importorskip("duckdb")
        pytest.importorskip("pandas")
        code = (
            "import duckdb, pandas as pd\n"
            "df = pd.DataFrame({'a': [1, 2], 'b': ['x', None],\n"
            "                   't': pd.to_datetime(['2020-01-02', None])})\n"
            "means = df.groupby('a')['a'].mean()\n"
            "relation = duckdb.sql('select i, i / 4 as q from range(2000) t(i)')\n"
            "number = df['a'].sum()\n"
            "df"
        )
        result = session.run(code, variables=["df", "means", "relation", "number"])
        assert result.error is None
        assert result.value is not None
        assert "2020-01-02" in result.value
        found = result.variables
        assert found["df"] == {
            "columns": ["a", "b", "t"],
            "rows": [[1, "x", "2020-01-02T00:00:00"], [2, None, None]],
            "row_count": 2,
        }
        assert found["means"]["columns"] == ["a", "a"] or found["means"]["row_count"] == 2
        assert (found["relation"]["row_count"], len(found["relation"]["rows"])) == (2000, 1000)
        assert found["relation"]["rows"][1] == [1, 0.25]
        assert found["number"] == 3

    def test_figures_are_caught_as_png(self, session: Session) -> None:
        """Those of a run that fails too; ``show`` and warnings of it are no trouble."""
        pytest.importorskip("matplotlib")
        code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
        first = session.run(code)
        second = session.run("plt.figure()\nplt.plot([1])\nplt.figure()\nplt.plot([2])\n1 / 0")
        assert (first.text, first.error, len(first.figures)) == ("", None, 1)
        assert len(second.figures) == 2
        for path in (*first.figures, *second.figures):
            assert path.read_bytes().startswith(b"\x89PNG")
        assert (first.files, session.run("1").figures) == ((), ())

    def test_figures_of_a_new_process_do_not_replace_those_of_an_old_one(
        self, session: Session
    ) -> None:
        """Each has a name of its own, which is not that of a file of the user's either."""
        (session.folder / "figure-1.png").write_text("mine")
        first = session.run(_DRAWING)
        assert session.run("import os\nos._exit(1)").lost_state
        second = session.run(_DRAWING)
        assert len({*first.figures, *second.figures, session.folder / "figure-1.png"}) == 3
        assert (session.folder / "figure-1.png").read_text() == "mine"

    def test_memory_of_a_table_that_is_too_large_is_refused(
        self, sandbox: Sandbox, session: Session
    ) -> None:
        """As the error of that limit, whichever library wants it."""
        pytest.importorskip("numpy")
        small = sandbox.start(session.folder / "small", Limits(memory=400 * 1024 * 1024))
        try:
            error = small.run("import numpy as np\nnp.ones(10 ** 9)").error
            assert type(error).__name__ == "MemoryLimitError"
            assert small.run("6 * 7").value == "42"
        finally:
            small.close()
