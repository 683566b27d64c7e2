"""Laws of values read from text: what is written is read, and nothing but ValueError comes out."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import json
import operator
from typing import Any, Literal, NamedTuple, TypedDict

import attrs
import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.models.sent_schema import sent_parameters
from agentcore.models.strict_schema import is_strict
from agentcore.tools.decorator import as_tool
from agentcore.tools.results import result_text
from agentcore.tools.schema import read_value, schema_of
from tests.chat_protocol.schema_rules import parameter_problems, strict_problems

pydantic = pytest.importorskip("pydantic")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Tree:
    label: str
    weight: float = 1.0
    children: list[Tree] = attrs.field(factory=list)


@dataclasses.dataclass
class Box:
    tree: Tree | None
    colour: Colour
    sizes: dict[str, int]


class Pair(NamedTuple):
    left: int
    right: str


class Bag(TypedDict):
    box: Box
    pairs: list[Pair]


class Model(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    number: int
    words: list[str]
    inner: Model | None = None


class Struct(msgspec.Struct):
    model: Model
    choice: Literal["a", "b", 3]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**63), 2**63 - 1)
# A str that cannot be written as UTF-8 is no JSON text that a model could send.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
TREES = st.recursive(
    st.builds(Tree, TEXTS, NUMBERS),
    lambda inner: st.builds(Tree, TEXTS, NUMBERS, st.lists(inner, max_size=3)),
    max_leaves=6,
)
BOXES = st.builds(
    Box, TREES | st.none(), st.sampled_from(Colour), st.dictionaries(TEXTS, INTS, max_size=3)
)
PAIRS = st.builds(Pair, INTS, TEXTS)
MODELS = st.recursive(
    st.builds(Model, number=INTS, words=st.lists(TEXTS, max_size=3), inner=st.none()),
    lambda inner: st.builds(Model, number=INTS, words=st.just(["x"]), inner=inner),
    max_leaves=3,
)
FAMILY: dict[Any, st.SearchStrategy[Any]] = {
    int: INTS,
    float: NUMBERS,
    str: TEXTS,
    bool: st.booleans(),
    type(None): st.none(),
    Colour: st.sampled_from(Colour),
    Literal["a", "b", 3]: st.sampled_from(["a", "b", 3]),
    Tree: TREES,
    Box: BOXES,
    Pair: PAIRS,
    Bag: st.fixed_dictionaries({"box": BOXES, "pairs": st.lists(PAIRS, max_size=3)}),
    Model: MODELS,
    Struct: st.builds(Struct, MODELS, st.sampled_from(["a", "b", 3])),
}


def lists(part: tuple[Any, Any]) -> tuple[Any, Any]:
    """The type of lists of a type, and such lists."""
    return list[part[0]], st.lists(part[1], max_size=3)  # type: ignore[valid-type]


def dicts(part: tuple[Any, Any]) -> tuple[Any, Any]:
    """Likewise, of dicts."""
    return dict[str, part[0]], st.dictionaries(TEXTS, part[1], max_size=3)  # type: ignore[valid-type]


def optional(part: tuple[Any, Any]) -> tuple[Any, Any]:
    """Likewise, of it or nothing."""
    return functools.reduce(operator.or_, [part[0], type(None)]), part[1] | st.none()


PARTS = st.sampled_from(sorted(FAMILY.items(), key=str))
TYPES = (
    PARTS | PARTS.map(lists) | PARTS.map(dicts) | PARTS.map(optional) | PARTS.map(lists).map(dicts)
)


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Any, Any]:
    """A type of the family, or of its lists, dicts and options, and a value of it."""
    type_, values = draw(TYPES)
    return type_, draw(values)


def json_of(value: Any, type_: Any) -> str:
    """Write a value in the form that its schema asks for."""
    text = "null" if value is None else result_text(value)
    if isinstance(value, str | enum.Enum):
        text = json.dumps(text)
    schema = schema_of(type_)
    return text if schema.get("properties", {}).keys() != {"value"} else f'{{"value": {text}}}'


@given(typed_values())
def test_what_is_written_as_a_type_asks_is_read_as_it_was(case: tuple[Any, Any]) -> None:
    """Alone, in a fence and amid prose."""
    type_, value = case
    text = json_of(value, type_)
    for written in (text, f"```json\n{text}\n```", f"Here it is: {text} - as you wished."):
        found = read_value(written, type_)
        assert found == value
        assert type(found) is type(value)


@given(typed_values())
def test_what_a_type_accepts_its_sent_schema_accepts(case: tuple[Any, Any]) -> None:
    """And it keeps the rules that strict servers have."""
    type_, value = case
    sent = sent_parameters(schema_of(type_))
    jsonschema.Draft202012Validator(sent).validate(json.loads(json_of(value, type_)))
    assert list(parameter_problems(sent, "parameters")) == []
    if is_strict(sent):
        assert list(strict_problems(sent, "parameters", root=True)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "label", "children", "box", "number", "words", "inner", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(
    TYPES, st.text(max_size=40) | JSON.map(json.dumps) | st.text('{}[]",:1ax\\`\n ', max_size=40)
)
def test_any_text_is_read_or_is_a_value_error(part: tuple[Any, Any], text: str) -> None:
    """Whatever a model writes, and whatever is asked for."""
    with contextlib.suppress(ValueError):
        read_value(text, part[0])


def sort(things: list[Tree], by: Colour, deep: Model | None = None, n: int = 0) -> None:
    """Sort."""


@given(st.text(max_size=40) | JSON.map(json.dumps))
def test_any_arguments_are_read_or_are_a_value_error(text: str) -> None:
    """A call never fails in another way before it runs."""
    try:
        arguments = as_tool(sort).read(text)
    except ValueError as error:
        said = str(error)
    else:
        assert arguments.keys() >= {"things", "by"}
        return
    assert said.startswith("the arguments of sort do not fit: ")


@given(typed_values(), st.data())
def test_what_is_cut_off_is_not_read(case: tuple[Any, Any], data: st.DataObject) -> None:
    """No part of an object is taken for another one, as of a tree within a tree."""
    type_, value = case
    text = json_of(value, type_)
    if not text.startswith("{"):
        return
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(ValueError, match="JSON"):
        read_value(cut, type_)
