"""Finding the Python code in what a model said."""

from __future__ import annotations

import ast
import re
from typing import Final

__all__ = ["code_in"]

# An open block at the end is one that was cut off, or that the model forgot to close.
_BLOCK: Final = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)|\Z)", re.DOTALL | re.MULTILINE
)
_PYTHON: Final = ("python", "py", "python3")


def code_in(text: str) -> str | None:
    """Return the code in a model's answer: the first block of Python, or the whole text.

    A block that names another language counts only if it is Python all the same.

    Returns:
        the code, without empty lines around it; ``None`` if there is none.
    """
    blocks = [(word.lower(), code) for word, code in _BLOCK.findall(text) if code.strip()]
    for word, code in blocks:
        if word in _PYTHON:
            return _trimmed(code)
    for _, code in blocks:
        if _is_python(code):
            return _trimmed(code)
    return _trimmed(text) if _is_python(text) else None


def _trimmed(code: str) -> str:
    lines = [line.rstrip() for line in code.strip("\n").splitlines()]
    return "\n".join(lines).strip("\n")


def _is_python(text: str) -> bool:
    """Return whether a text is code that does something: a lone word is Python too, but no code."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    idle = (ast.Name, ast.Constant, ast.Tuple, ast.BinOp, ast.Compare, ast.UnaryOp)
    return any(not (isinstance(each, ast.Expr) and isinstance(each.value, idle)) for each in body)
