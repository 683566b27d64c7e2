"""Schemas of types, and values of them read from text."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import attrs
import msgspec
import pytest

from agentcore.base import extras as _extras
from agentcore.errors import ExtraMissingError, ToolError
from agentcore.tools.schema import output_for, read_value, schema_of, type_name

pydantic = pytest.importorskip("pydantic")


class Colour(enum.Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Part:
    """A part.

    It can be ordered.

    Attributes:
        title: what it is called.
        price: in euros.
    """

    title: str
    price: float = attrs.field(default=1.0, validator=attrs.validators.ge(0))
    parts: list[Part] = attrs.field(factory=list)


@dataclasses.dataclass
class Box:
    part: Part
    colour: Colour = Colour.RED
    size: tuple[int, int] | None = None


class Lid(TypedDict):
    box: Box
    flat: bool


class Point(NamedTuple):
    x: int
    y: int = 0


class Order(msgspec.Struct):
    lid: Lid
    at: Point


class Screw(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    length: int = pydantic.Field(gt=0, description="in mm")


class Kit(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    screws: list[Screw]
    made: datetime.date | None = None
    next: Kit | None = None


@attrs.frozen
class Shelf:
    kit: Kit
    others: dict[str, Kit] = attrs.field(factory=dict)


@attrs.frozen
class Broken:
    n: int

    def __attrs_post_init__(self) -> None:
        1 / self.n


PART = Part("leg", 2.5, [Part("foot")])
BOX = Box(PART, Colour.BLUE, (1, 2))
KIT = Kit(screws=[Screw(length=3)], made=datetime.date(2026, 1, 2))
PART_JSON = '{"title": "leg", "price": 2.5, "parts": [{"title": "foot"}]}'
BOX_JSON = f'{{"part": {PART_JSON}, "colour": "blue", "size": [1, 2]}}'
KIT_JSON = '{"screws": [{"length": 3}], "made": "2026-01-02"}'


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Part, PART_JSON, PART),
        (Box, BOX_JSON, BOX),
        (Lid, f'{{"box": {BOX_JSON}, "flat": true}}', {"box": BOX, "flat": True}),
        (Point, '{"value": [1, 2]}', Point(1, 2)),
        (
            Order,
            f'{{"lid": {{"box": {BOX_JSON}, "flat": false}}, "at": [3]}}',
            Order({"box": BOX, "flat": False}, Point(3)),
        ),
        (Kit, KIT_JSON, KIT),
        (Shelf, f'{{"kit": {KIT_JSON}}}', Shelf(KIT)),
        (Shelf, f'{{"kit": {KIT_JSON}, "others": {{"a": {KIT_JSON}}}}}', Shelf(KIT, {"a": KIT})),
        (Colour, '{"value": "red"}', Colour.RED),
        (int, '{"value": 3}', 3),
        (int, "3", 3),
        (int, '{"value": 3.0}', 3),
        (float, "3", 3.0),
        (list[int], "[1, 2]", [1, 2]),
        (list[int], '{"value": [1, 2]}', [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (dict[int, str], '{"1": "a"}', {1: "a"}),
        (Literal["yes", "no"], '{"value": "no"}', "no"),
        (Part | None, '{"value": null}', None),
        (Part | None, f'{{"value": {PART_JSON}}}', PART),
        (Kit | int, f'{{"value": {KIT_JSON}}}', KIT),
        (Part | Screw, '{"value": {"length": 3}}', Screw(length=3)),
        (Any, '{"value": {"value": 1}}', {"value": 1}),
        (datetime.date, '{"value": "2026-01-02"}', datetime.date(2026, 1, 2)),
    ],
)
def test_a_value_is_read_as_its_type(type_: Any, text: str, value: Any) -> None:
    """Each kind of type, alone and within others; what is no object stands in ``value``."""
    found = read_value(text, type_)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "text", "says"),
    [
        (Part, "no", "this is no JSON"),
        (Part, '{"price": 1}', r"\$: the field 'title' is missing"),
        (Part, '{"title": "leg", "price": "2"}', r'\$.price must be a number, not "2"'),
        (Part, '{"title": "leg", "parts": [{}]}', r"\$.parts\[0\]: the field 'title' is missing"),
        (Part, '{"title": "leg", "prize": 2}', "there is no field 'prize'; the fields are"),
        (Part, '{"title": "leg", "price": -1}', "'price' must be >= 0: -1"),
        (Box, '{"part": {"title": "x"}, "colour": "pink"}', r"\$.colour .*\"blue\", \"red\""),
        (Shelf, '{"kit": {"screws": [{"length": "1"}]}}', r"\$.kit.screws\[0\].length must be an"),
        (
            Shelf,
            '{"kit": {"screws": [{"length": 0}]}}',
            r"\$.kit.screws\[0\].length must be more than 0, not 0",
        ),
        (Kit, '{"screws": [], "made": "today"}', r"\$: made: Input should be a valid date"),
        (int, '{"value": "3"}', r'\$.value must be an integer, not "3"'),
        (int, '{"value": true}', "must be an integer, not true"),
        (int, '{"value": 1.5}', "must be an integer, not 1.5"),
        (Annotated[int, msgspec.Meta(ge=1)], '{"value": 0}', r"\$.value must be 1 or more, not 0"),
        (Part, '[1] and {"title": 3}', r"\$.title must be a string"),
        (Broken, '{"n": 0}', "Broken cannot be made of it: ZeroDivisionError: division by zero"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(type_: Any, text: str, says: str) -> None:
    """The words are for a model: what is wrong, and where."""
    with pytest.raises(ValueError, match=says) as caught:
        read_value(text, type_)
    assert not isinstance(caught.value, ToolError)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Part, '{"title": "a"} - no, rather {"title": "b"}.', "b"),
        (Part, '```json\n{"title": "a"}\n```\nOr:\n```json\n{"title": "b"}\n```', "b"),
        (Part, '```json\n{"title": "a"}\n```\nI mean {"title": "b"}', "b"),
        (Part, 'A {"title": "a"} has no {"price": 2}.', "a"),
        (Part, '{"title": "b"} with {"title": 3} or {"title": ', "b"),
    ],
)
def test_of_several_values_the_last_that_fits_is_the_answer(
    type_: Any, text: str, value: str
) -> None:
    """Models think aloud before they answer."""
    assert read_value(text, type_).title == value


Verdict = Literal["approve", "reject"]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Part, '{"title": "leg",}', Part("leg")),
        (Part, "Here you are: {'title': 'leg', 'parts': []}", Part("leg")),
        (Part, '{"title": "a\nb"}', Part("a\nb")),
        (Part, r'{"title": "\_leg"}', Part(r"\_leg")),
        (Part, r'"{\"title\": \"leg\"}"', Part("leg")),
        (list[str], "['a', 'b',]", ["a", "b"]),
        (Verdict, "approve", "approve"),
        (Verdict, "**Approve.**", "approve"),
        (Verdict, "```\nreject\n```", "reject"),
        (Verdict | None, "reject", "reject"),
        (Verdict | None, "None", None),
        (Colour, "Red", Colour.RED),
        (bool, "True", True),
        (bool, "**No**", False),
        (int, "**42**", 42),
        (int, "42.", 42),
        (float, "`-1e3`", -1000.0),
    ],
)
def test_what_is_nearly_an_answer_costs_no_round(type_: Any, text: str, value: Any) -> None:
    """Models that nothing constrains write Python, line breaks in texts, and bare words."""
    found = read_value(text, type_)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Verdict, "I would not approve"),
        (Verdict, "approve or reject"),
        (Verdict, ""),
        (bool, "yes and no"),
        (int, "42 of 100"),
        (int, "True"),
        (int, "NaN"),
        (str | None, "hello"),
        (Part, "{'title': 'leg'"),
        (Part, "{'title': 'leg'} or {'title': 'arm'}"),
    ],
)
def test_what_may_be_meant_otherwise_is_no_answer(type_: Any, text: str) -> None:
    """The model is asked once more then."""
    with pytest.raises(ValueError, match="JSON"):
        read_value(text, type_)


def test_objects_are_closed_and_described_and_have_no_titles() -> None:
    """As strict modes of providers want it; a field that is called title stays."""
    assert schema_of(Part) == {
        "type": "object",
        "description": "A part.\n\nIt can be ordered.",
        "properties": {
            "title": {"type": "string", "description": "what it is called."},
            "price": {"type": "number", "default": 1.0, "description": "in euros."},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        },
        "required": ["title"],
        "additionalProperties": False,
        "$defs": {"Part": schema_of(Part)["$defs"]["Part"]},
    }


def test_the_definitions_of_pydantic_models_join_the_others() -> None:
    """With short names, closed, and the recursive one included."""
    schema = schema_of(Shelf)
    assert set(schema["$defs"]) == {"Kit", "Screw"}
    assert schema["properties"]["kit"] == {"$ref": "#/$defs/Kit"}
    assert schema["$defs"]["Screw"] == {
        "type": "object",
        "properties": {
            "length": {"type": "integer", "exclusiveMinimum": 0, "description": "in mm"}
        },
        "required": ["length"],
        "additionalProperties": False,
    }
    assert schema["$defs"]["Kit"]["properties"]["next"]["anyOf"][0] == {"$ref": "#/$defs/Kit"}


def test_classes_of_one_name_keep_apart() -> None:
    """Two models may have the same name in different places."""

    def other() -> type:
        class Screw(pydantic.BaseModel):  # type: ignore[misc,name-defined]
            head: str

        return Screw

    pair = attrs.make_class("Pair", {"a": attrs.field(type=Screw), "b": attrs.field(type=other())})
    schema = schema_of(pair)
    assert len(schema["$defs"]) == 2
    fields = schema["properties"]
    first, second = (schema["$defs"][fields[key]["$ref"][8:]]["properties"] for key in "ab")
    assert (list(first), list(second)) == (["length"], ["head"])


def test_a_schema_may_be_changed_by_whoever_has_it() -> None:
    """The next one is whole again."""
    schema_of(Part)["properties"].clear()
    assert set(schema_of(Part)["properties"]) == {"title", "price", "parts"}


def test_an_output_has_a_name_that_providers_take() -> None:
    """Letters, digits, dash and underscore, 64 at most."""
    assert output_for(Part).name == "Part"
    assert output_for(list[Part]).name == "list_Part"
    assert output_for(Part | None).schema == schema_of(Part | None)
    long = Literal["a" * 50, "b" * 50]  # type: ignore[valid-type]
    assert len(output_for(long).name) == 64


def test_a_type_is_called_what_its_author_writes() -> None:
    """In errors; without the names of modules."""
    assert type_name(Part) == "Part"
    assert type_name(list[Part]) == "list[Part]"
    assert type_name(Part | None) == "Part | None"


@pytest.mark.parametrize(
    "type_", [complex, Callable[[int], int], list[Part | Box], dict[str, object]]
)
def test_a_type_without_a_schema_is_named(type_: Any) -> None:
    """And so is what has it."""
    with pytest.raises(ToolError) as caught:
        schema_of(type_, "the parameter x of the tool f")
    said = str(caught.value)
    assert said.startswith(f"the parameter x of the tool f has the type {type_name(type_)}")
    with pytest.raises(ToolError, match="has no JSON schema"):
        read_value("3", type_)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is called tools."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    with pytest.raises(ExtraMissingError, match=r"agentcore-actors\[tools\]"):
        schema_of(attrs.make_class("Fresh", ["x"]))
    assert _extras.import_extra("json", "tools", "this") is json


def test_msgspec_is_imported_at_the_first_schema() -> None:
    """Importing the module costs nothing of it."""
    code = """
import sys
from agentcore.tools.schema import schema_of
from agentcore.tools.decorator import tool
@tool
def f(x: int) -> int:
    "Do."
heavy = ("msgspec", "docstring_parser", "pydantic", "jsonschema")
assert not [name for name in heavy if name in sys.modules], "imported early"
schema_of(int)
assert "msgspec" in sys.modules
assert "pydantic" not in sys.modules, "nobody has a model of it"
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
