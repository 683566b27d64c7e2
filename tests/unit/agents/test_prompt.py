"""Prompts written as docstrings."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import typing
from collections.abc import AsyncIterator, Callable
from typing import Any

import jinja2
import pytest

from agentcore.agents.prompt import PromptSpec, prompt
from agentcore.errors import AgentCoreError, RuleError
from agentcore.models import Completion


class Silent:
    """A model, as far as definitions are concerned."""

    def complete(self, messages: object, **options: object) -> Completion:
        raise NotImplementedError


MODEL = Silent()


class Alice:
    """An agent, as far as prompts are concerned."""

    def __init__(self, name: str = "alice") -> None:
        self.name = name
        self.asked = 0

    @prompt()
    def plain(self) -> None:
        """You are Alice.

            Indented once.
        Answer {briefly}.
        """

    @prompt()
    def about(self, task: str, friend: str = "Bob", *, tone: str = "kind") -> None:
        """You are {{ self.name }}; {{ task }} with {{ friend }}, be {{ tone }}."""

    @prompt(render="simple")
    def simple(self, task: str, friend: str = "Bob") -> None:
        """{task} with {friend}; answer as {"to": "x", "n": {}, "who": {friend}}."""

    @prompt
    def bare(self, word: str) -> None:
        """Say {{ word }}."""

    @prompt()
    def computed(self, word: str = "small") -> dict[str, Any]:
        """{{ self.name }}: {{ word }}, {{ extra }}."""
        self.asked += 1
        return {"word": word.upper(), "extra": self.asked}


def test_calling_the_method_gives_the_dedented_docstring() -> None:
    """The indentation that is the code's goes; what the text has beyond that stays."""
    assert Alice().plain() == "You are Alice.\n\n    Indented once.\nAnswer {briefly}."


def test_a_template_is_filled_with_arguments_defaults_and_self() -> None:
    """Positional, keyword and default; ``self`` is the agent, not Jinja's own ``self``."""
    said = Alice("Al").about("forward", tone="curt")
    assert said == "You are Al; forward with Bob, be curt."
    assert Alice().about("talk", "Eve") == "You are alice; talk with Eve, be kind."


def test_simple_rendering_leaves_other_braces_alone() -> None:
    """JSON in a docstring needs no escapes."""
    said = Alice().simple("Talk")
    assert said == 'Talk with Bob; answer as {"to": "x", "n": {}, "who": Bob}.'


def test_simple_rendering_does_not_look_into_values() -> None:
    """Braces that come with an argument are text."""
    assert Alice().simple("{friend}").startswith("{friend} with Bob")


def test_simple_rendering_writes_any_value_as_text() -> None:
    """As ``str`` does."""

    @prompt(render="simple")
    def count(n: int, rest: Any) -> None:
        """{n} and {rest}, {rest.x}, {0}"""

    assert count(3, None) == "3 and None, {rest.x}, {0}"


def test_jinja_has_loops_and_conditions() -> None:
    """It is the whole template language."""

    @prompt(render="jinja2")
    def listing(names: list[str], title: str = "") -> None:
        """{% for name in names %}- {{ name }}
        {% endfor %}{% if title %}{{ title }}{% endif %}"""

    assert listing(["bob", "eve"]) == "- bob\n- eve\n"
    assert listing([], title="end") == "end"


def test_jinja_does_not_escape_markup() -> None:
    """A prompt is no web page."""
    assert Alice().bare("<b> & co") == "Say <b> & co."


def test_the_decorator_needs_no_parentheses() -> None:
    """``@prompt`` is ``@prompt()``."""
    assert Alice().bare("hi") == "Say hi."


def test_plain_functions_are_prompts_too() -> None:
    """Without a ``self``, and as static methods."""

    class Shelf:
        @staticmethod
        @prompt()
        def label(text: str) -> None:
            """[{{ text }}]"""

    assert Shelf.label("x") == "[x]"
    assert Shelf().label("y") == "[y]"


def test_extra_keywords_are_variables() -> None:
    """What comes as ``**kwargs`` is there by name; what comes as ``*args`` as a tuple."""

    @prompt()
    def free(*parts: str, **values: str) -> None:
        """{{ parts | join("+") }} {{ word }} {{ values["word"] }}"""

    assert free("a", "b", word="w") == "a+b w w"


def test_a_dict_from_the_body_adds_variables() -> None:
    """Its items come before the arguments, and are worked out afresh at each call."""
    alice = Alice()
    assert alice.computed() == "alice: SMALL, 1."
    assert alice.computed("big") == "alice: BIG, 2."


def test_what_else_the_body_returns_is_ignored() -> None:
    """A str, as the annotation would have it, does not replace the text."""

    @prompt()
    def text() -> str:
        """The text."""
        return "another"

    assert text() == "The text."


def test_wrong_arguments_are_named_as_python_names_them() -> None:
    """The method itself is called, so the error speaks of it."""
    with pytest.raises(
        TypeError, match=r"about\(\) missing 1 required positional argument: 'task'"
    ):
        Alice().about()  # type: ignore[call-arg]


def test_a_body_that_raises_raises() -> None:
    """Nothing is rendered, and nothing hidden."""

    @prompt()
    def broken() -> None:
        """The text."""
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        broken()


def test_a_subclass_may_say_it_differently() -> None:
    """A prompt is overridden as any method, and `super` gives the one before."""

    class Polite(Alice):
        @prompt()
        def bare(self, word: str) -> dict[str, str]:
            """Please: {{ before }}"""
            return {"before": super().bare(word)}

    assert Polite().bare("hi") == "Please: Say hi."


