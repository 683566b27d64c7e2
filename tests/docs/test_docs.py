"""The code of the documentation runs, prints what the pages say, and the site can be built of it.

Blocks of Python of one page run in order, in one namespace, in an empty working directory. HTML
comments, invisible to readers, say what is special about what comes next:

- ``<!-- output -->``: the next block of text is what the block of Python before it prints;
- ``<!-- ray -->``: the next block needs Ray, and so is run only where Ray tests are; in the first
  line of a page it speaks for all of its blocks;
- ``<!-- sandbox -->``, in the first line of a page: it is run on machines that have a sandbox;
- ``<!-- pytest -->``, in the first line of a page: its blocks together are a module of tests.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import re
import runpy
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import attrs
import pytest
from typer.main import get_command

from agentcore import connect
from agentcore.cli.app import app
from agentcore.errors import SandboxMissingError
from agentcore.mcp.__main__ import main as serve_command
from agentcore.protocol.transitions import Event, Phase
from agentcore.sandbox import open_sandbox

ROOT = Path(__file__).parents[2]
FACES = (
    "agentcore",
    *(f"agentcore.{each}" for each in ("backend", "errors", "models", "mcp", "testing")),
    *(f"agentcore.{each}" for each in ("data", "memory", "retrieval", "sandbox")),
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DRAWN = runpy.run_path(str(ROOT / "docs" / "diagrams.py"))["DRAWN"]
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
        if is_marked(page, "pytest"):
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
    if is_marked(page, "sandbox"):
        try:
            open_sandbox()
        except SandboxMissingError as error:
            pytest.skip(str(error))
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


def entries() -> set[str]:
    """Give the dotted path of everything that the pages of the reference describe."""
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs/reference").glob("*.md"))
    return {path for page in pages for path in re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE)}


def built(folder: Path, *options: str) -> tuple[int, list[str]]:
    """Build the site in a folder, as ``tox run -e docs`` does: its exit code, and its warnings."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "backends")])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    warnings = re.findall(r"^(?:WARNING|ERROR) +-  (.*)$", done.stdout + done.stderr, re.MULTILINE)
    return done.returncode, warnings


def test_the_site_has_every_entry_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    """MkDocs finds no fault, and a reader finds each entry by searching."""
    assert built(tmp_path) == (0, [])
    index = json.loads((tmp_path / "search/search_index.json").read_text(encoding="utf-8"))
    found = {page["location"].rpartition("#")[2] for page in index["docs"]}
    modules = {*FACES, "agentcore.testing.strategies"}  # described without a heading
    assert entries() - modules - found == set()
    architecture = (tmp_path / "architecture/index.html").read_text(encoding="utf-8")
    assert architecture.count('<pre class="mermaid">') >= len(DRAWN)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """The check itself sees a missing file, a missing heading, and no more than that."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(
        "# A heading, and `code`\n"
        "[here](#a-heading-and-code) [file](index.md) [site](https://example.org/x)\n"
        "[lost](lost.md) [not here](#elsewhere) [out](../nowhere)\n"
        "```python\nlinks = table[0](nowhere.md)\n```\n",
        encoding="utf-8",
    )
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {ROOT / 'mkdocs.yml'}\n"
        f"hooks: [{ROOT / 'docs/hooks.py'}]\n"
        "docs_dir: docs\nnav: [index.md]\nplugins: []\nvalidation: {nav: {omitted_files: info}}\n",
        encoding="utf-8",
    )
    code, warnings = built(tmp_path / "site", "-f", str(tmp_path / "mkdocs.yml"))
    assert code == 1
    assert [re.search(r"link '(.*?)'", each)[1] for each in warnings] == [  # type: ignore[index]
        "lost.md", "../nowhere", "#elsewhere",
    ]  # fmt: skip


def test_every_page_is_linked_from_the_index() -> None:
    """docs/index.md, or that of its folder, leads to each page, so that none is lost on a forge."""
    lost = []
    for page in PAGES[1:]:
        indexes = [ROOT / "docs/index.md", page.parent / "index.md"]
        links = {
            (index.parent / target).resolve()
            for index in indexes
            if index.exists()
            for target in re.findall(r"\]\(([^)#]+)\)", index.read_text(encoding="utf-8"))
        }
        if page not in links and page != indexes[0]:
            lost.append(page.relative_to(ROOT))
    assert lost == []


def test_every_public_name_has_its_entry() -> None:
    """What a face exports is described in the reference, there or at another face that has it."""
    described = [pkgutil.resolve_name(each) for each in entries() if each.startswith("agentcore.")]
    missing = [
        f"{face}.{name}"
        for face in FACES
        for name in importlib.import_module(face).__all__
        if not any(getattr(sys.modules[face], name) is each for each in described)
    ]
    assert missing == []


def test_the_command_line_is_described_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Its page has each option of the commands, and of pytest's plugin."""
    with pytest.raises(SystemExit):
        serve_command(["--help"])
    plugin = (ROOT / "agentcore/testing/pytest_plugin.py").read_text(encoding="utf-8")
    options = set(re.findall(r"--(?!help)[a-z][\w-]+", capsys.readouterr().out))
    options |= set(re.findall(r'"(--agentcore-[\w-]+)"', plugin))
    group: Any = get_command(app)
    for command in (group, *group.commands.values()):
        options |= {each for parameter in command.params for each in parameter.opts}
    page = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert {each for each in options if each[:2] == "--" and f"`{each}" not in page} == set()


def test_the_diagrams_are_drawn_from_the_code() -> None:
    """The map has every package, and the state machine every phase and every event."""
    folders = {each.parent.name for each in (ROOT / "agentcore").glob("*/__init__.py")}
    assert {name for name in folders if f'["{name}"]' not in DRAWN["packages"]()} == set()
    machine = DRAWN["state machine"]()
    words = [*Phase.__members__, *(event.__name__ for event in typing.get_args(Event))]
    assert [word for word in words if not re.search(rf"\b{word}\b", machine)] == []


def test_every_file_that_is_named_is_there() -> None:
    """The pages name files and folders of the project as they are now."""
    named = re.compile(r"`((?:agentcore|backends|docs|tests)/[\w./]+)`")
    pages = [*PAGES, ROOT / "CONTRIBUTING.md"]
    paths = {path for page in pages for path in named.findall(page.read_text(encoding="utf-8"))}
    assert {path for path in paths if "NAME" not in path and not (ROOT / path).exists()} == set()
    assert paths
