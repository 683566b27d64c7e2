"""What the reference needs to know that griffe, which reads the source, does not.

Griffe knows how classes of `dataclasses` are constructed, and not those of attrs. Markdown has no
`::` before a block of code, and griffe's sections have one name an item; our docstrings have `::`,
and items of several names.
"""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

# "    name, other: meaning", and the lines that go on with the meaning.
SEVERAL: Final = re.compile(r"^    (\*?\w+(?:, \*?\w+)+): (.*(?:\n {5,}.+)*)$", re.MULTILINE)


class Attrs(griffe.Extension):
    """Gives classes of attrs their constructor, and docstrings plain Markdown."""

    def on_instance(self, *, obj: griffe.Object, **others: Any) -> None:
        """Write ``text::`` as ``text:``, and an item that has several names as an item for each."""
        if obj.docstring is not None:
            text = re.sub(r"^ *::\n", "", obj.docstring.value, flags=re.MULTILINE)
            text = re.sub(r"::$", ":", text, flags=re.MULTILINE)
            obj.docstring.value = SEVERAL.sub(_one_each, text)

    def on_class(self, *, cls: griffe.Class, **others: Any) -> None:
        """Add the ``__init__`` that attrs writes."""
        marks = {mark.callable_path for mark in cls.decorators}
        if not marks & {"attrs.frozen", "attrs.define"} or "__init__" in cls.members:
            return
        kinds = griffe.ParameterKind
        given = [griffe.Parameter("self", kind=kinds.positional_or_keyword)]
        for name, field in cls.attributes.items():
            options = _options(field.value, cls.module)
            is_field = "instance-attribute" in field.labels and field.annotation is not None
            if not is_field or options.get("init") == "False":
                continue
            kind = kinds.keyword_only if "kw_only" in options else kinds.positional_or_keyword
            field.value = options.get("default")
            about = {"annotation": field.annotation, "kind": kind, "default": field.value}
            given.append(griffe.Parameter(name.lstrip("_"), **about))
        init = griffe.Function("__init__", parameters=griffe.Parameters(*given), parent=cls)
        cls.set_member("__init__", init)


def _one_each(item: re.Match[str]) -> str:
    return "\n".join(f"    {name}: {item[2]}" for name in item[1].split(", "))


def _options(value: Any, module: griffe.Module) -> dict[str, Any]:
    """Give what ``attrs.field(...)`` is called with; a plain value is a default."""
    shared = module.attributes.get(str(value))  # a field that several classes or names have
    if shared is not None and isinstance(shared.value, griffe.ExprCall):
        value = shared.value
    if not isinstance(value, griffe.ExprCall) or not value.canonical_path.startswith("attrs."):
        return {} if value is None else {"default": value}
    found = {each.name: each.value for each in value.arguments if hasattr(each, "name")}
    return {"default": "...", **found} if "factory" in found else found
