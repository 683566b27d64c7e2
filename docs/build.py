"""Write docs/reference.md from the docstrings, and check the links of the documentation.

python docs/build.py            write the reference, and check the links
python docs/build.py --check    write nothing; fail if the reference is stale

It needs the standard library, and agentcore with the ``ray`` extra, whose docstrings it reads.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
REFERENCE = DOCS / "reference.md"

HEAD = """\
# Reference

Every public name, from its docstring. This page is written by `docs/build.py`; edit the docstrings
instead. Agents and what they use are imported from `agentcore`, models from `agentcore.models`, MCP
servers from `agentcore.mcp`, tools for tests from `agentcore.testing`.
"""

# The order in which names stand here; one that is missing stands under "More".
SECTIONS: dict[str, tuple[str, ...]] = {
    "Agents and rules": (
        "ConversableAgent", "UserProxyAgent", "agent_reply", "prompt", "ReplyRule",
        "get_agent_name",
    ),
    "Agents that think": (
        "tool", "Tool", "ToolRequest", "keep_last", "summarise", "HistoryPolicy",
    ),
    "Conversations of several": ("GroupChat", "Handoff", "Answers"),
    "Systems": ("connect", "AgentSystem", "AgentRef"),
    "Conversations": ("Chat", "ChatResult", "Transcript", "Entry", "StopReason", "StopKind"),
    "Messages": ("Message", "ChatResponse"),
    "Stop conditions": (
        "MaxMessages", "TextMention", "SourceMatch", "TokenBudget", "Elapsed", "External",
        "Condition",
    ),
    "Backends": ("ActorBackend",),
}  # fmt: skip

# Made by agentcore alone: how they are constructed is nobody's concern.
NOT_CONSTRUCTED = {
    "AgentRef", "AgentSystem", "Answers", "BackendConformance", "Chat", "ChatResult",
    "Entry", "ReplyRule", "StopReason", "ToolRequest", "Transcript",
}  # fmt: skip

SETTINGS = (
    ("agentcore.backend", "CoreSettings", "", "that all backends share"),
    ("agentcore_thread", "ThreadSettings", "thread", "of the backend `thread`"),
    ("agentcore_ray", "RaySettings", "ray", "of the backend `ray`"),
    ("agentcore.testing", "InlineSettings", "inline", "of the backend `inline`"),
    ("agentcore.models", "ModelSettings", "models.NAME", "of a model"),
)

# Modules that have a section of their own.
MODULES = (
    ("Models", "agentcore.models"),
    ("MCP", "agentcore.mcp"),
    ("Tools for tests", "agentcore.testing"),
)

PARTS = ("Args", "Attributes", "Raises", "Returns", "Yields")


# --- the reference --------------------------------------------------------------------------------


def reference() -> str:
    """Give the whole page."""
    core = importlib.import_module("agentcore")
    public = {name: getattr(core, name) for name in core.__all__}
    raised = importlib.import_module("agentcore.errors")
    errors = {name: value for name, value in vars(raised).items() if name in raised.__all__}
    placed = {name for names in SECTIONS.values() for name in names} | set(errors)
    more = tuple(name for name in core.__all__ if name not in placed)

    lines = [HEAD]
    for title, names in {**SECTIONS, "More": more}.items():
        found = [name for name in names if name in public]
        if found:
            lines.append(f"## {title}\n")
            lines.extend(entry(name, public[name]) for name in found)
        if title == "Backends":
            lines.append(backend_names())
    lines.append(error_section(raised, errors))
    lines.append(settings_section())
    for title, name in MODULES:
        lines.append(module_section(f"{title}: `{name}`", importlib.import_module(name)))
    return "\n".join(lines).rstrip() + "\n"


def entry(name: str, value: Any) -> str:
    """Describe one name: signature, docstring, and the members of a class."""
    lines = [f"### `{name}`\n", *signature_block(name, value), prose(value.__doc__)]
    if isinstance(value, type) and issubclass(value, Enum):
        lines += ["- " + ", ".join(f"`{member.name}`" for member in value), ""]
    elif isinstance(value, type):
        for member, function in members(value):
            heading = f"#### `{name}.{member}`\n"
            signature = [] if isinstance(function, property) else signature_block(member, function)
            lines += [heading, *signature, prose(function.__doc__)]
    return "\n".join(lines)


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """Give the public methods and properties of a class that have a docstring, as defined."""
    seen = set()
    public = [base for base in public_bases(cls) if base is not cls]
    for base in cls.__mro__:
        hidden = base.__module__.startswith("agentcore") and base.__name__[0] == "_"
        own = base is cls or (hidden and not any(issubclass(each, base) for each in public))
        for name, value in vars(base).items() if own else ():
            function = value
            if isinstance(value, classmethod | staticmethod):
                function = getattr(cls, name)  # so that it has its class already
            if name.startswith("_") or name in seen or is_described_elsewhere(cls, name):
                continue
            if (inspect.isroutine(function) or isinstance(function, property)) and function.__doc__:
                seen.add(name)
                yield name, function


def is_described_elsewhere(cls: type, name: str) -> bool:
    """Whether a member overrides one that a public base has."""
    return any(name in vars(base) for base in public_bases(cls) if base is not cls)


def public_bases(cls: type) -> list[type]:
    """Give the classes of agentcore that a class derives from and users know, itself included."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("agentcore")]
    return [base for base in ours if base.__name__[0] != "_"]


