"""The code of the documentation runs, and prints what the pages say it prints.

Blocks of Python of one page run in order, in one namespace, in an empty working directory. HTML
comments, invisible to readers, say what is special about what comes next:

- ``<!-- output -->``: the next block of text is what the block of Python before it prints;
- ``<!-- ray -->``: the next block needs Ray, and so is run only where Ray tests are; in the first
  line of a page it speaks for all of its blocks;
- ``<!-- pytest -->``, in the first line of a page: its blocks together are a module of tests.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from agentcore import connect

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "reference.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"(?:^<!-- (?P<mark>\w+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@attrs.frozen
class Block:
    """A block of Python.

    Attributes:
        line: where its code begins in its page.
        ray: whether it needs Ray.
        output: what it is to print, where the page says so.
    """

    text: str
    line: int
    ray: bool = False
    output: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """Give the blocks of Python of a page."""
    source = page.read_text(encoding="utf-8")
    blocks: list[Block] = []
    for match in FENCE.finditer(source):
        if match["language"] == "python":
            line = source.count("\n", 0, match.start("text")) + 1
            ray = match["mark"] == "ray" or is_marked(page, "ray")
            blocks.append(Block(match["text"], line, ray))
        elif match["mark"] == "output":
            blocks[-1] = attrs.evolve(blocks[-1], output=match["text"])
    return blocks


def is_marked(page: Path, mark: str) -> bool:
    """Whether a comment in the first line speaks for the whole page."""
    return page.read_text(encoding="utf-8").startswith(f"<!-- {mark} -->\n")


def runs() -> Iterator[Any]:
    """Give page by page what is to be run: without Ray, and with it where some block needs it."""
    for page in PAGES:
        if page == GENERATED or is_marked(page, "pytest"):
            continue
        name = str(page.relative_to(ROOT))
        blocks = blocks_of(page)
        plain = [block for block in blocks if not block.ray]
        if plain:
            yield pytest.param(page, plain, id=name)
        if len(plain) < len(blocks):
            yield pytest.param(page, blocks, id=f"{name}-ray", marks=pytest.mark.ray)


@pytest.mark.parametrize(("page", "blocks"), list(runs()))
def test_the_code_of_a_page_runs_and_prints_what_it_says(
    page: Path,
    blocks: list[Block],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """A reader who pastes the blocks one after the other sees what the page shows."""
    if any(block.ray for block in blocks):
        request.getfixturevalue("ray_cluster")
    monkeypatch.chdir(tmp_path)
    # Its classes are those of a script, as they are when a reader tries it.
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.ExitStack() as stack:
        stack.callback(close, namespace)
        for block in blocks:
            source = "\n" * (block.line - 1) + block.text
            exec(compile(source, str(page), "exec"), namespace)
            printed = capsys.readouterr().out
            if block.output is not None:
                assert printed == block.output, f"{page.name}, line {block.line}"
        for test in [value for name, value in namespace.items() if name.startswith("test_")]:
            with connect("inline") as system:  # what the fixture agent_system gives
                test(system)


def close(namespace: dict[str, Any]) -> None:
    """Close the system that a page, or its failure, left open."""
    system = namespace.get("system")
    if system is not None:
        system.close()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if is_marked(page, "pytest")], ids=lambda page: page.name
)
def test_the_tests_of_a_page_pass(page: Path, tmp_path: Path) -> None:
    """A page on tests is a module of tests; pytest runs it as it would for a reader."""
    source = "\n\n".join(block.text for block in blocks_of(page))
    (tmp_path / "test_page.py").write_text(source, encoding="utf-8")
    installed = any(each.name == "agentcore" for each in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "agentcore.testing.pytest_plugin"]
    roots = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= source.count("\ndef test_") > 0


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """docs/build.py, which is a script."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_link_leads_somewhere(build: ModuleType) -> None:
    """Relative links in the documentation lead to a file, and to a heading where they name one."""
    assert list(build.broken_links(build.pages())) == []


def test_a_broken_link_is_found(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check itself sees a missing file, a missing heading, and no more than that."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, and `code`\n"
        "[here](#a-heading-and-code) [file](page.md) [site](https://example.org/x)\n"
        "[lost](lost.md) [not here](#elsewhere)\n"
        "```python\nlinks = table[0](nowhere.md)\n```\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(build, "ROOT", tmp_path)
    found = list(build.broken_links([page]))
    assert found == [
        "page.md: lost.md leads to no file",
        "page.md: #elsewhere leads to no heading",
    ]


def test_every_page_is_linked_from_the_index() -> None:
    """docs/index.md leads to each page, so that none is lost."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = (page.relative_to(ROOT / "docs").as_posix() for page in PAGES[1:])
    assert [page for page in pages if page != "index.md" and f"({page})" not in index] == []


@pytest.mark.ray
def test_the_reference_is_what_the_docstrings_say(build: ModuleType) -> None:
    """docs/reference.md is current; ``python docs/build.py`` writes it anew.

    It reads the settings of the Ray backend, and so imports Ray, but starts no cluster.
    """
    assert build.reference() == GENERATED.read_text(encoding="utf-8")
