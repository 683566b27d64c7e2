"""`OpenAIModel`, on the real SDK, against a real server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import pickle
import socket
import sys
import traceback
import weakref
from collections.abc import Coroutine, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

import attrs
import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.errors import (
    ConfigError,
    ContextLengthError,
    ExtraMissingError,
    ModelError,
    ModelsForbiddenError,
)
from agentcore.models import (
    ChatModel,
    Completion,
    Delta,
    OpenAIModel,
    Output,
    Sampling,
    ToolCall,
    ToolSpec,
    Usage,
)
from agentcore.models.openai_client import CONNECT_SECONDS, _clients, limits
from agentcore.testing import models_forbidden
from tests.unit.models.openai_server import (
    Answer,
    Server,
    chat,
    chunk,
    failure,
    serving,
    streamed,
)

pytest.importorskip("openai")

T = TypeVar("T")
KEY = "sk-0123456789-secret"
ASKED = [{"role": "user", "content": "hello"}]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server, and no variable of the SDK's in the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    with serving() as running:
        yield running


def model_at(server: Server, **options: Any) -> OpenAIModel:
    """Make a model on the server, which is not asked again when it fails."""
    return OpenAIModel("m", server.url, KEY, **{"max_retries": 0, "timeout": 20.0} | options)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it on an event loop of its own."""
    return asyncio.run(coroutine)


def ask(model: OpenAIModel, **options: Any) -> Completion:
    """Ask once."""
    return run(model.complete(ASKED, **options))


async def pieces_of(model: OpenAIModel, **options: Any) -> list[Delta]:
    """Read a stream to its end."""
    return [delta async for delta in model.stream(ASKED, **options)]


def refusal(model: OpenAIModel, streams: bool = False, **options: Any) -> ModelError:
    """Ask, and give the error, which names the model and has the key nowhere."""
    asks: Any = pieces_of(model, **options) if streams else model.complete(ASKED, **options)
    with pytest.raises(ModelError) as caught:
        run(asks)
    error = caught.value
    assert error.model == "m"
    assert "'m'" in str(error)
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY.encode() not in pickle.dumps(error)
    return error


# --- what is asked ----------------------------------------------------------------------------


def test_a_request_is_what_openai_takes(server: Server) -> None:
    """Messages with the keys that it knows, tools, output and sampling."""
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
        ({"$defs": {"x": CLOSED}, "anyOf": [{"$ref": "#/$defs/x"}, {"type": "null"}]}, True),
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


# --- what is answered -------------------------------------------------------------------------


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
    "no content": '{"choices": [{"message": {"role": "assistant", "content": null}}]}',
    "calls that are none": '{"choices": [{"message": {"tool_calls": "x"}}]}',
    "a call that is none": '{"choices": [{"message": {"tool_calls": [1]}}]}',
    "a call of nothing": '{"choices": [{"message": {"tool_calls": [{"function": {}}]}}]}',
    "an error": '{"error": {"message": "overloaded"}}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_none_is_an_error_of_the_model(server: Server, name: str) -> None:
    """Never one of types or keys."""
    server.answers(Answer(BROKEN[name]))
    assert "answered what is no answer to a chat" in str(refusal(model_at(server)))
    if name == "an error":
        assert "overloaded" in str(refusal(model_at(server)))


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": "x"}, 3])
def test_usage_may_be_missing(server: Server, usage: Any) -> None:
    """Some servers send none, or half of it."""
    body = json.loads(chat().body) | {"usage": usage, "model": None}
    server.answers(Answer(json.dumps(body)))
    assert ask(model_at(server)) == Completion("hello")


# --- streams ----------------------------------------------------------------------------------


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


def test_closing_a_stream_closes_the_response(server: Server) -> None:
    """The server sees that its reader has left, and can stop to compute."""
    server.answers(streamed(chunk({"content": "a"}), done=False, hang=True))

    async def begin() -> bool:
        async with aclosing(model_at(server).stream(ASKED)) as deltas:  # type: ignore[type-var]
            assert await anext(deltas) == Delta("a")
        return await asyncio.to_thread(server.left.wait, 20)

    assert run(begin())


