"""Messages that models wrote much of are made valid before they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.models.valid_messages import valid_messages
from tests.chat_protocol.validator import message_problems

JOINED, HALF = "\ud83d\ude00", "\ud83d"


def call(id: Any = "c1", name: Any = "f", arguments: Any = "{}", **more: Any) -> dict[str, Any]:
    """Give a call as the API has it."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}} | more


def proposal(*calls: Any, content: Any = None, **more: Any) -> dict[str, Any]:
    """Give a message that proposes calls."""
    return {"role": "assistant", "content": content, "tool_calls": list(calls), **more}


def result(id: Any = "c1", content: Any = "2") -> dict[str, Any]:
    """Give the result of a call."""
    return {"role": "tool", "tool_call_id": id, "content": content}


def sent_call(given: Any) -> dict[str, Any]:
    """Give what is sent of a call that has a result."""
    first, _ = valid_messages([proposal(given), result(given["id"])])
    sent: dict[str, Any] = first["tool_calls"][0]
    return sent


def test_what_is_valid_is_given_unchanged() -> None:
    """So that nothing is copied in most requests."""
    messages = [
        {"role": "system", "content": "You add."},
        {"role": "user", "content": "2 + 2 = ? \U0001f600"},
        {"role": "user", "content": "hello", "name": "bob"},
        {"role": "user", "content": [{"type": "text", "text": "look"}]},
        {"role": "assistant", "content": "4"},
    ]
    assert all(one is other for one, other in zip(valid_messages(messages), messages, strict=True))
    round_ = [proposal(call(arguments='{"a":  1}')), result()]
    assert valid_messages(round_) == round_


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ('{"q": "x"', "{}"),
        ("", "{}"),
        (None, "{}"),
        ("[1]", "{}"),
        ('"q"', "{}"),
        ('{"a": NaN}', "{}"),
        ('{"a": 1}', '{"a": 1}'),
        ({"a": 1}, '{"a": 1}'),
        (f'{{"a": "{JOINED}"}}', '{"a": "\U0001f600"}'),
        ('{"a": "\\ud83d"}', '{"a": "\ufffd"}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('{"a": "b\nc"}', '{"a": "b\\nc"}'),
        ("{'a': True}", '{"a": true}'),
        ('{"a": 1} and so on', '{"a": 1}'),
        ("[" * 100_000, "{}"),
    ],
)
def test_the_arguments_of_a_call_are_an_object(said: Any, sent: str) -> None:
    """Servers parse them, and refuse what they cannot parse."""
    assert sent_call(call(arguments=said))["function"]["arguments"] == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("f", "f"),
        ("", "unnamed"),
        (None, "unnamed"),
        ("look up", "look_up"),
        ("functions.f", "functions_f"),
        ("n" * 80, "n" * 64),
        ("\u5929\u6c14", "__"),
    ],
)
def test_the_name_of_a_call_has_the_characters_of_names(said: Any, sent: str) -> None:
    """A model may make a name up."""
    assert sent_call(call(name=said))["function"]["name"] == sent


def ids_of(*rounds: Sequence[Any]) -> list[list[str]]:
    """Give the ids that are sent for rounds of calls with these ids, and check the results'."""
    messages: list[Any] = []
    for ids in rounds:
        messages += [proposal(*map(call, ids)), *map(result, ids)]
    sent = valid_messages(messages)
    assert message_problems(sent) == []
    return [[each["id"] for each in m["tool_calls"]] for m in sent if "tool_calls" in m]


def test_an_id_names_one_call_of_a_request() -> None:
    """Some servers count from 0 in each round, or give no id at all."""
    assert ids_of(["call_0"], ["call_0"]) == [["call_0"], ["call_1"]]
    assert ids_of(["a", "a"], ["a", "b"]) == [["a", "call_1"], ["call_2", "b"]]
    assert ids_of(["call_1", "", "call_1"]) == [["call_1", "call_2", "call_3"]]
    assert ids_of(["x" * 41], ["x" * 40]) == [["call_0"], ["x" * 40]]
    assert ids_of([HALF], [None]) == [["call_0"], ["call_1"]]


def test_results_have_the_order_of_the_calls() -> None:
    """And each belongs to its own call."""
    calls = [proposal(call("a"), call("b")), result("b", "two"), result("a", "one")]
    assert [each["content"] for each in valid_messages(calls)[1:]] == ["one", "two"]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([proposal(call())], "(asks to call f with {})"),
        ([proposal(call("a"), call("b")), result("a")], "(asks to call f with {}, f with {})"),
        ([result()], "(result of a call: 2)"),
        ([proposal(call("a")), result("b")], "(result of a call: 2)"),
        ([proposal("what?", content="Well.")], "Well. (asks to call what?)"),
    ],
)
def test_calls_and_results_alone_are_described(messages: list[Any], words: str) -> None:
    """A history policy may have cut them apart."""
    sent = valid_messages(messages)
    assert message_problems(sent) == []
    assert words in [each["content"] for each in sent]


