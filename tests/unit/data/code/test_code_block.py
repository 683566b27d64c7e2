"""The code in what a model said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.data.code.code_block import code_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Here:\n```python\nprint(1)\n```\nDone.", "print(1)"),
        ("```py\nprint(1)\n```", "print(1)"),
        ("~~~python\nprint(1)\n~~~", "print(1)"),
        ("```\nprint(1)\n```", "print(1)"),
        ("```python\nif x:\n    y = 1", "if x:\n    y = 1"),
        ("```text\n1 2 3\n```\n```python\nprint(2)\n```", "print(2)"),
        ("```python\nprint(1)\n```\nIt prints:\n```\nx = 1\n```", "print(1)"),
        ("print(1)", "print(1)"),
        ("```python\n\n\nx = 1\r\nprint(x)\n\n```", "x = 1\nprint(x)"),
        ("  ```python\n  \n  ```\n```python\nx = 2\n```", "x = 2"),
    ],
)
def test_the_code_is_found_however_it_is_fenced(text: str, code: str) -> None:
    """Also where the model forgot the end, named no language, or gave no fence at all."""
    assert code_in(text) == code


@pytest.mark.parametrize(
    "text", ["", "I cannot do that.", "Yes", "42", "no, never", "```sql\nSELECT 1 FROM t\n```"]
)
def test_words_are_no_code(text: str) -> None:
    """A lone word or number is Python, but does nothing."""
    assert code_in(text) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever a model says is code or is none."""
    code = code_in(text)
    assert code is None or code.strip()
