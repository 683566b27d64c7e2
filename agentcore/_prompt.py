"""Prompts written as docstrings."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, overload

import attrs

from agentcore.errors import RuleError

if TYPE_CHECKING:
    import jinja2

__all__ = ["PromptSpec", "prompt"]

P = ParamSpec("P")

_RENDERERS = {"jinja": "jinja", "jinja2": "jinja", "simple": "simple"}


@attrs.frozen
class PromptSpec:
    """What a method with ``@prompt`` knows of its prompt: its attribute ``__prompt__``.

    Attributes:
        template: the docstring, dedented.
        render: ``jinja`` or ``simple``.
        llm: what the decorator was given as ``llm=``; rendering does not use it.
    """

    template: str
    render: str
    llm: Any = None


class _Decorator(Protocol):
    def __call__(self, function: Callable[P, object], /) -> Callable[P, str]: ...


# A function is an object too; where both fit, the first is meant: ``@prompt`` without parentheses.
@overload
def prompt(function: Callable[P, object], /) -> Callable[P, str]: ...  # type: ignore[overload-overlap]
@overload
def prompt(llm: object = None, render: str = "jinja") -> _Decorator: ...
def prompt(first: Any = None, /, render: str = "jinja", *, llm: Any = None) -> Any:
    """Make the docstring of a method, or of a function, the template of a prompt.

    Calling the method fills it and returns the text. The template's variables are the method's
    arguments, defaults applied, ``self`` included, and what came as ``**kwargs``. If the body
    returns a dict, its items are variables too, and come before arguments of the same name.
    ``@prompt`` without parentheses does the same as ``@prompt()``::

        @prompt()
        def agent_prompt(self, task: str = "forward questions") -> str:
            \"\"\"You are {{ self.name }}. You {{ task }}.\"\"\"

    Args:
        llm: a model, or a function that gives it (a ``def`` by keyword only); kept for those who
            run the prompt, in ``method.__prompt__.llm``.
        render: ``jinja`` (or ``jinja2``), with every unknown name an error; ``simple`` replaces
            ``{name}`` alone, and leaves all other braces as they are.

    Raises:
        RuleError: at definition, there is no docstring, ``render`` is unknown, or it is no plain
            function. At the call, the template is no valid one, or has a name without a value.
    """
    bare = isinstance(first, FunctionType) and first.__name__ != "<lambda>"
    if bare or isinstance(first, staticmethod | classmethod):
        return _define(first, render, llm)
    if first is not None and llm is not None:
        raise RuleError("@prompt takes one llm; it was given two")
    model = first if llm is None else llm
    return lambda function: _define(function, render, model)


def _define(function: Any, render: str, llm: Any) -> Callable[..., str]:
    """Check all that can be checked before the first call, and wrap ``function``."""
    name = getattr(function, "__qualname__", type(function).__name__)
    if isinstance(function, staticmethod | classmethod):
        kind = type(function).__name__
        raise RuleError(f"@prompt decorates plain functions: write @{kind} above it, not below")
    if not isinstance(function, FunctionType):
        raise RuleError(f"@prompt decorates plain functions, and {name} is none")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise RuleError(f"the prompt {name} gives a text at once: write def, not async def")
    if render not in _RENDERERS:
        raise RuleError(f'the prompt {name} has render={render!r}; use "jinja" or "simple"')
    template = inspect.cleandoc(function.__doc__ or "")
    if not template:
        raise RuleError(
            f"the prompt {name} has no docstring to be its template (an f-string is none, and "
            "python -OO strips them all; a function that gives the model goes in llm=)"
        )
    spec = PromptSpec(template, _RENDERERS[render], llm)
    fill = _Jinja(name, template) if spec.render == "jinja" else _Simple(name, template)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def render_prompt(*args: Any, **kwargs: Any) -> str:
        more = function(*args, **kwargs)  # first: it names itself if its arguments are wrong
        variables = _variables(signature, args, kwargs)
        if isinstance(more, Mapping):
            variables.update(more)
        return fill(variables)

    render_prompt.__prompt__ = spec  # type: ignore[attr-defined]
    return render_prompt


def _variables(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    variables = dict(bound.arguments)
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            variables = {**variables[parameter.name], **variables}
    return variables


# --- renderers: a template and its variables make a text ---------------------------------------


@attrs.frozen
class _Simple:
    """``{name}``, and no other brace: a docstring may hold JSON."""

    name: str
    template: str

    def __call__(self, variables: Mapping[str, Any]) -> str:
        # In one pass, so that braces in a value are not taken for the template's.
        return re.sub(
            r"\{([^\W\d]\w*)\}", lambda match: self._value(match, variables), self.template
        )

    def _value(self, match: re.Match[str], variables: Mapping[str, Any]) -> str:
        if match[1] not in variables:
            raise _unknown(self.name, f"{match[0]} is no argument", variables)
        return str(variables[match[1]])


# Jinja keeps the name ``self`` for the blocks of a template, whatever the variables say.
_SELF = "agentcore_self"


@attrs.define
class _Jinja:
    """A Jinja template, compiled at its first use: Jinja takes longer to import than agentcore."""

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
        # A class defined in __main__ crosses to another process with all that its methods hold;
        # the compiled template could not.
        return _Jinja, (self.name, self.template)


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)


def _unknown(name: str, what: str, variables: Mapping[str, Any]) -> RuleError:
    known = ", ".join(sorted(map(str, variables))) or "none"
    return RuleError(f"the prompt {name} cannot be filled: {what}; its variables are: {known}")