@pytest.mark.parametrize("blank", [None, "", "\n\n", " \t", [], [{"type": "text", "text": " \n"}]])
def test_no_text_is_blank(blank: Any) -> None:
    """Models say line breaks alone, beside calls mostly; Anthropic and Bedrock refuse that."""
    said, asks, answer, last = valid_messages([
        {"role": "user", "content": blank}, proposal(call(), content=blank),
        result(content=blank), {"role": "assistant", "content": blank},
    ])  # fmt: skip
    assert asks["content"] is None
    assert [each["content"] for each in (said, answer, last)] == ["(no text)"] * 3


def test_a_blank_part_is_left_out() -> None:
    """The other parts stay as they are."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    blank, text = {"type": "text", "text": "\n"}, {"type": "text", "text": " look"}
    (sent,) = valid_messages([{"role": "user", "content": [blank, image, text]}])
    assert sent["content"] == [image, text]


def test_text_is_valid_unicode() -> None:
    """Pairs of surrogates are joined, and halves are replaced, wherever they are."""
    messages = [
        {"role": "user", "content": f"a{JOINED}b{HALF}"},
        {"role": "user", "content": [{"type": "text", "text": HALF}]},
        proposal(call(extra_content={HALF: HALF}), content=HALF, reasoning_content=HALF),
        result(content=HALF),
    ]
    sent = valid_messages(messages)
    assert sent[0]["content"] == "a\U0001f600b\ufffd"
    extra = frozenset({"extra_content", "reasoning_content"})
    assert message_problems(sent, extra=extra) == []
    assert json.dumps(sent, ensure_ascii=False).encode()


def test_a_speaker_in_another_alphabet_is_named_in_the_text() -> None:
    """Nothing of the name is lost."""
    sent = valid_messages(
        [
            {"role": "user", "content": "hi", "name": "Dr. Who"},
            {"role": "user", "content": "hi", "name": "\u5c0f\u660e"},
            {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "Jos\xe9"},
        ]
    )
    assert [each.get("name") for each in sent] == ["Dr__Who", None, None]
    assert sent[1]["content"] == "\u5c0f\u660e: hi"
    assert sent[2]["content"][0] == {"type": "text", "text": "Jos\xe9:"}


def test_no_message_is_empty() -> None:
    """Some servers refuse one."""
    sent = valid_messages([{"role": "assistant", "content": ""}, {"role": "user", "content": None}])
    assert [each["content"] for each in sent] == ["(no text)", "(no text)"]


TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(), max_size=8),
    st.sampled_from(
        ["call_0", "call_1", "x" * 50, HALF, JOINED, "{}", '{"a": "\\udc00"}', "[", "f"]
    ),
)
CALLS = st.one_of(
    st.builds(call, TEXTS, TEXTS, st.one_of(TEXTS, st.dictionaries(st.text(), TEXTS, max_size=2))),
    st.sampled_from(["call", None, {}, {"id": "a", "function": None}]),
)


def _message(role: str, content: Any, calls: list[Any], id: Any, name: Any) -> dict[str, Any]:
    message = {"role": role, "content": content}
    if role == "tool":
        return message | {"tool_call_id": id}
    if name is not None:
        message["name"] = name
    return message | {"tool_calls": calls} if calls and role != "system" else message


MESSAGES = st.lists(
    st.builds(
        _message, st.sampled_from(["system", "user", "assistant", "tool", "tool"]),
        st.one_of(TEXTS, st.just([{"type": "text", "text": HALF}])),
        st.lists(CALLS, max_size=2), TEXTS, TEXTS,
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def _answered(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the results of calls, so that they are seen as calls."""
    made: list[dict[str, Any]] = []
    for message in messages:
        made.append(message)
        for each in message.get("tool_calls") or ():
            made.append(result(each.get("id") if isinstance(each, Mapping) else "?"))
    return made


@given(MESSAGES, st.booleans())
def test_whatever_was_said_is_sent_valid(messages: list[dict[str, Any]], answered: bool) -> None:
    """What is sent passes the strict validator, and is not changed when it is sent again."""
    messages = _answered(messages) if answered else messages
    sent = valid_messages(messages)
    assert message_problems(sent) == []
    assert valid_messages(sent) == sent


@given(MESSAGES, MESSAGES)
def test_what_is_added_changes_nothing_before(
    one: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Servers keep what they have read of a request for the next one that begins alike."""
    whole = [*_answered(one), {"role": "user", "content": "next"}]
    begun = valid_messages(whole)
    assert valid_messages([*whole, *_answered(more)])[: len(begun)] == begun