BROKEN_OFF = {
    "no end": streamed(chunk({"content": "a"}), done=False),
    "a cut": streamed(chunk({"content": "a"}), done=False, cut=True),
}


@pytest.mark.parametrize("name", BROKEN_OFF)
def test_a_stream_that_ends_too_early_is_an_error(server: Server, name: str) -> None:
    """Not an answer that happens to be short."""
    server.answers(BROKEN_OFF[name])
    assert "broke its answer off" in str(refusal(model_at(server), streams=True))


@pytest.mark.parametrize(
    "event", ["data: {no json\n\n", "data: [1]\n\n", chunk({"content": 3}), 'data: "x"\n\n']
)
def test_a_piece_that_is_none_is_an_error_of_the_model(server: Server, event: str) -> None:
    """As a whole answer is."""
    server.answers(streamed(event))
    refusal(model_at(server), streams=True)


def test_an_error_amid_a_stream_is_one_of_the_model(server: Server) -> None:
    """With the server's words, and of the right kind."""
    error = {"error": {"message": "the context length is exceeded", "code": 400}}
    server.answers(streamed(chunk({"content": "a"}), f"data: {json.dumps(error)}\n\n"))
    assert isinstance(refusal(model_at(server), streams=True), ContextLengthError)


# --- what goes wrong --------------------------------------------------------------------------


def test_rate_limits_are_waited_for_as_the_sdk_does(server: Server) -> None:
    """The server says how long; after that it answers."""
    server.answers(failure(429, "slow down", retry_after="0.01"), failure(500, "oops"), chat())
    assert ask(model_at(server, max_retries=2)).text == "hello"
    assert [headers["x-stainless-retry-count"] for headers in server.headers] == ["0", "1", "2"]


REFUSED = [
    (failure(401, f"wrong key {KEY}"), r"refused the key \(api_key=\): wrong key \*\*\*"),
    (failure(403, "not yours"), "refused the key"),
    (failure(404, "no such model"), "knows no such model, or base_url is not its API.*no such"),
    (failure(429, "quota", retry_after="0.01"), "asked too often, or its quota is spent.*quota"),
    (failure(500, "oops"), "failed with status 500, also after the SDK's retries: oops"),
    (failure(422, "bad tool"), "refused the request with status 422: bad tool"),
    (Answer(f"<p>{KEY}</p>", 400), r"status 400: <p>\*\*\*"),
    (Answer(json.dumps({"detail": "Not Found"}), 404), "Not Found"),
    (Answer(json.dumps([KEY]), 400), r"\*\*\*"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), REFUSED)
@pytest.mark.parametrize("streams", [False, True])
def test_a_refusal_says_what_to_do(
    server: Server, answer: Answer, expected: str, streams: bool
) -> None:
    """In the server's words too, but for the key, which servers like to repeat."""
    server.answers(answer)
    error = refusal(model_at(server), streams)
    assert server.url in str(error)
    assert error.__cause__ is not None
    with pytest.raises(ModelError, match=expected):
        raise error


TOO_LONG = [
    failure(400, "too much", "context_length_exceeded"),
    failure(400, "This model's maximum context length is 4096 tokens."),
    failure(400, "request (9 tokens) exceeds the available context size (8 tokens)"),
    failure(413, "prompt is too long: 9 tokens > 8 maximum"),
]


@pytest.mark.parametrize("answer", TOO_LONG)
def test_messages_that_are_too_long_are_told_apart(server: Server, answer: Answer) -> None:
    """As OpenAI, vLLM, llama.cpp and others say it."""
    server.answers(answer)
    error = refusal(model_at(server))
    assert isinstance(error, ContextLengthError)
    assert pickle.loads(pickle.dumps(error)).args == error.args


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("how", ["its own", "of the request", "shorter request"])
def test_time_that_runs_out_is_an_error_that_says_how_long(
    server: Server, streams: bool, how: str
) -> None:
    """The model's own time for an attempt, or what the request is given for all of it."""
    server.answers(Answer(hang=True))
    own = {"its own": 0.2, "of the request": None, "shorter request": 30.0}[how]
    given = {} if how == "its own" else {"timeout": 0.2}
    error = refusal(model_at(server, timeout=own), streams, **given)
    assert "did not answer within 0.2 s" in str(error)
    assert error.__cause__ is not None


