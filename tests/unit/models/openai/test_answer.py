"""What is sent to a server in OpenAI's format, and what is read from its answers and streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore.models import Completion, Delta, Output, Sampling, ToolCall, ToolSpec, Usage
from tests.chat_protocol.asking import KEY, ask, model_at, pieces_of, refusal, run
from tests.chat_protocol.server import Answer, Server, chat, chunk, streamed

pytest.importorskip("openai")


def test_a_request_is_what_openai_takes(server: Server) -> None:
    """Messages with the keys that it knows, tools, output and sampling."""
    server.more = frozenset({"top_k"})
    call = ToolCall.of("c1", "add", a=1).as_dict()
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "hi", "name": "the <user>", "metadata": {"x": 1}},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
    ]
    tool = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
    model = model_at(server, sampling=Sampling(temperature=1.0, seed=3), headers={"x-team": "blue"},
                     extra_body={"top_k": 4})  # fmt: skip
    sampling = Sampling(temperature=0.0, max_tokens=9, stop=("END",))
    run(model.complete(messages, tools=[tool], sampling=sampling))
    assert server.asked == [
        {
            "model": "m",
            "messages": [
                {"role": "user", "content": "hi", "name": "the_user_"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "content": "2", "tool_call_id": "c1"},
            ],
            "tools": [tool.as_dict()],
            "temperature": 0.0, "seed": 3, "max_tokens": 9, "stop": ["END"], "top_k": 4,
        }
    ]  # fmt: skip
    headers = server.headers[0]
    assert headers["path"] == "/v1/chat/completions"
    assert (headers["authorization"], headers["x-team"]) == (f"Bearer {KEY}", "blue")


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({"$defs": {"x": CLOSED}, "anyOf": [{"$ref": "#/$defs/x"}, {"type": "null"}]}, False),
        ({**CLOSED, "required": []}, False),
        ({"type": "object", "properties": {}}, False),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({**CLOSED, "properties": {"type": {"type": "string"}}, "required": ["type"]}, True),
    ],
)
def test_an_output_is_a_json_schema(server: Server, schema: Any, strict: bool) -> None:
    """Strict where OpenAI can be: it refuses other schemas."""
    ask(model_at(server), output=Output("a form[x]", schema))
    assert server.asked[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "a_form_x_", "schema": schema, "strict": strict},
    }


def test_an_answer_has_text_usage_reason_and_model(server: Server) -> None:
    """As the server gives them."""
    assert ask(model_at(server)) == Completion("hello", (), "stop", Usage(7, 3), "served-1")
    server.answers(chat("cut", finish_reason="length"))
    assert ask(model_at(server)).finish_reason == "length"


def test_tool_calls_are_read_as_servers_have_them(server: Server) -> None:
    """With no id, arguments that are no text, or the wrong reason for the end."""
    calls = [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"type": "function", "function": {"name": "add", "arguments": {"a": 2}}},
        {"id": "c3", "type": "function", "function": {"name": "now", "arguments": None}},
    ]
    server.answers(chat(None, tool_calls=calls))
    answer = ask(model_at(server))
    first, second, third = answer.tool_calls
    assert first == ToolCall("c1", "add", '{"a": 1}')
    assert (second.name, json.loads(second.arguments)) == ("add", {"a": 2})
    assert second.id.startswith("call_")
    assert third.arguments == "{}"
    assert (answer.text, answer.finish_reason) == ("", "tool_calls")


def test_a_refusal_and_parts_are_text(server: Server) -> None:
    """What is not the usual content."""
    server.answers(chat(None, refusal="I will not"))
    refused = ask(model_at(server))
    assert (refused.text, refused.finish_reason) == ("I will not", "content_filter")
    server.answers(chat([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]))
    assert ask(model_at(server)).text == "ab"


BROKEN = {
    "no json": "<html>not here</html>",
    "nothing": "",
    "null": "null",
    "a list": "[1]",
    "no choices": '{"choices": []}',
    "null choices": '{"choices": null}',
    "choices that are none": '{"choices": {"a": 1}}',
    "a choice that is none": '{"choices": [3]}',
    "no message": '{"choices": [{"finish_reason": "stop"}]}',
    "content that is none": '{"choices": [{"message": {"content": 3}}]}',
    "calls that are none": '{"choices": [{"message": {"tool_calls": "x"}}]}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_none_is_an_error_of_the_model(server: Server, name: str) -> None:
    """Never one of types or keys."""
    server.answers(Answer(BROKEN[name]))
    assert "answered what is no answer to a chat" in str(refusal(model_at(server)))


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": "x"}, 3])
def test_usage_may_be_missing(server: Server, usage: Any) -> None:
    """Some servers send none, or half of it."""
    body = json.loads(chat().body) | {"usage": usage, "model": None}
    server.answers(Answer(json.dumps(body)))
    assert ask(model_at(server)) == Completion("hello")


def test_a_stream_has_pieces_and_then_the_whole(server: Server) -> None:
    """Usage is asked for, and comes in a piece of its own."""
    usage = {"prompt_tokens": 4, "completion_tokens": 2}
    server.answers(
        streamed(
            chunk({"role": "assistant", "content": ""}), chunk({"content": "hel"}),
            chunk({"content": "lo"}), chunk({}, "stop"), chunk(usage=usage),
        )
    )  # fmt: skip
    deltas = run(pieces_of(model_at(server)))
    whole = Completion("hello", (), "stop", Usage(4, 2), "served-1")
    assert deltas == [Delta("hel"), Delta("lo"), Delta(completion=whole)]
    assert server.asked[0]["stream_options"] == {"include_usage": True}


def test_tool_calls_are_put_together_of_their_pieces(server: Server) -> None:
    """Two at once, mixed; and no usage, which not all servers send."""

    def call(index: int, arguments: str, **more: Any) -> str:
        function = {"arguments": arguments, **({"name": more.pop("name")} if more else {})}
        return chunk({"tool_calls": [{"index": index, "function": function, **more}]})

    server.answers(
        streamed(
            call(0, "", name="add", id="c1"), call(1, "", name="sub", id="c2"),
            call(0, '{"a"'), call(1, "{}"), call(0, ": 1}"), chunk({}, "tool_calls"),
        )
    )  # fmt: skip
    (last,) = run(pieces_of(model_at(server)))
    calls = (ToolCall("c1", "add", '{"a": 1}'), ToolCall("c2", "sub", "{}"))
    assert last.completion == Completion("", calls, "tool_calls", Usage(), "served-1")


def test_whole_tool_calls_without_a_number_are_told_apart(server: Server) -> None:
    """Some servers stream each call in one piece, with no index."""
    one = {"id": "c1", "function": {"name": "add", "arguments": "{}"}}
    server.answers(
        streamed(chunk({"tool_calls": [one]}), chunk({"tool_calls": [{**one, "id": "c2"}]}, "stop"))
    )
    (last,) = run(pieces_of(model_at(server)))
    assert last.completion is not None
    assert [call.id for call in last.completion.tool_calls] == ["c1", "c2"]
    assert last.completion.finish_reason == "tool_calls"


@pytest.mark.parametrize("call", [1, None, "add", {}, {"function": {}}, {"function": 3}])
def test_a_call_that_names_no_tool_is_given_as_one(server: Server, call: Any) -> None:
    """Who asked can tell the model; an error would end the turn."""
    server.answers(chat(None, tool_calls=[call]))
    (given,) = ask(model_at(server)).tool_calls
    assert given.name == ""
    assert given.id


def test_an_answer_without_content_is_empty(server: Server) -> None:
    """Who asked can ask once more."""
    server.answers(chat(None))
    assert ask(model_at(server)) == Completion("", (), "stop", Usage(7, 3), "served-1")


FAILURES = [
    {"error": {"message": "it is overloaded"}},
    {"error": "it is overloaded"},
    {"choices": [{"error": {"message": "it is overloaded"}, "message": {"content": "a"}}]},
    {"choices": None, "error": {"message": "it is overloaded"}},
    {"message": "it is overloaded", "type": "x"},
    {"object": "error", "message": "it is overloaded"},
    {"detail": "it is overloaded"},
    {"errors": [{"message": "it is overloaded"}]},
    [{"error": {"message": "it is overloaded"}}],
    {"choices": [{"finish_reason": "error", "message": {"content": "a"}}]},
]


@pytest.mark.parametrize("body", FAILURES)
@pytest.mark.parametrize("streams", [False, True])
def test_a_failure_within_an_answer_is_one_of_the_model(
    server: Server, body: Any, streams: bool
) -> None:
    """Some servers fail with status 200."""
    server.answers(
        streamed(f"data: {json.dumps(body)}\n\n") if streams else Answer(json.dumps(body))
    )
    said = str(refusal(model_at(server), streams))
    assert "failed: " in said
    assert "overloaded" in said or "ended with an error" in said


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("depth", [600, 200_000])
def test_an_answer_that_is_nested_without_end_is_an_error_of_the_model(
    server: Server, streams: bool, depth: int
) -> None:
    """And none of Python's stack."""
    deep = "[" * depth + "]" * depth
    message = f'{{"content": "a", "extra": {deep}}}'
    whole = f'{{"choices": [{{"message": {message}, "finish_reason": "stop"}}]}}'
    piece = whole.replace("message", "delta")
    server.answers(streamed(f"data: {piece}\n\n") if streams else Answer(whole))
    assert "answered what is no answer to a chat" in str(refusal(model_at(server), streams))


@pytest.mark.parametrize("id", ["0", "null", "", None])
def test_calls_of_a_whole_answer_are_as_many_as_there_are(server: Server, id: str | None) -> None:
    """Also if their ids do not tell them apart."""
    calls = [{"id": id, "function": {"name": "f", "arguments": text}} for text in ("{}", '{"a":1}')]
    server.answers(chat(None, tool_calls=calls))
    assert [call.arguments for call in ask(model_at(server)).tool_calls] == ["{}", '{"a":1}']
