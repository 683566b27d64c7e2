"""`RecordingModel`: what it writes, what it repeats, and what it says of what it has not."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentcore.errors import ConfigError, ContextLengthError, ModelError, ModelsForbiddenError
from agentcore.models import Completion, Delta, OpenAIModel, Output, Sampling, ToolCall, ToolSpec
from agentcore.testing import RecordingModel, ScriptedModel, Streamed, models_forbidden
from tests.chat_protocol.server import chat, serving


def asked(text: str) -> list[dict[str, Any]]:
    """Give a request."""
    return [{"role": "system", "content": "be kind"}, {"role": "user", "content": text}]


def complete(model: RecordingModel, text: str, **options: Any) -> Completion:
    """Ask, and wait if that is needed."""

    async def ask() -> Completion:
        answer = model.complete(asked(text), **options)
        return answer if isinstance(answer, Completion) else await answer

    return asyncio.run(ask())


def stream(model: RecordingModel, text: str) -> list[Delta]:
    """Read a stream to its end."""

    async def read() -> list[Delta]:
        return [delta async for delta in model.stream(asked(text))]

    return asyncio.run(read())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the recording is to be: in a folder that is not there yet."""
    return tmp_path / "recordings" / "run.jsonl"


def test_a_run_is_repeated_without_the_model(path: Path) -> None:
    """Equal requests get their answers in order, others theirs in any order."""
    call = ToolCall.of("1", "add", a=1)
    with ScriptedModel("one", "two", "three\u2028é", call) as model:
        recording = RecordingModel(path, model)
        answers = [complete(recording, text) for text in ("same", "same", "other", "tool")]
    replay = RecordingModel(path, mode="replay")
    again = [complete(replay, text) for text in ("tool", "same", "other", "same")]
    assert again == [answers[3], answers[0], answers[2], answers[1]]
    assert again[0].tool_calls == (call,)
    assert again[2].text == "three\u2028é"


def test_what_a_model_says_is_recorded_whole(path: Path) -> None:
    """Half of a character, fields of its own, and what it thought aloud."""
    call = ToolCall("1", "\ud83d", "{", extra={"extra_content": {"signature": "s"}})
    said = Completion("half \ud83d", (call,), thinking="hm", extra={"reasoning_content": "hm"})
    with ScriptedModel(said) as model:
        answer = complete(RecordingModel(path, model), "hi")
    assert (answer.thinking, answer.extra, answer.tool_calls) == ("hm", said.extra, (call,))
    assert complete(RecordingModel(path, mode="replay"), "hi") == answer


def test_replay_answers_at_once(path: Path) -> None:
    """There is nothing to wait for, so there is no coroutine."""
    complete(RecordingModel(path, ScriptedModel("one")), "hi")
    replay = RecordingModel(path, mode="replay")
    assert isinstance(replay.complete(asked("hi")), Completion)


def test_a_stream_is_repeated_in_its_pieces(path: Path) -> None:
    """What was streamed can be had whole, and the other way round."""
    recording = RecordingModel(path, ScriptedModel(Streamed("a ", "b"), "whole"))
    first = stream(recording, "stream")
    complete(recording, "whole")
    replay = RecordingModel(path, mode="replay")
    assert [delta.text for delta in first] == ["a ", "b", ""]
    assert stream(replay, "stream") == first
    assert [delta.text for delta in stream(replay, "whole")] == ["whole", ""]
    assert complete(RecordingModel(path, mode="replay"), "stream") == first[-1].completion