def test_the_time_of_a_request_holds_for_all_attempts_and_pieces(server: Server) -> None:
    """A retry, or a piece that came, does not begin it anew."""
    server.answers(failure(429, "slow", retry_after="30"))
    error = refusal(model_at(server, max_retries=3), timeout=0.3)
    assert "did not answer within 0.3 s" in str(error)
    server.answers(streamed(chunk({"content": "a"}), done=False, hang=True))
    error = refusal(model_at(server), streams=True, timeout=0.3)
    assert "did not answer within 0.3 s" in str(error)


def test_a_server_that_is_not_there_is_named() -> None:
    """With its address, and no password that may stand in it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}/v1"
    model = OpenAIModel("m", f"http://me:pass@{address}?token=pass", KEY, max_retries=0)
    error = refusal(model)
    assert f"no server can be reached for model 'm' at http://{address} (" in str(error)
    assert "pass" not in str(error) + repr(model)


def test_a_server_that_takes_no_connection_is_not_reached_either() -> None:
    """An attempt does not spend all of its time on the connection."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        error = refusal(OpenAIModel("m", url, KEY, max_retries=0, timeout=0.3))
    assert "no server can be reached" in str(error)
    assert "ConnectTimeout" in str(error)
    assert limits(60.0).connect == CONNECT_SECONDS


def test_what_cannot_be_sent_is_an_error_of_the_model(server: Server) -> None:
    """Content that is no JSON."""
    with pytest.raises(ModelError, match="cannot be asked this"):
        run(model_at(server).complete([{"role": "user", "content": object()}]))


def test_a_request_can_be_cancelled(server: Server) -> None:
    """As a task, which closes the connection."""
    server.answers(Answer(hang=True))

    async def cancel() -> bool:
        task = asyncio.ensure_future(model_at(server).complete(ASKED))
        while not server.asked:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await asyncio.to_thread(server.left.wait, 20)

    assert run(cancel())


# --- keys -------------------------------------------------------------------------------------


