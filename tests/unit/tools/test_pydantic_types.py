"""Parameters of tools with types that pydantic, or only some package, knows; typed answers too."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import subprocess
import sys
import uuid
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import attrs
import pytest

from agentcore.errors import ToolError
from agentcore.tools.conversion import json_of
from agentcore.tools.decorator import as_tool
from agentcore.tools.schema import read_value, schema_of

pydantic = pytest.importorskip("pydantic")
Field = pydantic.Field


class Cat(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    kind: Literal["dog"] = "dog"
    name: str


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Level(enum.Enum):
    LOW = "low"


@dataclasses.dataclass
class Order:
    """An order."""

    where: pathlib.Path
    count: Annotated[int, Field(ge=1, description="how many")] = 1


class Visit(TypedDict):
    when: datetime.datetime
    pets: list[Pet]
    note: NotRequired[str]


@pydantic.dataclasses.dataclass
class Size:
    width: int = Field(gt=0)


@attrs.frozen
class Place:
    path: pathlib.Path


class Even(int):
    """A type that pydantic can read, but not describe."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls)


NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
UUID = uuid.UUID(int=7)
FAMILY: list[tuple[Any, Any, Any]] = [
    (pathlib.Path, "a/b", pathlib.Path("a/b")),
    (pathlib.PurePosixPath, "a/b", pathlib.PurePosixPath("a/b")),
    (list[pathlib.Path], ["a"], [pathlib.Path("a")]),
    (dict[str, pathlib.Path], {"x": "a"}, {"x": pathlib.Path("a")}),
    (pathlib.Path | None, "a", pathlib.Path("a")),
    (pathlib.Path | None, None, None),
    (Place, {"path": "a"}, Place(pathlib.Path("a"))),
    (ipaddress.IPv4Address, "127.0.0.1", ipaddress.IPv4Address("127.0.0.1")),
    (decimal.Decimal, "1.50", decimal.Decimal("1.50")),
    (datetime.datetime, "2026-01-02T12:00:00Z", NOON),
    (datetime.date, "2026-01-02", NOON.date()),
    (datetime.time, "12:00:00", NOON.time()),
    (datetime.timedelta, "PT90S", datetime.timedelta(seconds=90)),
    (uuid.UUID, str(UUID), UUID),
    (Level, "low", Level.LOW),
    (Literal["x", 1], 1, 1),
    (Annotated[int, Field(ge=1, description="n")], 3, 3),
    (Annotated[int, Field(ge=1)] | None, None, None),
    (list[Annotated[str, Field(pattern="^a")]], ["ab"], ["ab"]),
    (Annotated[pathlib.Path, Field(description="where")], "a", pathlib.Path("a")),
    (Annotated[decimal.Decimal, Field(gt=0)], "1.5", decimal.Decimal("1.5")),
    (Annotated[datetime.datetime, Field(description="when")], "2026-01-02T12:00:00Z", NOON),
    (Annotated[Place, Field(description="where")], {"path": "a"}, Place(pathlib.Path("a"))),
    (Annotated[Any, Field(description="anything")], [1], [1]),
    (Annotated[set[int], Field(max_length=2)], [1], {1}),
    (Pet, {"kind": "dog", "name": "Rex"}, Dog(name="Rex")),
    (list[Pet], [{"kind": "cat"}], [Cat()]),
    (list[Cat | Dog], [{"kind": "dog", "name": "Rex"}], [Dog(name="Rex")]),
    (pydantic.PositiveInt, 3, 3),
    (pydantic.conint(ge=2), 3, 3),
    (pydantic.HttpUrl, "https://a.b/", pydantic.HttpUrl("https://a.b/")),
    (Annotated[int, pydantic.BeforeValidator(lambda value: value + 1)], 3, 4),
    (Order, {"where": "a", "count": 2}, Order(pathlib.Path("a"), 2)),
    (Size, {"width": 3}, Size(width=3)),
    (list[Visit], [{"when": "2026-01-02T12:00:00Z", "pets": []}], [{"when": NOON, "pets": []}]),
    (
        Visit,
        {"when": "2026-01-02T12:00:00Z", "pets": [{"kind": "cat", "lives": 7}]},
        {"when": NOON, "pets": [Cat(lives=7)]},
    ),
]


