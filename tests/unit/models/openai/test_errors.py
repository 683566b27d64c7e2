"""What goes wrong with a request, and what the error says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import socket

import attrs
import pytest

from agentcore.errors import ContextLengthError, ModelError
from agentcore.models import OpenAIModel
from agentcore.models.openai.client import CONNECT_SECONDS, limits
from tests.chat_protocol.asking import ASKED, KEY, ask, model_at, pieces_of, refusal, run
from tests.chat_protocol.server import Answer, Server, chat, chunk, failure, streamed

pytest.importorskip("openai")


BROKEN_OFF = {
    "no end": streamed(chunk({"content": "a"}), done=False),
    "no end of its last event": streamed(
        chunk({"content": "a"}), chunk({"content": "b"}, "stop")[:40], done=False
    ),
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


PAGE = Answer("<!DOCTYPE html><html><head><title>Sign in</title></head></html>")


@pytest.mark.parametrize("streams", [False, True])
def test_a_page_where_an_answer_was_expected_is_named(server: Server, streams: bool) -> None:
    """With its title, and with what is mostly wrong."""
    server.answers(PAGE)
    said = str(refusal(model_at(server), streams))
    assert "an HTML page, titled 'Sign in': is base_url right?" in said
    server.answers(attrs.evolve(PAGE, status=502))
    assert "status 502, also after the SDK's retries: an HTML page, titled 'Sign in'" in str(
        refusal(model_at(server), streams)
    )


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("body", ["", " \n", "\ufeff"])
def test_an_empty_body_is_named(server: Server, body: str, streams: bool) -> None:
    """It is no answer."""
    server.answers(Answer(body))
    assert "no answer to a chat: an empty body" in str(refusal(model_at(server), streams))


def test_whole_answers_and_streams_are_read_whichever_was_asked_for(server: Server) -> None:
    """Some servers stream always, and some never; with or without the right content type."""
    server.answers(chat("whole"))
    deltas = run(pieces_of(model_at(server)))
    assert [delta.text for delta in deltas] == ["whole", ""]
    assert deltas[-1].completion is not None
    assert deltas[-1].completion.text == "whole"
    server.answers(streamed(chunk({"content": "in "}), chunk({"content": "pieces"}, "stop")))
    assert ask(model_at(server)).text == "in pieces"
    server.answers(Answer(chunk({"content": "cut"})))
    assert "broke its answer off" in str(refusal(model_at(server)))


def test_an_error_event_is_one_of_the_model(server: Server) -> None:
    """With its own kind of event."""
    event = 'event: error\ndata: {"message": "prompt is too long: 9 tokens > 8 maximum"}\n\n'
    server.answers(streamed(chunk({"content": "a"}), event))
    assert isinstance(refusal(model_at(server), streams=True), ContextLengthError)


def test_a_rate_limit_says_how_long_to_wait(server: Server) -> None:
    """In its text and as a number, which other processes see as well."""
    google = [{"error": {"code": 429, "message": "Quota", "details": [{"retryDelay": "17s"}]}}]
    for answer, seconds in (
        (failure(429, "slow", retry_after="3"), 3.0),
        (failure(429, "Please try again in 6.2s."), 6.2),
        (Answer(json.dumps(google), 429), 17.0),
        (Answer(json.dumps(google[0]), 200), 17.0),
        (failure(429, "slow"), None),
        (failure(400, "Please try again in 6.2s."), None),
    ):
        server.answers(answer)
        error = refusal(model_at(server))
        assert error.retry_after == seconds
        assert ("it asks to wait" in str(error)) == (seconds is not None)
        assert pickle.loads(pickle.dumps(error)).retry_after == seconds


def test_a_text_that_is_no_text_cannot_be_sent(server: Server) -> None:
    """Half of a surrogate pair, which no encoding knows."""
    with pytest.raises(ModelError, match="cannot be asked this"):
        run(model_at(server).complete([{"role": "user", "content": "\ud800"}]))