def signature_block(name: str, value: Any) -> list[str]:
    """Give the signature as a block of code; nothing where there is none to tell."""
    if isinstance(value, type):
        if name in NOT_CONSTRUCTED or issubclass(value, Enum) or inspect.isabstract(value):
            return []
        if value.__init__ is object.__init__ or "__init__" not in vars(value):
            return []
        if getattr(value, "_is_protocol", False):
            return []
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return []
    text = written(name, signature)
    prefix = "async " if inspect.iscoroutinefunction(value) else ""
    return [f"```python\n{prefix}{text}\n```\n"]


def written(name: str, signature: inspect.Signature) -> str:
    """Write a signature as in the source, on one line or on several."""
    shown: list[str] = []
    star = False
    positional = False
    for parameter in signature.parameters.values():
        if positional and parameter.kind is not parameter.POSITIONAL_ONLY:
            shown.append("/")
            positional = False
        if parameter.name == "self":
            continue
        positional = parameter.kind is parameter.POSITIONAL_ONLY
        if parameter.kind is parameter.VAR_POSITIONAL:
            star = True
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        shown.append(one_parameter(parameter))
    if positional:
        shown.append("/")
    returns = annotation(signature.return_annotation)
    tail = f" -> {returns}" if returns and returns != "None" else ""
    text = f"{name}({', '.join(shown)}){tail}"
    if len(text) <= 88:
        return text
    return f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f"){tail}"


def one_parameter(parameter: inspect.Parameter) -> str:
    """Write one parameter."""
    text: str = parameter.name
    if parameter.kind is parameter.VAR_POSITIONAL:
        text = f"*{text}"
    elif parameter.kind is parameter.VAR_KEYWORD:
        text = f"**{text}"
    hint = annotation(parameter.annotation)
    if hint:
        text += f": {hint}"
    if parameter.default is parameter.empty:
        return text
    default = shown_default(parameter.default)
    if default.startswith("<") or default == "NOTHING":
        default = "..."  # what it shows may differ from run to run
    return f"{text} = {default}" if hint else f"{text}={default}"


def shown_default(value: Any) -> str:
    """Write a default; of a value that has defaults alone no more than its class."""
    cls = type(value)
    if hasattr(cls, "__attrs_attrs__") and repr(value) == repr(cls()):
        return f"{cls.__name__}()"
    return repr(value)


def annotation(value: Any) -> str:
    """Write an annotation as it stands in the source."""
    if value is inspect.Signature.empty:
        return ""
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))


def backend_names() -> str:
    """List what `agentcore.backend` has, with the first line of each docstring."""
    module = importlib.import_module("agentcore.backend")
    lines = ["### `agentcore.backend`\n", prose(module.__doc__)]
    for name in module.__all__:
        first = inspect.cleandoc(getattr(module, name).__doc__ or "").partition("\n")[0]
        lines.append(f"- `{name}`: {inline(first)}")
    return "\n".join([*lines, ""])


def error_section(module: ModuleType, errors: dict[str, Any]) -> str:
    """Draw the tree of errors, and describe each."""
    tree = (module.__doc__ or "").partition("::\n")[2].partition("\n\nEvery")[0]
    after = "Every" + (module.__doc__ or "").partition("\n\nEvery")[2]
    lines = ["## Errors\n", "```text", inspect.cleandoc(tree), "```\n", prose(after)]
    for name, value in errors.items():
        lines += [f"### `{name}`\n", prose(value.__doc__)]
    return "\n".join(lines)


