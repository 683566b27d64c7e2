"""The shape of the code: who may import whom, read from the imports themselves."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import agentcore

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "agentcore": ROOT / "agentcore",
    "agentcore_thread": ROOT / "backends" / "agentcore_thread",
    "agentcore_ray": ROOT / "backends" / "agentcore_ray",
}
PUBLIC = {
    "agentcore", "agentcore.backend", "agentcore.errors", "agentcore.models", "agentcore.testing",
}  # fmt: skip
FOR_USERS = PUBLIC | {
    "agentcore.data", "agentcore.mcp", "agentcore.memory", "agentcore.retrieval",
    "agentcore.sandbox", "agentcore.testing.strategies", "agentcore_thread", "agentcore_ray",
}  # fmt: skip
VAGUE = {
    "common", "desk", "fan", "floor", "handler", "handlers", "helper", "helpers", "house", "logic",
    "manager", "mind", "misc", "moving", "quick", "residents", "seat", "stuff", "things", "traffic",
    "util", "utils",
}  # fmt: skip
IMPURE = {
    "_thread", "asyncio", "concurrent", "datetime", "logging", "loguru", "multiprocessing",
    "pykka", "queue", "random", "ray", "sched", "secrets", "selectors", "signal", "socket",
    "subprocess", "threading", "time", "uuid",
}  # fmt: skip


def modules_of(package: str) -> dict[str, Path]:
    """Give the files of a package by the names of their modules."""
    folder = PACKAGES[package]
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def statements(path: Path) -> Iterator[ast.AST]:
    """Give every node of a module, also in functions, and what only type checkers read."""
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imports_of(path: Path, known: dict[str, Path]) -> set[str]:
    """Give the modules that a file imports, wherever in it; of a known package, the part meant."""
    found = set()
    for node in statements(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            parts = inner.intersection(known)
            found |= parts
            if len(parts) < len(inner):
                found.add(node.module)
    return found


def imported_by(package: str) -> dict[str, set[str]]:
    """Give what each module of a package imports."""
    known = {name: path for each in PACKAGES for name, path in modules_of(each).items()}
    return {name: imports_of(path, known) for name, path in modules_of(package).items()}


def layers() -> dict[str, int]:
    """Give the layer of each package of agentcore, 0 the lowest, as import-linter has them."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (rows,) = [each["layers"] for each in contracts if each.get("containers") == ["agentcore"]]
    return {
        name.strip(): rank for rank, row in enumerate(reversed(rows)) for name in row.split("|")
    }


def roots(names: set[str]) -> set[str]:
    """Give the top-level packages of some modules."""
    return {name.partition(".")[0] for name in names}


def test_the_state_machine_imports_nothing_that_acts() -> None:
    """Nothing that the machine reaches knows a thread, a clock, chance, a log or a backend."""
    imports = imported_by("agentcore")
    waiting, reached = ["agentcore.protocol.transitions"], set[str]()
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(name for name in imports[module] if name in imports)
    assert {
        "agentcore.protocol.transitions",
        "agentcore.base.fast_frozen",
        "agentcore.base.errors",
    } <= reached
    offenders = {name: sorted(roots(imports[name]) & IMPURE) for name in reached}
    assert {name: found for name, found in offenders.items() if found} == {}


def test_no_import_goes_up() -> None:
    """A package imports lower layers only, and never one beside it."""
    rank = layers()
    wrong = []
    for module, used in imported_by("agentcore").items():
        own = (*module.split("."), "")[1]
        for name in used:
            other = (*name.split("."), "")[1]
            if name.partition(".")[0] != "agentcore" or own == other or not own:
                continue
            if not other or rank[other] >= rank[own]:
                wrong.append(f"{module} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_files_import_each_other_in_a_circle(package: str) -> None:
    """Whoever reads a file needs only files below it."""
    try:
        TopologicalSorter(imported_by(package)).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' > '.join(error.args[1])}")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_has_at_most_300_lines(package: str) -> None:
    """A file that is longer has more than one concept."""
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in modules_of(package).items()
    }
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_each_package_says_what_belongs_there() -> None:
    """Its docstring has at least two sentences: what is in it, and what it may import."""
    for name, path in modules_of("agentcore").items():
        if path.name == "__init__.py" and name not in PUBLIC:
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            assert text.count(". ") + text.count(".\n") >= 1, name
            assert "import" in text, name


def sources_for_users() -> dict[str, str]:
    """Give the examples, and the code of the documentation, by their names."""
    found = {
        str(path): path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")
    }
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
            found[f"{page}, block {number}"] = block
    return found