@pytest.mark.parametrize(("type_", "written", "value"), FAMILY)
def test_a_parameter_is_given_a_value_of_its_type(type_: Any, written: Any, value: Any) -> None:
    """From JSON, and as a typed answer likewise."""

    def take(x: Any) -> None: ...

    take.__annotations__["x"] = type_
    found = as_tool(take).read(json.dumps({"x": written}))["x"]
    assert found == value
    assert type(found) is type(value)
    schema = schema_of(type_)
    wrapped = {"value": written} if "value" in schema.get("properties", {}) else written
    assert read_value(json.dumps(wrapped), type_) == value


def order(
    pet: Pet,
    count: Annotated[int, Field(ge=1, le=5, description="how many")],
    others: list[Cat | Dog] = [],  # noqa: B006 - as users write it
    where: Annotated[Place, Field(description="the place")] | None = None,
    note: str = Field("none", max_length=10, description="a note"),
    tags: list[str] = Field(default_factory=list),  # noqa: B008 - as users write it
    kit: Size | None = None,
) -> None:
    """Order."""


def test_the_schema_has_what_a_field_says() -> None:
    """Descriptions, bounds, patterns and defaults; models have one definition each."""
    schema = as_tool(order).spec().parameters
    fields = schema["properties"]
    assert fields["count"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 5,
        "description": "how many",
    }
    assert [each["$ref"] for each in fields["pet"]["oneOf"]] == ["#/$defs/Cat", "#/$defs/Dog"]
    assert fields["others"]["items"]["anyOf"] == fields["pet"]["oneOf"]
    assert fields["note"] == {
        "type": "string",
        "maxLength": 10,
        "description": "a note",
        "default": "none",
    }
    assert schema["required"] == ["pet", "count"]
    assert set(schema["$defs"]) == {"Cat", "Dog", "Place", "Size"}
    assert schema["$defs"]["Dog"]["required"] == ["name"]


def test_a_field_as_a_default_gives_its_own_default() -> None:
    """The function is not called with the field itself; a factory is asked each time."""
    made = as_tool(order)
    read = [made.read('{"pet": {"kind": "cat"}, "count": 1}') for _ in range(2)]
    assert read[0] == {"pet": Cat(), "count": 1, "note": "none", "tags": []}
    assert read[0]["tags"] is not read[1]["tags"]

    def needed(x: int = Field(description="a number")) -> None: ...

    assert as_tool(needed).spec().parameters["required"] == ["x"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"count": 9}, "arguments.count must be 5 or less, not 9"),
        ({"pet": {"kind": "cow"}}, 'arguments.pet.kind must be "cat", not "cow"; or'),
        ({"pet": {"kind": "dog"}}, "arguments.pet: the field 'name' is missing"),
        ({"pet": {"kind": "dog", "name": [1]}}, "arguments.pet.name must be a string, not [1]"),
        ({"note": "x" * 11}, "arguments.note must have 10 characters at most, not 11"),
        ({"kit": {"width": 0}}, "arguments.kit.width must be more than 0, not 0"),
    ],
)
def test_what_a_field_forbids_is_told(more: dict[str, Any], says: str) -> None:
    """In the words that all schemas have."""
    arguments = {"pet": {"kind": "cat"}, "count": 1, **more}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        as_tool(order).read(json.dumps(arguments))
    assert says in str(caught.value)


def test_what_only_pydantic_checks_is_told_with_the_name() -> None:
    """As the reading of a date is not a part of the schema."""

    def at(when: Annotated[datetime.date, Field(description="when")]) -> None: ...

    with pytest.raises(ValueError, match="do not fit: when: Input should be a valid date"):
        as_tool(at).read('{"when": "soon"}')


def test_a_type_that_cannot_be_described_is_a_tool_error() -> None:
    """Which names the parameter."""
    with pytest.raises(ToolError, match="the parameter x of the tool f has the type Even, which"):
        schema_of(Even, "the parameter x of the tool f")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (pathlib.PurePosixPath("a"), "a"),
        ([Cat()], [{"kind": "cat", "lives": 9}]),
        (NOON, "2026-01-02T12:00:00Z"),
    ],
)
def test_a_default_is_written_as_json(value: Any, written: Any) -> None:
    """For the schema; what has no JSON is left out of it."""
    assert json_of(value) == written
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        json_of(object())


def test_pydantic_is_not_imported_for_types_of_others() -> None:
    """Whoever does not use it does not wait for it."""
    code = """
import sys, pathlib, decimal, typing
from agentcore.tools.decorator import as_tool
def f(a: pathlib.Path, b: decimal.Decimal, c: typing.Annotated[int, "a number"] = 3): "Do."
print(as_tool(f).read('{"a": "x", "b": "1"}'))
assert "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
