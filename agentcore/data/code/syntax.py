"""Reading a model's code without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["assigned_names", "bound_names", "parsed", "printed_names", "used_names"]


def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree of code; ``None`` if it is no Python."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def used_names(tree: ast.AST) -> tuple[str, ...]:
    """Return the names that code reads, in order."""
    return tuple(
        dict.fromkeys(
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )
    )


def bound_names(tree: ast.AST) -> frozenset[str]:
    """Return the names that code gives a value anywhere, by whatever statement."""
    return frozenset(_bound(tree))


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((each.asname or each.name).split(".")[0] for each in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def assigned_names(tree: ast.Module) -> tuple[str, ...]:
    """Return the variables that the program's own level assigns, the last one first."""
    names: list[str] = []
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.For)):
            names += [
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
    return tuple(dict.fromkeys(reversed(names)))


def printed_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that stand in calls of ``print``, or in the last line if it is a value."""
    roots: list[ast.AST] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    roots += [line for line in tree.body[-1:] if isinstance(line, ast.Expr)]
    return frozenset(name for root in roots for name in used_names(root))