def test_the_model_is_kept_beside_the_method() -> None:
    """For those who look for it: as given, whether a model or a function that gives it."""

    def give(self: Any) -> object:
        return MODEL

    @prompt(MODEL)
    def direct() -> None:
        """x"""

    @prompt(lambda self: MODEL, "simple")
    def by_lambda() -> None:
        """x {"""

    @prompt(llm=give)
    def by_function() -> None:
        """x"""

    assert spec_of(direct) == PromptSpec("x", "jinja", MODEL)
    assert spec_of(by_lambda).llm(None) is MODEL
    assert spec_of(by_lambda).render == "simple"
    assert spec_of(by_function).llm is give
    assert spec_of(Alice.plain).llm is None


def test_the_method_keeps_its_name_signature_and_types() -> None:
    """Tools that look at it see what was written."""
    about = Alice.about
    assert (about.__name__, about.__qualname__) == ("about", "Alice.about")
    assert about.__doc__ is not None
    assert "{{ task }}" in about.__doc__
    assert list(inspect.signature(about).parameters) == ["self", "task", "friend", "tone"]
    assert typing.get_type_hints(about)["task"] is str


def test_a_template_is_compiled_once() -> None:
    """The second call, of whichever agent, finds the first one's work."""
    calls = []
    original = jinja2.Environment.compile

    def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return original(self, *args, **kwargs)

    @prompt()
    def text(word: str) -> None:
        """{{ word }}"""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", counting)
        assert [text("a"), text("b")] == ["a", "b"]
    assert calls == [1]


def test_jinja_is_imported_at_the_first_render() -> None:
    """Defining a prompt, and `import agentcore`, does not wait for it."""
    code = """
import sys
from agentcore.agents.prompt import prompt
@prompt()
def text():
    "hi {{ 1 + 1 }}"
assert "jinja2" not in sys.modules, "imported early"
assert text() == "hi 2"
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_a_prompt_that_was_used_still_crosses_to_another_process() -> None:
    """A class of ``__main__`` is sent with its methods, and these hold no compiled template."""
    cloudpickle = pytest.importorskip("cloudpickle")  # what Ray does it with

    class Local:
        @prompt()
        def text(self, word: str) -> None:
            """{{ word }}"""

    assert Local().text("a") == "a"
    other = cloudpickle.loads(cloudpickle.dumps(Local))
    assert other().text("b") == "b"


def test_an_unknown_name_in_a_jinja_template_is_an_error() -> None:
    """It names the prompt, the name, and what there is instead."""

    @prompt()
    def text(task: str) -> None:
        """{{ tusk }}"""

    with pytest.raises(RuleError, match=r"text cannot be filled: 'tusk' is undefined.*: task$"):
        text("x")


def test_an_unknown_attribute_of_self_is_an_error() -> None:
    """Also where the name itself is known."""

    class Agent:
        @prompt()
        def text(self) -> None:
            """{{ self.nothing }}"""

    with pytest.raises(RuleError, match="has no attribute 'nothing'"):
        Agent().text()


def test_self_in_a_function_without_one_is_an_error() -> None:
    """And is called ``self``, as written."""

    @prompt()
    def text() -> None:
        """{{ self.name }}"""

    with pytest.raises(RuleError, match="'self' is undefined; its variables are: none"):
        text()


def test_an_unknown_name_in_a_simple_template_is_an_error() -> None:
    """Likewise."""

    @prompt(render="simple")
    def text(task: str) -> None:
        """{tusk}"""

    with pytest.raises(RuleError, match=r"text cannot be filled: {tusk} is no argument.*: task$"):
        text("x")


def test_a_template_that_is_none_names_its_line() -> None:
    """And what to do, where the braces were meant as text."""

    @prompt()
    def text() -> None:
        """One line.
        {{ a b }}
        """

    with pytest.raises(RuleError, match=r"text is no Jinja template, in line 2.*simple"):
        text()


def documented() -> None:
    """x"""


def undocumented() -> None:
    pass


def blank() -> None:
    """ """


async def later() -> None:
    """x"""


async def several() -> AsyncIterator[str]:
    """x"""
    yield "y"


@pytest.mark.parametrize(
    ("define", "says"),
    [
        (lambda: prompt(undocumented), "undocumented has no docstring"),
        (lambda: prompt()(undocumented), "undocumented has no docstring"),
        (lambda: prompt()(blank), "blank has no docstring"),
        (lambda: prompt(render="mako")(documented), 'render=\'mako\'; use "jinja" or "simple"'),
        (lambda: prompt(render=None)(documented), "render=None"),  # type: ignore[call-overload]
        (lambda: prompt()(later), "write def, not async def"),
        (lambda: prompt(staticmethod(documented)), "write @staticmethod above it"),
        (lambda: prompt()(classmethod(documented)), "classmethod"),  # type: ignore[arg-type]
        (lambda: prompt()(json), "plain functions"),  # type: ignore[arg-type]
        (lambda: prompt(MODEL, llm=MODEL), "one llm"),  # type: ignore[call-overload]
        (lambda: prompt(llm=object())(documented), "with a method complete"),
        (lambda: prompt(llm=Silent)(documented), "not the class Silent"),
        (lambda: prompt(llm=MODEL)(several), "write no yield in it"),
    ],
)
def test_what_cannot_be_a_prompt_is_refused_at_its_definition(
    define: Callable[[], object], says: str
) -> None:
    """Not at the first call; with an error of this library that is also a TypeError."""
    with pytest.raises(RuleError) as caught:
        define()
    assert says in str(caught.value)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, AgentCoreError)


def spec_of(function: Any) -> PromptSpec:
    spec = function.__prompt__
    assert isinstance(spec, PromptSpec)
    return spec