def test_documentation_and_examples_use_public_names_only() -> None:
    """What users copy is promised to them: names in ``__all__`` of a public module."""
    for where, source in sources_for_users().items():
        for node in ast.walk(ast.parse(source)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                own = isinstance(node.value, ast.Name) and node.value.id == "self"
                assert own or node.attr == "_messages" or node.attr.startswith("__"), where
            for name in names:
                if name.partition(".")[0] not in PACKAGES:
                    continue
                assert name in FOR_USERS, f"{where} imports {name}"
                if isinstance(node, ast.ImportFrom):
                    public = importlib.import_module(name).__all__
                    assert {alias.name for alias in node.names} <= {*public, "*"}, where


def test_agentcore_imports_no_backend() -> None:
    """The framework names its backends in one table of texts, and imports none of them."""
    forbidden = {"agentcore_ray", "agentcore_thread", "pykka", "ray"}
    found = {name: roots(used) & forbidden for name, used in imported_by("agentcore").items()}
    assert {name: used for name, used in found.items() if used} == {}


def test_a_backend_is_imported_by_its_name_in_one_place_alone() -> None:
    """Only `find_backend` does; beside it, the packages of extras and users' own modules."""
    ways = ("import_module", "__import__", "resolve_name")
    users = set()
    for name, path in modules_of("agentcore").items():
        names = {getattr(node, "attr", getattr(node, "id", "")) for node in statements(path)}
        if names.intersection(ways):
            users.add(name)
    others = {
        "agentcore.base.extras", "agentcore.base.named_objects", "agentcore.models.settings",
        "agentcore.sandbox.inside.runner",
    }  # fmt: skip
    assert users - others == {"agentcore.config.backends"}


@pytest.mark.parametrize("backend", ["agentcore_thread", "agentcore_ray"])
def test_a_backend_imports_public_modules_of_agentcore_only(backend: str) -> None:
    """What a backend of this distribution needs, anybody's backend can have too."""
    for module, used in imported_by(backend).items():
        of_agentcore = {name for name in used if name.partition(".")[0] == "agentcore"}
        assert of_agentcore <= PUBLIC, f"{module} imports {sorted(of_agentcore - PUBLIC)}"


def test_a_backend_takes_only_public_names_of_agentcore() -> None:
    """No backend imports a name with an underscore, from wherever it is public."""
    for package in ("agentcore_thread", "agentcore_ray"):
        for path in modules_of(package).values():
            for node in statements(path):
                if isinstance(node, ast.ImportFrom) and (node.module or "") in PUBLIC:
                    private = [a.name for a in node.names if a.name.startswith("_")]
                    assert not private, f"{path} imports {private} of {node.module}"


def test_the_thread_backend_knows_nothing_of_ray() -> None:
    """A host of Ray runs the thread backend inside, and not the other way round."""
    for module, used in imported_by("agentcore_thread").items():
        assert not roots(used) & {"agentcore_ray", "ray"}, module


def test_agentcore_imports_lightly() -> None:
    """``import agentcore`` loads no backend, and nothing that only some of its users need."""
    heavy = (
        "agentcore_ray", "agentcore_thread", "hypothesis", "jinja2",
        "msgspec", "pykka", "pytest", "ray", "rich", "tqdm", "typer", "filelock",
    )  # fmt: skip
    program = f"import sys, agentcore\nprint([name for name in {heavy!r} if name in sys.modules])\n"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_has_a_name_that_says_nothing(package: str) -> None:
    """A module is named for what it holds."""
    names = {part.strip("_") for name in modules_of(package) for part in name.split(".")}
    assert not names & VAGUE


@pytest.mark.parametrize("name", sorted(agentcore.__all__))
def test_a_public_name_exists_and_says_what_it_is(name: str) -> None:
    """Every name in ``__all__`` is there, with a docstring of its own."""
    value = getattr(agentcore, name)
    text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    assert text, f"{name} has no docstring"
    if hasattr(value, "__attrs_attrs__"):
        assert not text.startswith(f"{name}("), f"{name} has only a docstring made for it"


def test_every_module_says_what_it_is() -> None:
    """Each module begins with a docstring."""
    for package in PACKAGES:
        for name, path in modules_of(package).items():
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name


def test_every_public_thing_of_the_public_modules_is_listed_once() -> None:
    """``__all__`` of a public module has no doubles and no name that is not there."""
    for name in ("agentcore", "agentcore.backend", "agentcore.errors"):
        module = importlib.import_module(name)
        assert len(set(module.__all__)) == len(module.__all__), name
        assert not [each for each in module.__all__ if not hasattr(module, each)], name


def test_the_backends_folder_is_no_package() -> None:
    """It is a source root: a package of that name would collide with users' own folders."""
    assert not (ROOT / "backends" / "__init__.py").exists()
    assert importlib.util.find_spec("agentcore_thread") is not None
