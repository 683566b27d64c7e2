"""Tools: what can be one, what a model is told of it, and how its arguments are read."""

from __future__ import annotations

import enum
import functools
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import attrs
import msgspec
import pytest

from agentcore.errors import ToolError
from agentcore.tools.decorator import Tool, as_tool, bound_tools, tool, tools_of_class

if TYPE_CHECKING:
    from decimal import Decimal as Unseen


class Unit(enum.Enum):
    """Of temperatures."""

    C = "celsius"
    F = "fahrenheit"


@attrs.frozen
class Place:
    """Where.

    Attributes:
        city: in English.
    """

    city: str
    country: str = "FR"


@tool
def weather(
    place: Place, days: int = 1, unit: Unit = Unit.C, note: Annotated[str, "said along"] = ""
) -> str:
    """Say what the weather will be.

    It is a guess.

    Args:
        place: where that is.
        days: how many of them.

    Returns:
        The guess.
    """
    return f"{place.city}: {days} {unit.name}{note}"


@tool(name="send-mail", description="Send it.", approve=True)
async def send(
    text: Annotated[str, msgspec.Meta(min_length=1)], to: list[str] | None = None
) -> int:
    """Never shown."""
    return len(to or [text])


def plain(x: int, y=2):  # type: ignore[no-untyped-def]
    """Add."""
    return x + y


class Base:
    """An agent, as far as tools are concerned."""

    def __init__(self, factor: int = 1) -> None:
        self.factor = factor

    @tool
    def first(self, x: int) -> int:
        """Multiply."""
        return x * self.factor

    @tool
    def second(self, x: int) -> int:
        """Of the base."""
        return x

    @tool
    def third(self) -> None:
        """Taken away below."""

    def no_tool(self) -> None:
        """An ordinary method."""


class Derived(Base):
    """One that changes them."""

    @tool(name="fourth")
    def extra(self) -> str:
        """Added."""
        return "extra"

    def second(self, x: int, twice: bool = False) -> int:
        """Of the derived."""
        return x * (2 if twice else 1)

    third = None  # type: ignore[assignment]

    @staticmethod
    @tool
    def fixed(x: int) -> int:
        """Needs no agent."""
        return x


def test_a_decorated_function_is_still_the_function() -> None:
    """It is called as before, and pickles by reference."""
    assert weather(Place("Nice"), 3) == "Nice: 3 C"
    assert pickle.loads(pickle.dumps(weather)) is weather
    assert Base(3).first(2) == 6


def test_a_model_is_told_name_description_and_parameters() -> None:
    """From the annotations, the defaults and the docstring; the classes' own words too."""
    assert as_tool(weather).spec().as_dict()["function"] == {
        "name": "weather",
        "description": "Say what the weather will be.\n\nIt is a guess.",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"$ref": "#/$defs/Place", "description": "where that is."},
                "days": {"type": "integer", "default": 1, "description": "how many of them."},
                "unit": {"$ref": "#/$defs/Unit", "default": "celsius"},
                "note": {"type": "string", "default": "", "description": "said along"},
            },
            "required": ["place"],
            "additionalProperties": False,
            "$defs": {
                "Place": {
                    "type": "object",
                    "description": "Where.",
                    "properties": {
                        "city": {"type": "string", "description": "in English."},
                        "country": {"type": "string", "default": "FR"},
                    },
                    "required": ["city"],
                    "additionalProperties": False,
                },
                "Unit": {"description": "Of temperatures.", "enum": ["celsius", "fahrenheit"]},
            },
        },
    }


def test_what_the_decorator_is_told_comes_before_the_docstring() -> None:
    """Name, description and who approves."""
    made = as_tool(send)
    assert (made.spec().name, made.spec().description) == ("send-mail", "Send it.")
    assert made.approve is True
    assert made.is_async
    assert not as_tool(weather).is_async
    assert made.spec().parameters["properties"]["text"] == {"type": "string", "minLength": 1}


def test_a_plain_function_is_a_tool_as_it_is() -> None:
    """A parameter without an annotation has the type of its default."""
    made = as_tool(plain)
    assert made.spec().parameters["properties"]["y"] == {"type": "integer", "default": 2}
    assert made.function(**made.read('{"x": 1}')) == 3


def test_arguments_are_converted_to_the_annotated_types() -> None:
    """So that the function is called as its author wrote it."""
    made = as_tool(weather)
    arguments = made.read('{"place": {"city": "Nice"}, "unit": "fahrenheit"}')
    assert arguments == {"place": Place("Nice"), "unit": Unit.F}
    assert made.function(**arguments) == "Nice: 1 F"
    assert as_tool(Derived().extra).read("") == {}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("city: Nice", "the arguments of weather do not fit: this is no JSON"),
        ('{"place": {"city": "Nice"}', "no JSON: Expecting ',' delimiter"),
        ("[1]", r"arguments must be an object, not \[1\]"),
        ("{}", "arguments: the field 'place' is missing"),
        ("", "arguments: the field 'place' is missing"),
        ('{"place": "Nice"}', 'arguments.place must be an object, not "Nice"'),
        ('{"place": {"city": [3]}}', r"arguments.place.city must be a string, not \[3\]"),
        ('{"place": {"city": "x"}, "day": 1}', "there is no field 'day'; the fields are: 'place'"),
        ('{"place": {"city": "x"}, "days": "one"}', 'arguments.days must be an integer, not "one"'),
        ('{"place": {"city": "x"}, "unit": "K"}', 'one of "celsius", "fahrenheit", not "K"'),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(arguments: str, says: str) -> None:
    """The words are for the model: bad JSON, missing, unknown, wrong."""
    with pytest.raises(ValueError, match=says) as caught:
        as_tool(weather).read(arguments)
    assert not isinstance(caught.value, ToolError)


