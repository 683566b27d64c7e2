"""The object that a model wrote as the arguments of a call."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.written_json import json_object, read_nearly, readings

A1 = {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '\ufeff{"a": 1}\n',
        # encoded more than once
        r'"{\"a\": 1}"',
        r'"\"{\\\"a\\\": 1}\""',
        r"{\"a\": 1}",
        "'{\"a\": 1}'",
        # in a fence, with or without words around it
        '```json\n{"a": 1}\n```',
        '```\n{"a": 1}\n```',
        '```{"a": 1}```',
        '```json\n{"a": 1}',
        'Here it is:\n```json\n{"a": 1}\n```\nIs it right?',
        "<tool_call>\n{'a': 1}\n</tool_call>",
        "Here's what I pass: {'a': 1}",
        # with a tail
        '{"a": 1}}',
        '{"a": 1}]}',
        '{"a": 1};',
        '{"a": 1},',
        '{"a": 1}{"a": 1}',
        '{"a": 1}\n{"a": 1}\n{"a": 1}',
        '{"a": 1}\n\nI will look that up, and say "yes" or "no".',
        '{"a": 1}\n\nThat is {"a": 1}, as you wished.',
        # as Python and JavaScript write it
        "{'a': 1}",
        "{a: 1}",
        '{"a": 1,}',
        "{\n  'a': 1,\n}",
        "{\u201ca\u201d: 1}",
        # in a list of its own
        '[{"a": 1}]',
        r'["{\"a\": 1}"]',
        '[[{"a": 1}]]',
    ],
)
def test_an_object_is_read_in_whatever_it_is_wrapped(text: str) -> None:
    """Each of these is what some model gives, and means one thing only."""
    assert json_object(text) == A1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "one\ntwo\tthree\x01"}', "one\ntwo\tthree\x01"),
        ('{"a": "\\d+ \\\\d \\w"}', "\\d+ \\d \\w"),
        ('{"a": "C:\\Users"}', "C:\\Users"),
        ("{'a': 'it\\'s'}", "it's"),
        ('{"a": "it\\\'s"}', "it's"),
        ("{'a': \"it's\"}", "it's"),
        ("{'a': 'say \"x\"'}", 'say "x"'),
        ("{'a': '\\x41\\u0042'}", "AB"),
        ("{'a': True}", True),
        ("{'a': [False, None, 'True']}", [False, None, "True"]),
        ("{'a': {'b': [1, 2,],},}", {"b": [1, 2]}),
        ("{True: 1, 'a': 2}", 2),
        ('{"a": "{\'b\': True,}"}', "{'b': True,}"),
        ('{"a": "x, }", }', "x, }"),
        ("{'a': 1e5}", 1e5),
    ],
)
def test_what_is_no_json_is_read_as_it_was_meant(text: str, value: Any) -> None:
    """Strings keep what is in them."""
    assert json_object(text)["a"] == value


@pytest.mark.parametrize("text", ["", " \n", "null", "None", "undefined", "[]", '""', '"null"'])
def test_nothing_is_no_arguments(text: str) -> None:
    """As models call a tool without parameters."""
    assert json_object(text) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # cut off
        ('{"a": 1', "Expecting ',' delimiter"),
        ('{"a": "x', "Unterminated string"),
        ("{'a': 'x", "property name"),
        ('{"a": [1}', "Expecting ',' delimiter"),
        ('{"x": {"a": 1}', "Expecting ',' delimiter"),
        ('```json\n{"a": 1', "Expecting ',' delimiter"),
        (r'"{\"a\": 1', "no JSON"),
        ('[{"a": 1}', "Expecting ',' delimiter"),
        ('{"a": 1}{"a', "Extra data"),
        ('{"a": 1} {', "Extra data"),
        # two different ones, or a part of one
        ('{"a": 1}{"a": 2}', "Extra data"),
        ('{"a": 1}, {"b": 2}', "Extra data"),
        ('{"a": 1} or else {"a": 2}', "Extra data"),
        ('{"a": 1}, "b": 2}', "Extra data"),
        ('"a": {"b": 1}', "Extra data"),
        ("'a': {'b': 1}", "no JSON"),
        ('[{"a": 1}, {"a": 2}]', "must be an object"),
        # no object
        ("3", "must be an object"),
        ("true", "must be an object"),
        ('"Rome"', "must be an object"),
        ("Rome", "no JSON"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("{'a': 'it's'}", "no JSON"),
        ("{" * 100_000, "no JSON"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_cut_off_or_unclear_is_refused_in_words(text: str, says: str) -> None:
    """Nothing is made up, and of two nothing is chosen."""
    with pytest.raises(ValueError, match=says):
        json_object(text)


def test_the_value_of_a_text_that_is_json_comes_first() -> None:
    """What else it may have been meant as comes after it."""
    assert list(readings('[{"a": 1}]')) == [[A1], A1]
    assert list(readings('"{}"')) == ["{}", {}]
    assert list(readings("null")) == [{}, None]
    assert list(readings("3")) == [3]
    assert list(readings("no")) == []


def test_a_value_of_any_kind_is_read() -> None:
    """For an argument that is given as a text."""
    assert read_nearly("[1, '2',]") == [1, "2"]
    assert read_nearly(" 3 ") == 3
    for text in ("3 apples", "1,000", "yes"):
        with pytest.raises(ValueError, match="no JSON"):
            read_nearly(text)