def test_a_key_is_shown_nowhere(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by the model, and not in a log, whatever its level."""
    model = model_at(server, headers={"x-key": KEY})
    for shown in (repr(model), str(model), repr(attrs.asdict(model)), f"{model.api_key}"):
        assert KEY not in shown
        assert "***" in shown
    with caplog.at_level(logging.DEBUG):
        ask(model)
        server.answers(failure(401, f"wrong key {KEY}"))
        refusal(model)
    assert caplog.records
    assert KEY not in caplog.text


def test_a_key_by_name_does_not_pickle_and_is_read_where_it_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each process from its own environment; a key that is given itself goes along."""
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")  # as it comes out of a file
    model = OpenAIModel("m", server.url, api_key_env="MY_KEY")
    assert KEY.encode() not in pickle.dumps(model)
    ask(pickle.loads(pickle.dumps(model)))
    monkeypatch.setenv("MY_KEY", "another")
    ask(model)
    ask(pickle.loads(pickle.dumps(model_at(server))))
    keys = [headers["authorization"] for headers in server.headers]
    assert keys == [f"Bearer {KEY}", "Bearer another", f"Bearer {KEY}"]


def test_openais_key_goes_to_openai_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of another address gets none unasked; OpenAI's own may be moved by the SDK."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(OpenAIModel("m", server.url))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    ask(OpenAIModel("m"))
    keys = [headers["authorization"] for headers in server.headers]
    assert keys == ["Bearer no-key", f"Bearer {KEY}"]


@pytest.mark.parametrize("key", ["", " ", "sk-one two", "sk-\u2026", "sk-one\nsk-two"])
def test_a_key_that_is_none_is_an_error_that_does_not_show_it(server: Server, key: str) -> None:
    """It would come to light in errors of those that cannot send it."""
    with pytest.raises(ModelError, match=r"key of model 'm' \(api_key=\) is no key") as caught:
        ask(OpenAIModel("m", server.url, key))
    assert "sk-" not in "".join(traceback.format_exception_only(caught.value))
    assert server.asked == []


def test_a_variable_that_is_not_set_is_named(server: Server) -> None:
    """The one that was chosen, or OpenAI's own."""
    with pytest.raises(ModelError, match=r"'m' needs a key.* MY_KEY is not set"):
        ask(OpenAIModel("m", server.url, api_key_env="MY_KEY"))
    with pytest.raises(ModelError, match="OPENAI_API_KEY is not set"):
        ask(OpenAIModel("m"))


def test_settings_that_cannot_be_are_refused_at_once() -> None:
    """Two keys; an address that is none."""
    with pytest.raises(ConfigError, match="both"):
        OpenAIModel("m", api_key="x", api_key_env="Y")
    for address in ("localhost:8000/v1", "ftp://x", "http://"):
        with pytest.raises(ConfigError, match="base_url of model 'm'"):
            OpenAIModel("m", address)


# --- clients ----------------------------------------------------------------------------------


def test_models_share_a_client_within_a_loop_and_none_between_two(server: Server) -> None:
    """One connection serves many requests, and ends with the loop that it is of."""
    model, same = model_at(server), OpenAIModel("n", server.url, KEY, max_retries=0, timeout=20.0)

    async def ask_both() -> weakref.ref[Any]:
        await model.complete(ASKED)
        await same.complete(ASKED)
        (opened,) = _clients[asyncio.get_running_loop()].values()
        return weakref.ref(opened.client)

    first, second = run(ask_both()), run(ask_both())
    gc.collect()
    assert (first(), second()) == (None, None)
    assert not _clients


@pytest.mark.filterwarnings("error")
def test_a_loop_that_ends_leaves_no_connection_open(server: Server) -> None:
    """No warning of a transport that was not closed."""
    ask(model_at(server))
    server.answers(streamed(chunk({"content": "a"}, "stop")))
    run(pieces_of(model_at(server)))
    gc.collect()


class Asks(ConversableAgent):
    """Answers with what its model says, whole and streamed."""

    @agent_reply()
    async def ask(self, raw_message: Any) -> tuple[bool, str]:
        asked = [{"role": "user", "content": raw_message.content}]
        whole = await self.llm.complete(asked, timeout=60.0)
        deltas = [delta.text async for delta in self.llm.stream(asked, timeout=60.0)]
        return True, f"{whole.text} {''.join(deltas)}"


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_agents_ask_it_on_each_backend(server: Server, backend: str) -> None:
    """Also in virtual time, which goes on as the real one does while a server is waited for."""
    slow = failure(429, "slow", retry_after="0.05")
    server.answers(slow, chat(), streamed(chunk({"content": "again"}, "stop")))
    with connect(backend) as system:
        ref = system.spawn(Asks, "agent", model_at(server, max_retries=1))
        user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        result = user.initiate_chat(ref, "hello", silent=True)
    assert result.transcript[-1].content == "hello again"


# --- what it is -------------------------------------------------------------------------------


def test_it_is_a_chat_model_that_is_equal_to_its_like() -> None:
    """With the attributes that agents look for."""
    model = OpenAIModel("m", alternates=True, names_in_text=True, headers={"a": "b"})
    assert isinstance(model, ChatModel)
    assert (model.name, model.alternates, model.names_in_text) == ("m", True, True)
    again = pickle.loads(pickle.dumps(model))
    assert (again, hash(again)) == (model, hash(model))
    assert model != attrs.evolve(model, headers={"a": "c"})


@pytest.mark.parametrize("streams", [False, True])
def test_a_run_can_forbid_real_models(server: Server, streams: bool) -> None:
    """No request is made; the error names the model and what to use."""
    with models_forbidden():
        error = refusal(model_at(server), streams)
    assert isinstance(error, ModelsForbiddenError)
    assert "ScriptedModel" in str(error)
    assert server.asked == []
    ask(model_at(server))


@pytest.mark.parametrize("value", ["", "0", "false", "No"])
def test_the_switch_can_be_off(server: Server, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """As a variable of the environment is."""
    monkeypatch.setenv("AGENTCORE_FORBID_MODELS", value)
    assert ask(model_at(server)).text == "hello"


def test_without_the_package_the_extra_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is first asked, and not before."""
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ExtraMissingError, match=r'pip install "agentcore-actors\[openai\]"'):
        ask(model_at(server))