def test_bounds_are_held_with_the_name_of_the_argument() -> None:
    """A bound is a part of the schema."""
    with pytest.raises(ValueError, match=r"arguments\.text must have 1 characters or more, not 0"):
        as_tool(send).read('{"text": ""}')


def test_a_tool_pickles_when_its_function_does() -> None:
    """Also after it was used."""
    made = as_tool(send)
    made.spec()
    copy = pickle.loads(pickle.dumps(made))
    assert copy == made
    assert copy.read('{"text": "x"}') == {"text": "x"}
    bound = pickle.loads(pickle.dumps(as_tool(Base(3).first)))
    assert bound.function(x=2) == 6


@attrs.frozen
class Refused:
    """Functions that cannot be tools."""

    @staticmethod
    def any_number(*values: int) -> None: ...

    @staticmethod
    def any_names(**values: int) -> None: ...

    @staticmethod
    def by_place(x: int, /) -> None: ...

    @staticmethod
    def untyped(x) -> None: ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize(
    ("define", "says"),
    [
        (lambda: tool(Refused.any_number), "the parameter values of the tool any_number takes any"),
        (lambda: tool(Refused.any_names), "takes any number"),
        (lambda: tool(Refused.by_place), "the parameter x of the tool by_place is positional-only"),
        (lambda: tool(Refused.untyped), "x of the tool untyped has neither an annotation nor a"),
        (lambda: as_tool(Refused.untyped), "neither an annotation nor a default"),
        (lambda: tool(name="two words")(plain), "'two words' is no name for a tool"),
        (lambda: tool(name="x" * 65)(plain), "is no name for a tool"),
        (lambda: as_tool(lambda: 3), "'<lambda>' is no name for a tool"),
        (lambda: tool(staticmethod(plain)), "write @staticmethod above it"),
        (lambda: tool(functools.partial(plain, 1)), "plain functions"),
        (lambda: tool(approve="me")(plain), 'approve= is True, "human" or a predicate'),
        (lambda: as_tool(functools.partial(plain, 1)), "Tool(name, description, parameters"),
        (lambda: as_tool(3), "3 is none of them"),
        (lambda: as_tool(Base.first), "Base.first is a method: give that of an agent"),
        (lambda: Tool("x", "", {}, 3), "the tool x calls a function, and 3 is none"),
    ],
)
def test_what_cannot_be_a_tool_is_refused_at_its_definition(
    define: Callable[[], object], says: str
) -> None:
    """With an error that says what it is and what to do."""
    with pytest.raises(ToolError) as caught:
        define()
    assert says in str(caught.value)


def test_a_type_without_a_schema_is_named_with_its_parameter() -> None:
    """When the schema is first asked for: until then no package is needed."""

    @tool
    def paint(where: complex) -> None:
        """Paint."""

    with pytest.raises(ToolError, match="parameter where of the tool paint has the type complex"):
        as_tool(paint).spec()


def test_an_annotation_that_only_checkers_see_is_named() -> None:
    """It is text, and its module has no such name when it runs."""

    @tool
    def count(x: Unseen) -> None:
        """Count."""

    with pytest.raises(ToolError, match=r"count names 'Unseen'.*not under TYPE_CHECKING"):
        as_tool(count).spec()


def test_the_tools_of_a_class_stand_in_the_order_of_definition() -> None:
    """The base's first; an overridden one keeps its place; None takes one away."""
    assert tools_of_class(Base) == ("first", "second", "third")
    assert tools_of_class(Derived) == ("first", "second", "extra", "fixed")
    assert tools_of_class(object) == ()


def test_the_tools_of_an_agent_are_bound_to_it() -> None:
    """Those of its class, then those given, by the names that a model knows."""
    found = bound_tools(Derived(5), [plain, weather])
    assert list(found) == ["first", "second", "fourth", "fixed", "plain", "weather"]
    assert found["first"].function(**found["first"].read('{"x": 2}')) == 10
    assert found["second"].spec().description == "Of the derived."
    assert found["second"].function(**found["second"].read('{"x": 2, "twice": true}')) == 4
    assert "self" not in found["first"].spec().parameters["properties"]
    assert found["fixed"].function(**found["fixed"].read('{"x": 2}')) == 2


def test_two_tools_of_one_name_are_refused() -> None:
    """The model could not say which it means."""
    with pytest.raises(ToolError, match="two tools have the name 'first'"):
        bound_tools(Base(), [tool(name="first")(lambda: None)])

    class Twice:
        @tool
        def one(self) -> None:
            """One."""

        @tool(name="one")
        def other(self) -> None:
            """Other."""

    with pytest.raises(ToolError, match="two tools have the name 'one'"):
        tools_of_class(Twice)


def test_an_override_that_cannot_be_a_tool_is_refused() -> None:
    """As it would be with a decorator of its own."""

    class Worse(Base):
        def first(self, *many: int) -> int:
            """Do not."""
            return 0

    with pytest.raises(ToolError, match="takes any number"):
        tools_of_class(Worse)
