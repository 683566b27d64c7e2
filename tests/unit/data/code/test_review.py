"""What is said of code before it runs."""

from __future__ import annotations

from agentcore.data.code.review import complaint, with_imports


def test_what_code_uses_without_having_imported_it_is_imported() -> None:
    """What it imports, is given or assigns itself is not."""
    code = "x = np.mean(df['a'])\nplt.plot(x)\nre = 1\nprint(re)"
    assert with_imports(code, ("np",)) == f"import matplotlib.pyplot as plt\n{code}"
    assert with_imports("import numpy as np\nnp.mean([1])") == "import numpy as np\nnp.mean([1])"
    assert with_imports("this is no code") == "this is no code"


def test_code_that_does_not_use_the_table_is_complained_of() -> None:
    """It makes up its data."""
    told = complaint("df2 = [1, 2]\nprint(sum(df2))", ("df",))
    assert told is not None
    assert "`df`" in told
    assert complaint("print(df.mean())", ("df",)) is None
    assert complaint("print(1)", ()) is None


def test_results_that_one_expression_computes_are_complained_of() -> None:
    """Where the code prints both, and they are computed: small models copy a line so."""
    same = "a = df[df.x > 1].y.mean()\nb = df[df.x > 1].y.mean()\nprint(a, b)"
    told = complaint(same, ("df",))
    assert told is not None
    assert "`a` and `b`" in told
    assert complaint("a = 0\nb = 0\nprint(a, b, len(df))", ("df",)) is None
    other = "a = df[df.x > 1].y.mean()\nb = df[df.x > 2].y.mean()\nprint(a, b)"
    assert complaint(other, ("df",)) is None


def test_code_with_an_error_of_syntax_is_left_to_the_run() -> None:
    """Python says best where the error is."""
    assert complaint("print(", ("df",)) is None
