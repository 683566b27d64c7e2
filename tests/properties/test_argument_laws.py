"""Laws of a call's arguments: what fits is read as it is, and what nearly fits as it was meant."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.base.written_json import json_object, read_nearly
from agentcore.models.sent_schema import sent_parameters
from agentcore.models.strict_schema import is_strict
from agentcore.tools.near_misses import fitting_arguments, mended
from agentcore.tools.objection import objection
from agentcore.tools.results import result_text
from tests.chat_protocol.schema_rules import parameter_problems, strict_problems

NAMES = st.sampled_from(["a", "b", "type", "items", "$ref", "nullable", "arguments", "x y"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["3", "null", "true", "[1]", '{"a": 1}', "it's", 'say "x"', "\\d", "a\nb", "{", "None", "a: 1,"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
KINDS = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string",
    list: "array", dict: "object",
}  # fmt: skip
OTHERS = st.sampled_from(
    [{"type": "null"}, {"type": "string", "maxLength": 0}, {"enum": ["other"]}, {"type": "array"}]
)


def plain_schema(value: Any) -> dict[str, Any]:
    """A schema of just the kind of a value, in which every field is required."""
    schema: dict[str, Any] = {"type": KINDS[type(value)]}
    if isinstance(value, dict):
        schema["properties"] = {name: plain_schema(inner) for name, inner in value.items()}
        schema |= {"required": list(value), "additionalProperties": False}
    if isinstance(value, list):
        schema["prefixItems"] = [plain_schema(inner) for inner in value]
    return schema


@st.composite
def schemas_of(draw: st.DrawFn, value: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """A schema that a value fits, in one of the ways in which schemas are written."""
    inner = lambda each: draw(schemas_of(each, definitions))  # noqa: E731 - it draws
    form = draw(st.sampled_from(["plain", "plain", "any", "union", "all", "reference", "choice"]))
    if form == "any":
        return draw(st.sampled_from([{}, {"description": "anything"}]))
    if form == "union":
        return {"anyOf": draw(st.permutations([inner(value), draw(OTHERS)]))}
    if form == "all":
        return {"allOf": [inner(value), {"title": "it"}]}
    if form == "reference":
        name = f"D{len(definitions)}"
        definitions[name] = None  # keeps the name
        definitions[name] = inner(value)
        return {"$ref": f"#/$defs/{name}", **draw(st.sampled_from([{}, {"description": "it"}]))}
    if form == "choice":
        return {"enum": [value, draw(SCALARS)]}
    schema: dict[str, Any] = {"type": KINDS[type(value)]}
    if value is None and draw(st.booleans()):
        schema = {"type": "string", "nullable": True}
    if isinstance(value, dict):
        names = draw(st.lists(st.sampled_from(sorted(value)), unique=True)) if value else []
        schema["properties"] = {name: inner(value[name]) for name in names}
        schema["required"] = [name for name in names if draw(st.booleans())]
        if set(names) == set(value):
            schema["additionalProperties"] = False
    if isinstance(value, list) and value:
        branches = [inner(each) for each in value]
        schema |= draw(
            st.sampled_from([{"items": {"anyOf": branches}}, {"prefixItems": branches}, {}])
        )
    return schema


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a tool's parameters, and arguments that fit it."""
    value = draw(OBJECTS)
    definitions: dict[str, Any] = {}
    schema = draw(schemas_of(value, definitions))
    return ({**schema, "$defs": definitions} if definitions else schema), value


@given(cases())
def test_what_fits_is_read_as_it_is(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Mending never changes it, whatever it looks like."""
    schema, value = case
    assert objection(value, schema) is None
    assert fitting_arguments(json.dumps(value), schema, "f") == value


@given(cases(), OBJECTS)
def test_mending_twice_is_mending_once(
    case: tuple[dict[str, Any], dict[str, Any]], value: dict[str, Any]
) -> None:
    """Also of what does not fit."""
    schema, _ = case
    once = mended(value, schema)
    assert mended(once, schema) == once


@given(cases())
def test_what_is_sent_accepts_what_is_checked(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """A server that holds a model to what is sent forbids nothing that would be accepted."""
    schema, value = case
    sent = sent_parameters(schema)
    assert list(parameter_problems(sent, "parameters")) == []
    jsonschema.Draft202012Validator.check_schema(sent)
    jsonschema.Draft202012Validator(sent).validate(value)
    assert sent_parameters(sent) == sent
    if is_strict(sent):
        assert list(strict_problems(sent, "parameters", root=True)) == []


def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """Write a value nearly as its plain schema wants it, in some places."""
    if isinstance(value, dict):
        value = {name: spoiled(draw, inner) for name, inner in value.items()}
    elif isinstance(value, list):
        value = [spoiled(draw, inner) for inner in value]
    if not isinstance(value, str) and draw(st.booleans()):
        return draw(st.sampled_from([json.dumps(value), repr(value), f" {json.dumps(value)}\n"]))
    return value


@given(OBJECTS, st.data())
def test_a_near_miss_gives_the_value_back(value: dict[str, Any], data: st.DataObject) -> None:
    """Numbers, booleans, null, lists and objects, each of them given as a text, at any depth."""
    written = {name: spoiled(data.draw, inner) for name, inner in value.items()}
    extra = data.draw(st.sampled_from([{}, {"spare": None}, {"spare": "null"}]))
    schema = plain_schema(value)
    schema["properties"]["spare"] = {"type": "integer"}
    found = fitting_arguments(json.dumps({**written, **extra}), schema, "f")
    assert found == value


WRAPPINGS = [
    "{}",
    "```json\n{}\n```",
    "Here it is:\n```\n{}\n```",
    "<tool_call>{}</tool_call>",
    "{}}}",
    "{}\n\nI will do that.",
    "{0}{0}",
    "[{}]",
]


@given(OBJECTS, st.sampled_from(WRAPPINGS), st.booleans(), st.integers(0, 2))
def test_an_object_is_read_in_any_wrapping(
    value: dict[str, Any], wrapping: str, python: bool, encoded: int
) -> None:
    """As JSON or as Python writes it; encoded; in a fence, a list or before a tail."""
    text = repr(value) if python else json.dumps(value)
    for _ in range(encoded):
        text = json.dumps(text)
    assert json_object(wrapping.format(text)) == value


@given(VALUES)
def test_what_python_writes_is_read(value: Any) -> None:
    """Whatever stands in its strings, and whichever quotes they have."""
    assert read_nearly(repr([value])) == [value]


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), st.booleans(), st.data())
def test_what_is_cut_off_is_never_completed(
    value: dict[str, Any], python: bool, data: st.DataObject
) -> None:
    """Wherever it is cut, also within a fence, and if it was encoded twice."""
    text = repr(value) if python else json.dumps(value)
    text = data.draw(st.sampled_from([text, f"```json\n{text}", json.dumps(text)]))
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.raises(ValueError, match=r"no JSON|must be an object"):
        json_object(cut)


@given(st.text(max_size=40) | st.text("{}[]\"'`:,1ax\\ \nTrue", max_size=40))
def test_any_text_is_an_object_or_a_value_error(text: str) -> None:
    """Nothing else comes out, whatever a model writes."""
    with contextlib.suppress(ValueError):
        assert isinstance(json_object(text), dict)


@given(VALUES)
def test_data_that_a_tool_returns_is_told_whole(value: Any) -> None:
    """As JSON, from which it can be read back."""
    assert json.loads(result_text([value])) == [value]
