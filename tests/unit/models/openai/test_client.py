"""Keys and clients: which key goes to which server, and when connections are closed."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import traceback
import warnings
import weakref
from typing import Any

import attrs
import pytest

from agentcore.errors import ModelError
from agentcore.models import OpenAIModel
from agentcore.models.openai.client import _clients
from tests.chat_protocol.asking import ASKED, KEY, ask, model_at, pieces_of, refusal, run
from tests.chat_protocol.server import Server, chunk, failure, streamed

pytest.importorskip("openai")


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
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # what tests before this one left open is not meant
    ask(model_at(server))
    server.answers(streamed(chunk({"content": "a"}, "stop")))
    run(pieces_of(model_at(server)))
    gc.collect()
