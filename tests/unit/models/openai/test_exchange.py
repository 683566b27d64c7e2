"""Asking once more after a refusal, and what is learned of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.errors import ContextLengthError, ModelError
from agentcore.models import Completion, Dialect, Output
from agentcore.models.openai import learned
from tests.chat_protocol.asking import ASKED, model_at, refusal, run
from tests.chat_protocol.server import Answer, Server, chat, chunk, failure, streamed

pytest.importorskip("openai")

FORM = Output("form", {"type": "object", "properties": {}, "additionalProperties": False})
NO_SCHEMA = failure(400, "response_format json_schema is not supported")
NO_FORMAT = failure(400, "response_format is not supported")


def form_of(body: dict[str, Any]) -> str:
    """Give how an answer of a form is asked for."""
    return str(body.get("response_format", {}).get("type", "words"))


def test_each_form_is_tried_once_and_the_first_refusal_is_told(server: Server) -> None:
    """If nothing helps; and nothing is learned of it."""
    server.answers(NO_SCHEMA, NO_FORMAT, failure(400, "json_object is not supported either"))
    error = refusal(model_at(server), output=FORM)
    assert "json_schema is not supported" in str(error)
    assert [form_of(body) for body in server.asked] == ["json_schema", "json_object", "words"]
    assert learned._changes == {}


def test_a_refusal_that_names_nothing_that_can_change_is_told_at_once(server: Server) -> None:
    """Also one whose words are of something that this request does not have."""
    for said in ("no such model", "stream_options is not supported", "content is not allowed"):
        server.asked.clear()
        server.answers(failure(400, said))
        assert said in str(refusal(model_at(server)))
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("second", "kind", "says"),
    [
        (failure(401, "wrong key"), ModelError, "refused the key"),
        (failure(400, "prompt is too long"), ContextLengthError, "too long"),
        (Answer("<html></html>"), ModelError, "an HTML page"),
    ],
)
def test_another_failure_of_the_second_request_is_told_itself(
    server: Server, second: Answer, kind: type[ModelError], says: str
) -> None:
    """It is what stands in the way now."""
    server.answers(NO_SCHEMA, second)
    error = refusal(model_at(server), output=FORM)
    assert type(error) is kind
    assert says in str(error)


def test_what_is_learned_holds_for_the_model_on_its_server(server: Server) -> None:
    """For models that are made later, and not for others on the same server."""
    server.answers(NO_SCHEMA, chat())
    run(model_at(server).complete(ASKED, output=FORM))
    server.asked.clear()
    run(model_at(server).complete(ASKED, output=FORM))
    assert [form_of(body) for body in server.asked] == ["json_object"]
    assert learned.as_learned(Dialect(), f"{server.url}/", "other") == Dialect()


def test_many_requests_at_once_learn_the_same(server: Server) -> None:
    """Each asks otherwise for itself."""

    def reply(body: dict[str, Any]) -> Answer:
        return NO_SCHEMA if form_of(body) == "json_schema" else chat()

    server.reply = reply

    async def many() -> list[Completion]:
        model = model_at(server)
        return await asyncio.gather(*(model.complete(ASKED, output=FORM) for _ in range(8)))

    assert [answer.text for answer in run(many())] == ["hello"] * 8


def test_a_stream_that_fails_before_its_first_text_is_asked_for_otherwise(server: Server) -> None:
    """After that it is told, since the reader has the text already."""
    error = 'data: {"error": {"message": "stream_options: unknown field"}}\n\n'
    server.answers(streamed(error), streamed(chunk({"content": "a"}, "stop")))

    async def texts() -> list[str]:
        return [delta.text async for delta in model_at(server).stream(ASKED)]

    assert run(texts()) == ["a", ""]
    learned._changes.clear()
    server.answers(streamed(chunk({"content": "a"}), error))
    assert "unknown field" in str(refusal(model_at(server), streams=True))


def test_the_connection_is_kept_for_the_next_request(server: Server) -> None:
    """After a stream too, of which the last event is not the last byte."""
    server.answers(streamed(chunk({"content": "a"}, "stop")))

    async def thrice() -> None:
        model = model_at(server)
        for _ in range(3):
            assert [delta.text async for delta in model.stream(ASKED)] == ["a", ""]

    run(thrice())
    assert len({each["port"] for each in server.headers}) == 1
