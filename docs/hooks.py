"""What the build of the site does beyond MkDocs and its plugins; see `mkdocs.yml`.

- `README.md` and other pages of the root are in the site too, so that their links are checked.
- A link out of `docs/`, which is right on a forge, becomes plain text if the site has no such page.
- A comment ``<!-- diagram: NAME -->`` becomes a diagram, drawn from the code.
- A public name in backticks becomes a link to its entry in the reference.
- `node_modules/mermaid`, if it is there, goes into the site: diagrams then need no network.
"""

from __future__ import annotations

import os.path
import re
from pathlib import Path
from typing import Final

from diagrams import DRAWN
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[1]
IN_SITE: Final = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
FROM_ROOT: Final = {path: name for name, path in IN_SITE.items()}
MERMAID: Final = "node_modules/mermaid/dist/mermaid.min.js"
LINK: Final = re.compile(r"\[([^][]*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")
DIAGRAM: Final = re.compile(r"^<!-- diagram: ([\w ]+) -->$", re.MULTILINE)
ENTRY: Final = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)
CODE: Final = re.compile(r'(?<!">)<code>(@?)([A-Za-z]\w+)(\(.*?\))?</code>')


def on_config(config: MkDocsConfig) -> None:
    """Let the site use the copy of Mermaid that is put into it."""
    if (ROOT / MERMAID).exists():
        config.extra_javascript.append("mermaid.min.js")


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages of the root, and Mermaid."""
    for name, path in IN_SITE.items():
        files.append(File.generated(config, path, abs_src_path=str(ROOT / name)))
    if (ROOT / MERMAID).exists():
        copy = File.generated(config, "mermaid.min.js", abs_src_path=str(ROOT / MERMAID))
        files.append(copy)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links as a forge follows them into links of the site, and draw the diagrams."""
    here = page.file.src_uri
    folder = ROOT if here in FROM_ROOT else (Path(config.docs_dir) / here).parent

    def in_site(match: re.Match[str]) -> str:
        text, path, anchor = match[1], match[2], match[3] or ""
        target = Path(os.path.normpath(folder / path))
        is_outside = not target.is_relative_to(config.docs_dir)
        uri = IN_SITE.get(os.path.relpath(target, ROOT), "")
        if not is_outside:
            uri = target.relative_to(config.docs_dir).as_posix()
        if files.get_file_from_path(uri) is not None:
            return f"[{text}]({os.path.relpath(uri, os.path.dirname(here))}{anchor})"
        return text if is_outside and target.exists() else match[0]

    def drawn(match: re.Match[str]) -> str:
        return f"```mermaid\n{DRAWN[match[1]]()}\n```"

    return DIAGRAM.sub(drawn, LINK.sub(in_site, markdown))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link public names: classes as they are, functions where they are called or decorate."""
    entries = {path.rpartition(".")[2]: path for path in documented(Path(config.docs_dir))}

    def linked(match: re.Match[str]) -> str:
        at, name, call = match.groups()
        if name not in entries or not (at or call or name[0].isupper()):
            return match[0]
        return f'<autoref optional identifier="{entries[name]}">{match[0]}</autoref>'

    return CODE.sub(linked, html)


def documented(docs: Path) -> list[str]:
    """Give the dotted path of every entry of the reference."""
    pages = sorted(docs.glob("reference/*.md"))
    return [path for page in pages for path in ENTRY.findall(page.read_text(encoding="utf-8"))]
