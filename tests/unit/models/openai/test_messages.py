"""Messages as the dialects want them."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.models import Dialect, Output, Sampling, ToolCall
from agentcore.models.openai.messages import in_dialect
from agentcore.models.openai.request import request_body

USER = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "Be brief."}
CALL = ToolCall("call_1", "add", "{}", extra={"extra_content": {"a": 1}, "function": {"s": 2}})
SAID = {"role": "assistant", "content": "", "tool_calls": [CALL.as_dict()], "reasoning": "hm"}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "2"}
FORM = Output("form", {"type": "object"})


@pytest.mark.parametrize(
    ("empty", "expected"), [("null", {"content": None}), ("absent", {}), ("text", {"content": ""})]
)
def test_beside_calls_stands_what_the_dialect_has_there(empty: Any, expected: Any) -> None:
    """With all fields of the message and of its call, or with those of the API alone."""
    (sent,) = in_dialect([SAID], Dialect(empty_content=empty))
    assert ({"content": sent["content"]} if "content" in sent else {}) == expected
    assert sent["tool_calls"] == [CALL.as_dict()]
    assert sent["reasoning"] == "hm"
    (plain,) = in_dialect([SAID], Dialect(empty_content=empty, fields_back=False))
    assert plain.keys() - {"content"} == {"role", "tool_calls"}
    assert plain["tool_calls"] == [ToolCall("call_1", "add").as_dict()]


def test_ids_are_shortened_the_same_for_call_and_result() -> None:
    """And one that is right already is left."""
    sent = in_dialect([SAID, RESULT], Dialect(call_ids="nine"))
    (id,) = {sent[0]["tool_calls"][0]["id"], sent[1]["tool_call_id"]}
    assert len(id) == 9
    assert id.isalnum()
    right = {**RESULT, "tool_call_id": "abcDEF123"}
    assert in_dialect([right], Dialect(call_ids="nine")) == [right]


PARTS = {"role": "user", "content": [{"type": "text", "text": "see"}]}
WITHOUT_SYSTEM: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = [
    ([SYSTEM, USER], [{"role": "user", "content": "Be brief.\n\nhi"}]),
    ([SYSTEM, SAID, USER], [SAID, {"role": "user", "content": "Be brief.\n\nhi"}]),
    ([SYSTEM], [{"role": "user", "content": "Be brief."}]),
    ([USER, SYSTEM], [{"role": "user", "content": "Be brief.\n\nhi"}]),
    (
        [SYSTEM, PARTS],
        [{"role": "user", "content": [{"type": "text", "text": "Be brief."}, *PARTS["content"]]}],
    ),
    ([USER], [USER]),
]


@pytest.mark.parametrize(("messages", "expected"), WITHOUT_SYSTEM)
def test_without_a_system_role_its_text_goes_before_the_users(
    messages: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    """Wherever it stood, and also where that is made of parts, or missing."""
    dialect = Dialect(system_role=False, empty_content="text")
    assert in_dialect(messages, dialect) == expected


def test_messages_alternate_and_say_who_spoke() -> None:
    """System messages are first; the user begins; calls stay by themselves."""
    answer = {"role": "assistant", "content": "yes"}
    sent = in_dialect(
        [SYSTEM, answer, answer, {**USER, "name": "ann"}, SYSTEM, USER, SAID, RESULT],
        Dialect(alternates=True, empty_content="text"),
    )
    assert [each["role"] for each in sent] == [
        "system", "user", "assistant", "user", "assistant", "tool",
    ]  # fmt: skip
    assert [each["content"] for each in sent[:4]] == [
        "Be brief.\n\nBe brief.", "(The conversation goes on.)", "yes\n\nyes", "ann: hi\n\nhi",
    ]  # fmt: skip


@pytest.mark.parametrize("structured", ["json", "words"])
def test_a_form_in_words_stands_in_the_system_message_or_at_the_end(structured: Any) -> None:
    """With its schema, and the word JSON, which some servers look for."""
    dialect = Dialect(structured=structured)
    body = request_body("m", [SYSTEM, USER], [], FORM, Sampling(), dialect)
    assert body["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one JSON value")
    assert '{"type": "object"}' in body["messages"][0]["content"]
    body = request_body("m", [USER, USER], [], FORM, Sampling(), dialect)
    assert body["messages"][0] == USER
    assert body["messages"][1]["content"].startswith("hi\n\nAnswer with one JSON value")
    assert ("response_format" in body) == (structured == "json")


def test_the_messages_that_were_given_stay_as_they_were() -> None:
    """They are the caller's."""
    given = [dict(SYSTEM), dict(USER), {**SAID}, dict(RESULT)]
    before = [dict(each) for each in given]
    for dialect in (Dialect(), Dialect(system_role=False, alternates=True, call_ids="nine")):
        request_body("m", given, [], FORM, Sampling(), dialect)
    assert given == before
