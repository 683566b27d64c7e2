"""``@prompt``: docstrings as templates of prompts, and prompts that ask a model."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Protocol, TypeAlias, TypeVar, overload

import attrs

from agentcore.agents.template import Jinja, Simple
from agentcore.base.annotations import settle_annotations
from agentcore.base.errors import RuleError, ToolError
from agentcore.protocol.model_api import ChatModel

if TYPE_CHECKING:
    from agentcore.agents.structured_output import Asking
    from agentcore.protocol.usage import Usage

__all__ = ["PromptSpec", "prompt"]

P = ParamSpec("P")
R = TypeVar("R")

Render: TypeAlias = Literal["jinja", "jinja2", "simple"]
_RENDERERS = {"jinja": "jinja", "jinja2": "jinja", "simple": "simple"}


@attrs.frozen
class PromptSpec:
    """The prompt of a method with ``@prompt``; it is the method's attribute ``__prompt__``.

    Attributes:
        template: the docstring, dedented.
        render: ``jinja`` or ``simple``.
        llm: the decorator's ``llm=``; rendering does not use it.
    """

    template: str
    render: str
    llm: Any = None


class _Rendering(Protocol):
    def __call__(self, function: Callable[P, object], /) -> Callable[P, str]: ...


class _Running(Protocol):
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...


# The first and the third overlap, since a function is an object too. The first is meant then:
# ``@prompt`` without parentheses.
@overload
def prompt(function: Callable[P, object], /) -> Callable[P, str]: ...  # type: ignore[overload-overlap]
@overload
def prompt(llm: None = None, render: Render = "jinja") -> _Rendering: ...
@overload
def prompt(llm: ChatModel | str | Callable[..., Any], render: Render = "jinja") -> _Running: ...
def prompt(first: Any = None, /, render: str = "jinja", *, llm: Any = None) -> Any:
    """Make the docstring of a method, or of a function, the template of a prompt.

    Calling the method fills it and returns the text. The template's variables are the method's
    arguments, defaults applied, ``self`` included, and what came as ``**kwargs``. If the body
    returns a dict, its items are variables too, and come before arguments of the same name.
    ``@prompt`` without parentheses does the same as ``@prompt()``::

        @prompt()
        def agent_prompt(self, task: str = "forward questions") -> str:
            \"\"\"You are {{ self.name }}. You {{ task }}.\"\"\"

    With ``llm=``, calling the method asks that model, with the text as the only message, and gives
    its answer: with ``-> str``, or no annotation, as it is; with any other type a checked value of
    it. An answer of another form is asked for once more, with what was wrong. An ``async def``
    method gives an awaitable::

        @prompt(llm=lambda self: self.llm)
        def plan(self, task: str) -> Plan:
            \"\"\"Plan how to {{ task }}, in three steps.\"\"\"

    Args:
        llm: a model, the name of one, or a function of the agent that gives either (a ``def`` by
            keyword only). If it gives ``None``, a prompt that is to give a text gives its own.
        render: ``jinja`` (or ``jinja2``), with every unknown name an error; ``simple`` replaces
            ``{name}`` alone, and leaves all other braces as they are.

    Raises:
        RuleError: at definition, there is no docstring, ``render`` or ``llm`` is none of these, or
            it is no plain function. At the call, the template is no valid one, or has a name
            without a value; there is no model; or JSON cannot be read into the declared type.
        OutputError: at the call, the model's answer has not the form, also when asked again.
        ModelError: at the call, the model could not answer.
    """
    bare = isinstance(first, FunctionType) and first.__name__ != "<lambda>"
    if bare or isinstance(first, staticmethod | classmethod):
        return _define(first, render, llm)
    if first is not None and llm is not None:
        raise RuleError("@prompt takes one llm; it was given two")
    model = first if llm is None else llm
    return lambda function: _define(function, render, model)


def _define(function: Any, render: str, llm: Any) -> Callable[..., str]:
    """Check everything that can be checked before the first call, and wrap ``function``."""
    name = getattr(function, "__qualname__", type(function).__name__)
    if isinstance(function, staticmethod | classmethod):
        kind = type(function).__name__
        raise RuleError(f"@prompt decorates plain functions: write @{kind} above it, not below")
    if not isinstance(function, FunctionType):
        raise RuleError(f"@prompt decorates plain functions, and {name} is none")
    if inspect.isasyncgenfunction(function):
        raise RuleError(f"the prompt {name} gives one answer: write no yield in it")
    if inspect.iscoroutinefunction(function) and llm is None:
        raise RuleError(f"the prompt {name} gives a text at once: write def, not async def")
    if not _is_a_model(llm) and (isinstance(llm, type) or not callable(llm)):
        raise RuleError(f"llm= of the prompt {name} is to be {_NO_MODEL}, not {_kind(llm)}")
    if render not in _RENDERERS:
        raise RuleError(f'the prompt {name} has render={render!r}; use "jinja" or "simple"')
    template = inspect.cleandoc(function.__doc__ or "")
    if not template:
        raise RuleError(
            f"the prompt {name} has no docstring to be its template (an f-string is none, and "
            "python -OO strips them all; a function that gives the model goes in llm=)"
        )
    if llm is not None:
        settle_annotations(function)
    spec = PromptSpec(template, _RENDERERS[render], llm)
    fill = Jinja(name, template) if spec.render == "jinja" else Simple(name, template)
    made = _wrap(function, _Prompt(name, spec, fill, inspect.signature(function)))
    made.__prompt__ = spec  # type: ignore[attr-defined]
    return made


def _wrap(function: Callable[..., Any], prompt: _Prompt) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_prompt(*args: Any, **kwargs: Any) -> Any:
            more = await function(*args, **kwargs)
            asking = prompt.ask(function, prompt.text(more, args, kwargs), args, kwargs)
            if isinstance(asking, str):
                return asking
            from agentcore.base.steps import run_async

            return await run_async(asking)

        return run_prompt

    @functools.wraps(function)
    def render_prompt(*args: Any, **kwargs: Any) -> Any:
        more = function(*args, **kwargs)  # first: Python's error for wrong arguments names it
        text = prompt.text(more, args, kwargs)
        if prompt.spec.llm is None:
            return text
        from agentcore.agents.model_lookup import check_may_wait, wait_for_model
        from agentcore.base.steps import run_now

        check_may_wait(f"the prompt {prompt.name}")
        asking = prompt.ask(function, text, args, kwargs)
        if isinstance(asking, str):
            return asking
        return run_now(asking, wait_for_model)

    return render_prompt


@attrs.frozen
class _Prompt:
    """A prompt that can be filled, and can ask its model."""

    name: str
    spec: PromptSpec
    fill: Callable[[Mapping[str, Any]], str]
    signature: inspect.Signature

    def text(self, more: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Fill the template."""
        variables = _variables(self.signature, args, kwargs)
        if isinstance(more, Mapping):
            variables.update(more)
        return self.fill(variables)

    def ask(
        self,
        function: Callable[..., Any],
        text: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Asking | str:
        """Give the steps that ask the model; without a model, the text itself is the answer."""
        from agentcore.agents.model_lookup import charge, model_for, note_usage
        from agentcore.agents.structured_output import ask_model
        from agentcore.tools.schema import output_for, type_name

        agent = self.signature.bind(*args, **kwargs).arguments.get("self")
        type_ = _answer_type(function, self.name)
        llm = self._model(agent)
        what = f"the answer of the prompt {self.name}"
        if llm is None:
            if type_ is str:
                return text
            raise RuleError(f"{what} is to be {type_name(type_)}, and its llm= gave no model")
        if type_ is not str:
            try:
                output_for(type_, what)
            except ToolError as error:
                raise RuleError(str(error)) from error
        messages = [{"role": "user", "content": text}]

        def note(usage: Usage) -> None:
            note_usage(usage)
            charge(usage, agent)

        return ask_model(model_for(agent, llm), messages, type_, note=note)

    def _model(self, agent: Any) -> Any:
        llm = self.spec.llm
        if _is_a_model(llm):
            return llm
        takes_agent = bool(inspect.signature(llm).parameters)
        if takes_agent and agent is None:
            raise RuleError(
                f"llm= of the prompt {self.name} is a function of the agent, and {self.name} is "
                "no method of one: give it a model or a name, or a function without parameters"
            )
        found = llm(agent) if takes_agent else llm()
        if not _is_a_model(found):
            raise RuleError(
                f"llm= of the prompt {self.name} gave {_kind(found)}, and is to give {_NO_MODEL}"
            )
        return found


_NO_MODEL = "a model (with a method complete), the name of one, or a function that gives either"


def _is_a_model(llm: Any) -> bool:
    """Whether it is a model, a name or ``None``; a class of models is no model."""
    return llm is None or isinstance(llm, str) or _completes(llm)


def _completes(llm: Any) -> bool:
    return hasattr(llm, "complete") and not isinstance(llm, type)


def _kind(value: Any) -> str:
    # Not its repr: that of a client of a model's server may contain the key.
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"


def _answer_type(function: Callable[..., Any], name: str) -> Any:
    """Give the type that the function's answer is declared to have; ``str`` by default."""
    declared = getattr(function, "__annotations__", {}).get("return")
    if declared is None or declared == "None":
        return str
    alone = types.SimpleNamespace(__annotations__={"return": declared})
    try:
        hints = typing.get_type_hints(alone, function.__globals__, include_extras=True)
    except NameError as error:
        raise RuleError(
            f"the prompt {name} is to give {declared}, and its module has no {error.name!r} when "
            "it runs: import or define it at the top level, not under TYPE_CHECKING"
        ) from error
    return hints["return"]


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