def settings_section() -> str:
    """Give a table for each class of settings."""
    lines = [
        "## Settings\n",
        "[Configure](howto/configure.md) says where they are read from. Each is an option of",
        "`connect()`, too.\n",
    ]
    for module, name, section, what in SETTINGS:
        cls = getattr(importlib.import_module(module), name)
        meaning = dict(described(cls.__doc__))
        words = section.upper().replace(".", "_")
        prefix = f"AGENTCORE_{words}_" if section else "AGENTCORE_"
        place = f"table `[{section}]`" if section else "top level of the file"
        lines += [f"### `{name}`\n", f"Settings {what}; {place}.\n"]
        lines += ["| key | type | default | variable | meaning |", "|---|---|---|---|---|"]
        for parameter in inspect.signature(cls).parameters.values():
            key = parameter.name
            hint = annotation(parameter.annotation).replace("|", "\\|")
            # Models have a table for each, and variables of their own.
            variable = "" if key == "models" else f"`{prefix}{key.upper()}`"
            lines.append(
                f"| `{key}` | `{hint}` | `{parameter.default!r}` | {variable} "
                f"| {meaning.get(key, '')} |"
            )
        lines.append("")
    return "\n".join(lines)


def described(docstring: str | None) -> Iterator[tuple[str, str]]:
    """Give name and meaning of each attribute that a docstring describes."""
    text = inspect.cleandoc(docstring or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    for names, meaning in items(textwrap.dedent(text).splitlines()):
        for name in names.split(", "):
            yield name, inline(meaning)


def module_section(title: str, module: ModuleType) -> str:
    """Describe a module: its docstring, and its public names but for the settings."""
    lines = [f"## {title}\n", prose(module.__doc__)]
    for name in module.__all__:
        value = getattr(module, name)
        if not name.endswith("Settings") and getattr(value, "__doc__", None):
            lines.append(entry(name, value) if name not in NOT_CONSTRUCTED else brief(name, value))
    return "\n".join(lines)


def brief(name: str, value: Any) -> str:
    """Describe a class without its members."""
    return f"### `{name}`\n\n{prose(value.__doc__)}"


# --- docstrings to Markdown -----------------------------------------------------------------------


def prose(docstring: str | None) -> str:
    """Turn a docstring into Markdown: its sections become lists, its literal blocks code."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    out: list[str] = []
    while lines:
        line = lines.pop(0)
        if line.rstrip(":") in PARTS and line.endswith(":"):
            out += [f"{line.rstrip(':')}:", "", *part(indented(lines)), ""]
        elif line.endswith("::"):
            out += [inline(line[:-2] + ":"), "", *code(indented(lines)), ""]
        else:
            out.append(inline(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip() + "\n"


def indented(lines: list[str]) -> list[str]:
    """Take the indented lines off the front, blank ones among them included."""
    taken = []
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        taken.append(lines.pop(0))
    while taken and not taken[-1].strip():
        taken.pop()
        lines.insert(0, "")
    return textwrap.dedent("\n".join(taken)).splitlines()


def part(lines: list[str]) -> list[str]:
    """Write the lines of a section as a list."""
    if not any(re.match(r"[\w*, .`]+: ", line) for line in lines):
        return [inline(line) for line in lines]
    return [
        f"- {', '.join(f'`{name}`' for name in names.split(', '))}: {inline(meaning)}"
        for names, meaning in items(lines)
    ]


def items(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give name and meaning of each item of a section, continuation lines joined."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(" ") and found:
            found[-1][1] += " " + line.strip()
        else:
            name, _, meaning = line.strip().partition(": ")
            found.append([name, meaning])
    yield from ((name, meaning) for name, meaning in found)


def code(lines: list[str]) -> list[str]:
    """Write a literal block."""
    return ["```python", *"\n".join(lines).strip("\n").splitlines(), "```"]


def inline(line: str) -> str:
    """Write code within a line as Markdown has it."""
    return line.replace("``", "`")


# --- links ----------------------------------------------------------------------------------------


def broken_links(pages: Iterable[Path]) -> Iterator[str]:
    """Name each relative link that leads to no file, or to no heading of one."""
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"`[^`\n]*`", "", text)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                yield f"{page.relative_to(ROOT)}: {target} leads to no file"
            elif anchor and anchor not in anchors(file):
                yield f"{page.relative_to(ROOT)}: {target} leads to no heading"


def anchors(page: Path) -> set[str]:
    """Give the anchor of each heading, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def pages() -> list[Path]:
    """Give every page of the documentation, and those that stand in the root."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


# --- the command ----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Build or check; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    check = parser.parse_args(arguments).check

    text = reference()
    problems = []
    if not REFERENCE.exists() or REFERENCE.read_text(encoding="utf-8") != text:
        if check:
            problems.append("docs/reference.md is stale: run python docs/build.py")
        else:
            REFERENCE.write_text(text, encoding="utf-8")
            say("docs/reference.md was written")
    problems += broken_links(pages())
    for problem in problems:
        say(problem)
    if not problems:
        say("the reference is current, and every link leads somewhere")
    return bool(problems)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends")]
    sys.exit(main())
