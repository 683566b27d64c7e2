"""What the reference needs to know that griffe, which reads the source, does not.

Griffe knows how classes of `dataclasses` are constructed, and not those of attrs. Its Markdown has no
`::` before a block of code, and its sections have one name an item: our docstrings have both.
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
        made = any(mark.callable_path in ("attrs.frozen", "attrs.define") for mark in cls.decorators)
        if not made or "__init__" in cls.members:
            return
        given = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
        for name, field in cls.attributes.items():
            options = _options(field.value)
            is_field = "instance-attribute" in field.labels and field.annotation is not None
            if is_field and options.get("init") != "False":
                kinds = griffe.ParameterKind
                keyword = "kw_only" in options
                kind = kinds.keyword_only if keyword else kinds.positional_or_keyword
                field.value = options.get("default")
                given.append(
                    griffe.Parameter(
                        name.lstrip("_"), annotation=field.annotation, kind=kind, default=field.value
                    )
                )
        init = griffe.Function("__init__", parameters=griffe.Parameters(*given), parent=cls)
        cls.set_member("__init__", init)


def _one_each(item: re.Match[str]) -> str:
    return "\n".join(f"    {name}: {item[2]}" for name in item[1].split(", "))


def _options(value: Any) -> dict[str, Any]:
    """Give what ``attrs.field(...)`` is called with; a plain value is a default."""
    if not isinstance(value, griffe.ExprCall) or not value.canonical_path.startswith("attrs."):
        return {} if value is None else {"default": value}
    found: dict[str, Any] = {each.name: each.value for each in value.arguments}  # type: ignore[union-attr]
    if "factory" in found:
        found["default"] = "..."
    return found
