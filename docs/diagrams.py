"""The diagrams that are drawn from the code, as Mermaid.

The build of the site calls `DRAWN` for each comment ``<!-- diagram: NAME -->`` of a page;
``python docs/diagrams.py`` prints all of them.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import tomllib
import types
import typing
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, Final

from agentcore.errors import BudgetSpentError, ProtocolError

ROOT: Final = Path(__file__).resolve().parents[1]
FACES: Final = "agentcore, .backend, .errors"
# What `step` raises for what is illegal; the last one for a split in no parts.
REFUSALS: Final = (BudgetSpentError, ProtocolError, ZeroDivisionError)


def _layers() -> tuple[tuple[str, ...], ...]:
    """Give the packages by layers, the lowest first, from import-linter's contracts."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    inside, outside = (each["layers"] for each in config["tool"]["importlinter"]["contracts"])
    rows = [tuple(name.strip() for name in row.split("|")) for row in reversed(inside)]
    top = (FACES, *(name for name in rows.pop() if f".{name}" not in FACES))
    backends = [(name,) for name in reversed(outside) if name != "agentcore"]
    return (*rows, top, *backends)


LAYERS: Final = _layers()


# --- the packages, from the imports of their files -----------------------------------------------


def packages() -> str:
    """Draw the layers, and which package imports which.

    Imports in functions and for type checking count. Where a package imports another one by way of
    a third as well, only the longer way is drawn. An arrow that leads to no lower layer is dotted.
    """
    imports: dict[str, set[str]] = {name: set() for layer in LAYERS for name in layer}
    rank = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    for root in (ROOT, ROOT / "backends"):
        for file in sorted(root.glob("agentcore*/**/*.py")):
            module = ".".join(file.relative_to(root).with_suffix("").parts)
            imported = _imported(ast.parse(file.read_text(encoding="utf-8")))
            imports[room(module)] |= {room(name) for name in imported} - {room(module)}
    down = {name: {each for each in imports[name] if rank[each] < rank[name]} for name in imports}
    reached: dict[str, set[str]] = {}
    lines = ['%%{init: {"flowchart": {"rankSpacing": 24, "padding": 8}}}%%', "flowchart TD"]
    for number, layer in enumerate(LAYERS):
        boxes = [f'{_id(name)}["{name}"]' for name in layer]
        lines += [
            f'    subgraph layer{number}[" "]',
            *(f"        {box}" for box in boxes),
            "    end",
        ]
        for name in layer:
            further = {each for between in down[name] for each in reached[between]}
            reached[name] = down[name] | further
            lines += [f"    {_id(name)} --> {_id(each)}" for each in sorted(down[name] - further)]
            up = sorted(imports[name] - down[name])
            lines += [f"    {_id(name)} -.-> {_id(each)}" for each in up]
    return "\n".join(lines)


def room(module: str) -> str:
    """Give the package that a module is a part of; the public faces are one."""
    parts = module.split(".")
    if parts[0] != "agentcore":
        return parts[0]
    is_face = len(parts) == 1 or parts[1] in ("__init__", "backend", "errors")
    return FACES if is_face else parts[1]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found = [node.module or ""]
        elif isinstance(node, ast.Import):
            found = [each.name for each in node.names]
        else:
            continue
        yield from (name for name in found if re.match(r"agentcore(_|\.|$)", name))


def _id(name: str) -> str:
    return "faces" if name == FACES else name


# --- the state machine, from what its table does with every kind of event -------------------------


def state_machine() -> str:
    """Draw the phases of a conversation, and which event leads from one to which, with what effect.

    Each event is tried in each phase with every combination of sample values, by `step` itself: so
    the diagram shows what the table of transitions does.
    """
    machine = importlib.import_module("agentcore.protocol.transitions")
    edges: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    exchanges = list(_samples(machine.Exchange))
    for kind in typing.get_args(machine.Event):
        for exchange, event in itertools.product(exchanges, list(_samples(kind))):
            with suppress(*REFUSALS):
                after, effect = machine.step(exchange, event)
                does = effect.name if isinstance(effect, Enum) else type(effect).__name__
                events = edges[exchange.phase.name, after.phase.name][does]
                if kind.__name__ not in events:
                    events.append(kind.__name__)
    # A flowchart: Mermaid lets the labels overlap where a state has an arrow to itself.
    lines = ["flowchart LR", "    begin((begin)) --> OPEN"]
    for (before, then), effects in edges.items():
        label = "<br>".join(f"{', '.join(events)}: {does}" for does, events in effects.items())
        stays = f'{before}["<b>{before}</b><br>{label}"]'
        lines.append(f"    {stays}" if before == then else f'    {before} -- "{label}" --> {then}')
    return "\n".join(lines)


def _samples(cls: type) -> Iterator[Any]:
    """Give an instance for every combination of sample values of its fields."""
    hints = typing.get_type_hints(cls)
    for values in itertools.product(*(_values(hint) for hint in hints.values())):
        yield cls(**dict(zip(hints, values, strict=True)))


def _values(hint: Any) -> list[Any]:
    if isinstance(hint, types.UnionType):
        return [value for each in typing.get_args(hint) for value in _values(each)]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[:4]  # all phases; of the reasons to stop a few are enough
    return {bool: [False, True], int: [0, 1], str: ["", "text"], type(None): [None]}[hint]


DRAWN: Final = {"packages": packages, "state machine": state_machine}

if __name__ == "__main__":
    for title, draw in DRAWN.items():
        print(f"%% {title}\n{draw()}\n")
