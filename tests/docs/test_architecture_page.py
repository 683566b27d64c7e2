"""What docs/architecture.md says of the code is so: its functions, and the order of its files.

The page names a function beside its file: the path in backticks, a space or the border of a table's
cell, and the function in backticks. Further functions of that file may follow, with commas:

    `agentcore/runtime/mailbox.py` `Mailbox.post`, `Mailbox.run`

A method is named with its class, and beside the file that defines it, which may be that of a base
class. The diagrams name only what the text names with its file; functions have parentheses there.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
TEXT, *_ = re.split(r"^## About the diagrams$", PAGE, flags=re.MULTILINE)
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROSE = DIAGRAM.sub("", TEXT)
BESIDE = re.compile(r"`([\w/]+\.py)`((?:(?:,\s+|\s+\|\s+|\s+)`[A-Za-z_][\w.]*`)+)")
METHOD = re.compile(r"[A-Z]\w*\.[a-z_]\w*")
ORDER = re.compile(r"^\| `([\w/]+)` \| ([\w, ]+ < [\w, <]+) \|$", re.MULTILINE)


def named_in(text: str) -> list[tuple[str, str]]:
    """Give each file that a text names with a function beside it, and the function."""
    return [
        (path, name)
        for path, names in BESIDE.findall(text)
        for name in re.findall(r"`([\w.]+)`", names)
    ]


@cache
def defined_in(path: str) -> frozenset[str]:
    """Give what a file defines: functions, classes, their methods, and constants."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return frozenset(names)


NAMED = named_in(PROSE)


def test_every_function_is_in_the_file_named_beside_it() -> None:
    """A reader who opens the file finds the function there."""
    files = {path for path, _ in NAMED if not (ROOT / path).exists()}
    assert files == set()
    assert [f"{path} {name}" for path, name in NAMED if name not in defined_in(path)] == []
    assert len(NAMED) > 100


def test_every_method_in_the_text_has_its_file() -> None:
    """No method stands in the text without its file, here or earlier on the page."""
    methods = {name for name in re.findall(r"`([\w.]+)`", PROSE) if METHOD.fullmatch(name)}
    assert methods - {name for _, name in NAMED} == set()


def test_the_diagrams_name_what_the_text_names() -> None:
    """A method or function in a diagram is one that the text names with its file."""
    diagrams = "\n".join(DIAGRAM.findall(TEXT))
    used = set(METHOD.findall(diagrams)) | set(re.findall(r"(?<![.\w])(\w+)\(\)", diagrams))
    assert len(used) > 20
    assert used - {name for _, name in NAMED} == set()


def test_the_check_sees_what_is_wrong() -> None:
    """A name that is not there is seen, in the text and in a table."""
    text = (
        "By `agentcore/runtime/mailbox.py`\n`Mailbox.post`, `Mailbox.gone` it is `put` there.\n"
        "| why | `agentcore/protocol/rules.py` | `chain_for`, `no_such_function` |\n"
    )
    wrong = [name for path, name in named_in(text) if name not in defined_in(path)]
    assert wrong == ["Mailbox.gone", "no_such_function"]


@pytest.mark.parametrize(("folder", "order"), ORDER.findall(TEXT))
def test_the_files_of_a_folder_are_in_the_order_of_their_imports(folder: str, order: str) -> None:
    """Each file of the folder is listed, and imports only what is to the left of a ``<``."""
    levels = [re.findall(r"\w+", level) for level in order.split(" < ")]
    rank = {name: number for number, names in enumerate(levels) for name in names}
    paths = {path.stem: [path] for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"}
    paths |= {
        path.parent.name: [*path.parent.rglob("*.py")]
        for path in (ROOT / folder).glob("*/__init__.py")
    }
    assert set(rank) == set(paths)
    module = folder.removeprefix("backends/").replace("/", ".")
    wrong = []
    for name, files in paths.items():
        for file in files:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                found = re.match(rf"{module}\.(\w+)", getattr(node, "module", None) or "")
                if found and found[1] != name and rank[found[1]] >= rank[name]:
                    wrong.append(f"{name} imports {found[1]}")
    assert wrong == []


def test_the_order_of_files_is_on_the_page() -> None:
    """The runtime's folders, the sandbox and both backends are listed."""
    assert len(ORDER.findall(TEXT)) == 6
