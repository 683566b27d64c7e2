"""Templates of prompts, with ``{name}`` or in Jinja."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from agentcore.base.errors import RuleError

if TYPE_CHECKING:
    import jinja2

__all__ = ["Jinja", "Simple"]


@attrs.frozen
class Simple:
    """A template in which only ``{name}`` is replaced, so that it may contain JSON."""

    name: str
    template: str

    def __call__(self, variables: Mapping[str, Any]) -> str:
        # In one pass, so that braces in a value are not replaced.
        return re.sub(
            r"\{([^\W\d]\w*)\}", lambda match: self._value(match, variables), self.template
        )

    def _value(self, match: re.Match[str], variables: Mapping[str, Any]) -> str:
        if match[1] not in variables:
            raise _unknown(self.name, f"{match[0]} is no argument", variables)
        return str(variables[match[1]])


# Jinja uses the name ``self`` itself, for the blocks of a template. So the variable is renamed.
_SELF = "agentcore_self"


@attrs.define
class Jinja:
    """A Jinja template. It is compiled at its first use, because importing Jinja takes long."""

    name: str
    template: str
    compiled: jinja2.Template | None = attrs.field(default=None, init=False, eq=False, repr=False)

    def __call__(self, variables: Mapping[str, Any]) -> str:
        import jinja2

        if self.compiled is None:
            self.compiled = self._compile()
        known = {(_SELF if name == "self" else name): value for name, value in variables.items()}
        try:
            return self.compiled.render(known)
        except jinja2.UndefinedError as error:
            text = str(error.message).replace(_SELF, "self")
            raise _unknown(self.name, text, variables) from error

    def _compile(self) -> jinja2.Template:
        import jinja2

        environment = _environment()
        try:
            tree = environment.parse(self.template)
            for node in tree.find_all(jinja2.nodes.Name):
                if node.name == "self":
                    node.name = _SELF
            return environment.from_string(tree)
        except jinja2.TemplateSyntaxError as error:
            raise RuleError(
                f"the prompt {self.name} is no Jinja template, in line {error.lineno} of its "
                f'docstring: {error.message} (render="simple" leaves braces alone)'
            ) from error

    def __reduce__(self) -> tuple[Any, ...]:
        # A class of __main__ is pickled by value, its methods and prompts included, and a compiled
        # template cannot be pickled.
        return Jinja, (self.name, self.template)


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)


def _unknown(name: str, what: str, variables: Mapping[str, Any]) -> RuleError:
    known = ", ".join(sorted(map(str, variables))) or "none"
    return RuleError(f"the prompt {name} cannot be filled: {what}; its variables are: {known}")