class Pieces:
    """A model whose streams are no async ones."""

    def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer."""
        return Completion("ab")

    def stream(self, messages: Any, **options: Any) -> Iterator[Delta]:
        """Answer in pieces."""
        yield from (Delta("a"), Delta("b"), Delta(completion=Completion("ab")))


def test_streams_of_either_kind_are_recorded(path: Path) -> None:
    """As the protocol allows both."""
    stream(RecordingModel(path, Pieces()), "hi")
    replay = RecordingModel(path, mode="replay")
    assert [delta.text for delta in stream(replay, "hi")] == ["a", "b", ""]
    assert replay.name == "Pieces"


def test_a_stream_that_is_left_early_is_not_recorded(path: Path) -> None:
    """There is no whole answer to repeat."""
    recording = RecordingModel(path, ScriptedModel(Streamed("a ", "b")))

    async def begin() -> None:
        pieces: Any = recording.stream(asked("hi"))
        assert (await anext(pieces)).text == "a "
        await pieces.aclose()

    asyncio.run(begin())
    assert len(path.read_text().splitlines()) == 1


def test_tools_output_and_sampling_make_another_request(path: Path) -> None:
    """Each of them; the time given does not."""
    ways: list[dict[str, Any]] = [
        {}, {"tools": [ToolSpec("add")]}, {"output": Output("n", {"type": "object"})},
        {"sampling": Sampling(seed=1)},
    ]  # fmt: skip
    recording = RecordingModel(path, ScriptedModel("0", "1", "2", "3"))
    for way in ways:
        complete(recording, "hi", **way)
    replay = RecordingModel(path, mode="replay")
    texts = [complete(replay, "hi", timeout=5.0, **way).text for way in reversed(ways)]
    assert texts == ["3", "2", "1", "0"]


def test_what_was_not_recorded_is_an_error_that_shows_the_difference(path: Path) -> None:
    """From the nearest request that was."""
    recording = RecordingModel(path, ScriptedModel("one", "two", name="m"))
    complete(recording, "what is two and two?")
    complete(recording, "something else", tools=[ToolSpec("add")])
    replay = RecordingModel(path, mode="replay")
    with pytest.raises(ModelError) as caught:
        complete(replay, "what is two and three?")
    text = str(caught.value)
    assert caught.value.model == "m"
    assert '-   "content": "what is two and two?"' in text
    assert '+   "content": "what is two and three?"' in text
    assert "add" not in text
    complete(replay, "what is two and two?")
    with pytest.raises(ModelError, match="all its answers to it were given"):
        complete(replay, "what is two and two?")


def test_auto_asks_for_the_rest_and_adds_it(path: Path) -> None:
    """In one run each answer is given once; the next run has them all."""
    for _ in range(2):
        with ScriptedModel("one") as model:
            complete(RecordingModel(path, model, "record"), "a")
    with ScriptedModel("two", "three") as model:
        auto = RecordingModel(path, model)
        answers = [complete(auto, text).text for text in ("a", "b", "b")]
    assert answers == ["one", "two", "three"]
    with ScriptedModel() as model:
        auto = RecordingModel(path, model)
        assert [complete(auto, text).text for text in ("a", "b", "b")] == answers


def test_the_file_is_the_same_for_the_same_run(path: Path) -> None:
    """It is readable, a line a request, after one that says what was recorded."""
    files = []
    for _ in range(2):
        model = ScriptedModel("é", name="m", alternates=True)
        complete(RecordingModel(path, model, "record"), "a")
        files.append(path.read_bytes())
    assert files[0] == files[1]
    about, line = files[0].decode().splitlines()
    assert json.loads(about)["model"]["name"] == "m"
    assert '"text": "é"' in line
    assert list(json.loads(line)) == ["request", "answer"]
    replay = RecordingModel(path, mode="replay")
    assert (replay.name, replay.alternates, replay.names_in_text) == ("m", True, False)


def test_errors_that_would_come_again_are_repeated_and_others_are_not(path: Path) -> None:
    """Messages that are too long still are tomorrow; a server that is down is not."""
    down, long = ModelError("down", model="m"), ContextLengthError("too long", model="m")
    recording = RecordingModel(path, ScriptedModel(down, long, long))
    with pytest.raises(ModelError, match="down"):
        complete(recording, "a")
    for ask in (complete, stream):
        with pytest.raises(ContextLengthError):
            ask(recording, "b")  # type: ignore[operator]
    replay = RecordingModel(path, mode="replay")
    for _ in range(2):
        with pytest.raises(ContextLengthError, match="too long"):
            complete(replay, "b")
    with pytest.raises(ModelError, match="no answer to this request"):
        complete(replay, "a")


def test_it_goes_to_another_process_with_its_file(path: Path) -> None:
    """Pickled, it reads the file again, and a recording goes on."""
    with ScriptedModel("one", "two") as model:
        recording = RecordingModel(path, model, "record")
        complete(recording, "a")
        copy = pickle.loads(pickle.dumps(recording))
        complete(copy, "b")
    replay = pickle.loads(pickle.dumps(RecordingModel(path, mode="replay")))
    assert [complete(replay, text).text for text in "ab"] == ["one", "two"]


def test_no_key_is_in_the_file_and_real_models_stay_forbidden(path: Path) -> None:
    """A real server is recorded, and then repeated where it may not be asked."""
    with serving(chat("four")) as server:
        model = OpenAIModel("m", server.url, "sk-secret", sampling=Sampling(temperature=0.0))
        complete(RecordingModel(path, model), "two and two?")
        assert server.headers[0]["authorization"] == "Bearer sk-secret"
        with models_forbidden():
            auto = RecordingModel(path, model)
            assert complete(auto, "two and two?").text == "four"
            with pytest.raises(ModelsForbiddenError):
                complete(auto, "something else")
        assert len(server.asked) == 1
    assert "secret" not in path.read_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"model": {}}\n{"request": {}}', "\x00"])
def test_a_file_that_is_no_recording_is_refused(path: Path, text: str) -> None:
    """With its name."""
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"run\.jsonl is no recording"):
        RecordingModel(path, mode="replay")


def test_what_cannot_be_done_is_refused_at_once(path: Path) -> None:
    """No file to repeat, no model to record, no such mode."""
    with pytest.raises(ConfigError, match=r"no recording .*run\.jsonl"):
        RecordingModel(path, ScriptedModel(), "replay")
    with pytest.raises(ConfigError, match="no recording"):
        RecordingModel(path)
    with pytest.raises(ConfigError, match="no model to record"):
        RecordingModel(path, mode="record")
    with pytest.raises(ConfigError, match="mode is one of"):
        RecordingModel(path, ScriptedModel(), "play")
    assert not path.exists()
