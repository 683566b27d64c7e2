"""`ScriptedModel`: what it answers, what it objects to, and scripts that processes share."""

from __future__ import annotations

import asyncio
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.errors import ModelError, ReplyError
from agentcore.models import ChatModel, Completion, Output, Sampling, ToolCall, ToolSpec, Usage
from agentcore.testing import Asked, Delayed, Expect, ScriptedModel, ScriptError, Streamed

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[3]
ASKED = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "who are you?"}]


@attrs.frozen
class Point:
    """A value of an attrs class."""

    x: int


@dataclasses.dataclass
class Pair:
    """A value of a dataclass."""

    a: int


def shout(messages: Sequence[Any], tools: Any, output: Any) -> str:
    """Answer with what was asked, loudly."""
    return str(messages[-1]["content"]).upper()


async def ask_later(messages: Sequence[Any], tools: Any, output: Any) -> Any:
    """Answer as a function does that waits for something."""
    await asyncio.sleep(0)
    return Delayed(0.0, "in the end")


def texts(model: ScriptedModel, times: int) -> list[str]:
    """Ask several times."""
    answers = [model.complete(ASKED) for _ in range(times)]
    assert all(isinstance(answer, Completion) for answer in answers)
    return [answer.text for answer in answers if isinstance(answer, Completion)]


def test_items_are_answered_in_order_and_at_once() -> None:
    """Texts, values as JSON and functions: without a wait there is no coroutine."""
    items = ("hi", {"é": 1}, Point(2), Pair(3), [1, 2], Streamed("a ", "b"), shout, "")
    model = ScriptedModel(*items)
    expected = ["hi", '{"é": 1}', '{"x": 2}', '{"a": 3}', "[1, 2]", "a b", "WHO ARE YOU?", ""]
    assert texts(model, len(items)) == expected
    model.check()


def test_tool_calls_and_whole_completions_are_answered_as_they_are() -> None:
    """One call, several, or a `Completion` with what it says of itself."""
    one, other = ToolCall.of("1", "add", a=1), ToolCall.of("2", "add", a=2)
    whole = Completion("x", (), "length", Usage(5, 6), "big")
    model = ScriptedModel(one, [one, other], whole)
    first, second, third = (model.complete(ASKED) for _ in range(3))
    assert isinstance(first, Completion)
    assert isinstance(second, Completion)
    assert (first.tool_calls, first.finish_reason) == ((one,), "tool_calls")
    assert second.tool_calls == (one, other)
    assert third == whole


def test_words_are_counted_as_tokens() -> None:
    """The same script has the same usage, each time."""
    answer = ScriptedModel("a b c", name="m").complete(ASKED)
    assert answer == Completion("a b c", usage=Usage(5, 3), model="m")
    parts = [{"role": "user", "content": [{"type": "text", "text": "two words"}]}]
    counted = ScriptedModel(ToolCall("1", "add", "{}")).complete(parts)
    assert isinstance(counted, Completion)
    assert counted.usage == Usage(2, 2)


@pytest.mark.parametrize("error", [ValueError("no"), ValueError, ModelError("no", model="m")])
def test_an_exception_is_raised(error: Any) -> None:
    """An instance, or a class."""
    with pytest.raises(error if isinstance(error, type) else type(error)):
        ScriptedModel(error).complete(ASKED)


def test_what_was_asked_is_kept() -> None:
    """Messages, tools, output and sampling, also if the messages are changed afterwards."""
    model = ScriptedModel("ok")
    messages = [{"role": "user", "content": "one"}]
    tool, output, sampling = ToolSpec("add"), Output("n", {}), Sampling(seed=1)
    model.complete(messages, tools=[tool], output=output, sampling=sampling)
    messages[0]["content"] = "two"
    kept = Asked(({"role": "user", "content": "one"},), (tool,), output, sampling)
    assert model.calls == (kept,)


def test_it_is_a_chat_model() -> None:
    """As the protocol has it, with the attributes that agents look for."""
    model = ScriptedModel(name="m", alternates=True, names_in_text=True)
    assert isinstance(model, ChatModel)
    assert (model.name, model.alternates, model.names_in_text) == ("m", True, True)


@pytest.mark.parametrize("item", [3, None, object(), Delayed(0, 3), Expect("x", 3)])
def test_what_no_model_answers_is_refused_at_once(item: Any) -> None:
    """When the script is made, and not when the answer is due."""
    with pytest.raises(TypeError, match="no answer of a model"):
        ScriptedModel("fine", item)
    with pytest.raises(TypeError, match="piece of Streamed"):
        Streamed("a", item)


# --- what it objects to -----------------------------------------------------------------------


def test_a_call_too_many_is_an_error_that_says_what_was_asked() -> None:
    """It is an error of models, and an assertion; and `check` repeats it."""
    model = ScriptedModel("hi", name="m")
    texts(model, 1)
    with pytest.raises(ScriptError, match=r"'m' was asked once more.*'who are you") as caught:
        model.complete(ASKED, tools=[ToolSpec("add")], output=Output("form", {}))
    assert isinstance(caught.value, ModelError | AssertionError)
    assert caught.value.model == "m"
    assert "tools add" in str(caught.value)
    assert "output form" in str(caught.value)
    with pytest.raises(AssertionError, match="once more"):
        model.check()


def test_answers_that_were_not_asked_for_fail_the_check() -> None:
    """The error names the next of them."""
    model = ScriptedModel("one", "two", "three")
    texts(model, 1)
    with pytest.raises(ScriptError, match="2 of the 3 answers of its script; the next is 'two'"):
        model.check()
    assert model.left == 2


def test_with_checks_at_the_end_but_hides_no_other_error() -> None:
    """An error inside is what the test should see."""
    with pytest.raises(ScriptError, match="1 of the 1"), ScriptedModel("one"):
        pass
    with pytest.raises(ZeroDivisionError), ScriptedModel("one"):
        raise ZeroDivisionError
    with ScriptedModel("one") as model:
        texts(model, 1)


def test_an_expectation_that_does_not_hold_is_an_error() -> None:
    """A text in the last message, or a predicate; `check` knows of it afterwards."""
    model = ScriptedModel(Expect("who", "me"), Expect(lambda asked: asked.tools, "x"))
    assert texts(model, 1) == ["me"]
    with pytest.raises(ScriptError, match=r"not what <lambda> expects.*who are you"):
        model.complete(ASKED)
    other = ScriptedModel(Expect("what", "me"))
    with pytest.raises(ScriptError, match="'what' was expected in what was asked"):
        other.complete(ASKED)
    for each in (model, other):
        with pytest.raises(ScriptError, match="expect"):
            each.check()


def test_then_is_answered_when_the_script_is_through() -> None:
    """Again and again, and nothing is wrong with it."""
    model = ScriptedModel("first", then=shout)
    assert texts(model, 3) == ["first", "WHO ARE YOU?", "WHO ARE YOU?"]
    model.check()
    assert len(model.calls) == 3


def test_each_key_has_a_script_of_its_own() -> None:
    """Agents that share a model are told apart, however their calls are mixed."""

    def system(asked: Asked) -> str:
        return str(asked.messages[0]["content"])

    model = ScriptedModel.by(system, {"a": ["a1", "a2"], "b": ["b1"]}, name="m")
    answers = [model.complete([{"role": "system", "content": each}]) for each in "aba"]
    assert [each.text for each in answers if isinstance(each, Completion)] == ["a1", "b1", "a2"]
    model.check()
    for key in "bc":
        with pytest.raises(ScriptError, match=f"its script for '{key}' has answers"):
            model.complete([{"role": "system", "content": key}])
    with pytest.raises(ScriptError):
        model.check()


# --- time, and pieces -------------------------------------------------------------------------


class Asks(ConversableAgent):
    """Answers with what its model says, and how long that took by its clock."""

    @agent_reply()
    async def ask(self, raw_message: Any) -> tuple[bool, str]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = self.llm.complete([{"role": "user", "content": raw_message.content}])
        text = (await answer).text
        return True, f"{text} after {loop.time() - begun:g} s"


class AsksAtOnce(ConversableAgent):
    """Answers with what its model says."""

    @agent_reply()
    def ask(self, raw_message: Any) -> tuple[bool, str]:
        answer = self.llm.complete([{"role": "user", "content": raw_message.content}])
        return True, answer.text


def chat(system: Any, kind: type, model: ScriptedModel, message: str = "hello") -> str:
    """Ask an agent that has the model, once."""
    ref = system.spawn(kind, f"agent{len(system.agents())}", model)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return str(user.initiate_chat(ref, message, silent=True).transcript[-1].content)


def test_a_delay_is_virtual_on_the_inline_backend() -> None:
    """An hour passes at once."""
    with connect("inline") as system, ScriptedModel(Delayed(3600.0, "late")) as model:
        assert chat(system, Asks, model) == "late after 3600 s"


def test_functions_may_wait() -> None:
    """And return what waits in turn."""
    answer = ScriptedModel(ask_later).complete(ASKED)
    assert not isinstance(answer, Completion)

    async def wait() -> Completion:
        return await answer

    assert asyncio.run(wait()).text == "in the end"


def test_a_delay_beyond_the_time_given_is_an_error_of_the_model() -> None:
    """As a real model's is."""

    async def ask() -> None:
        answer = ScriptedModel(Delayed(60.0, "late"), name="m").complete(ASKED, timeout=0.01)
        assert not isinstance(answer, Completion)
        await answer

    with pytest.raises(ModelError, match=r"'m' did not answer within 0\.01 s"):
        asyncio.run(ask())


async def read(model: ScriptedModel) -> tuple[list[str], Completion | None]:
    """Read a stream to its end."""
    pieces, whole = [], None
    async for delta in model.stream(ASKED):
        pieces.append(delta.text)
        whole = delta.completion
    return pieces, whole


def test_a_stream_has_the_pieces_and_then_the_whole() -> None:
    """Of any item: also of those that come late, and of tool calls."""
    call = ToolCall.of("1", "add")
    model = ScriptedModel(Streamed("a ", Delayed(0.0, "b")), Delayed(0.0, "late"), call)
    pieces, whole = asyncio.run(read(model))
    assert (pieces, whole) == (
        ["a ", "b", ""],
        Completion("a b", usage=Usage(5, 2), model="scripted"),
    )
    assert asyncio.run(read(model))[0] == ["late", ""]
    pieces, whole = asyncio.run(read(model))
    assert pieces == [""]
    assert whole is not None
    assert whole.tool_calls == (call,)
    model.check()


def test_a_stream_can_break_off() -> None:
    """With an exception among the pieces, after those before it."""

    got: list[str] = []

    async def pieces() -> None:
        async for delta in ScriptedModel(Streamed("a", ConnectionError())).stream(ASKED):
            got.append(delta.text)

    with pytest.raises(ConnectionError):
        asyncio.run(pieces())
    assert got == ["a"]


# --- several processes ------------------------------------------------------------------------


def test_copies_take_from_one_script() -> None:
    """What a copy was asked, and what it could not answer, the original knows."""
    model = ScriptedModel("one", "two", "three")
    texts(model, 1)
    copy = pickle.loads(pickle.dumps(model))
    assert texts(copy, 1) == ["two"]
    with pytest.raises(ScriptError, match="1 of the 3 answers"):
        model.check()
    assert texts(model, 1) == ["three"]
    model.check()
    copy.check()
    assert [asked.text for asked in model.calls] == ["who are you?"] * 3
    with pytest.raises(ScriptError):
        copy.complete(ASKED)
    with pytest.raises(ScriptError, match="once more"):
        model.check()


def test_another_process_takes_from_the_same_script() -> None:
    """Its calls come back whole, with tools, output and sampling."""
    model = ScriptedModel("one", "two")
    program = (
        "import pickle, sys\n"
        "from agentcore.models import Output, Sampling, ToolSpec\n"
        "model = pickle.load(sys.stdin.buffer)\n"
        "asked = [{'role': 'user', 'content': 'there'}]\n"
        "answer = model.complete(asked, tools=[ToolSpec('t')], output=Output('o', {}), "
        "sampling=Sampling(stop=('x',)))\n"
        "print(answer.text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, input=pickle.dumps(model), capture_output=True, timeout=100, check=True,
    )  # fmt: skip
    assert done.stdout.decode().strip() == "one"
    there = {"role": "user", "content": "there"}
    sampling = Sampling(stop=("x",))
    assert model.calls == (Asked((there,), (ToolSpec("t"),), Output("o", {}), sampling),)
    assert texts(model, 1) == ["two"]
    model.check()


def test_a_journal_ends_with_the_process_that_began_it() -> None:
    """No file is left, and a copy that outlives it says so."""
    program = (
        "import pickle, sys\n"
        "from agentcore.testing import ScriptedModel\n"
        "sys.stdout.buffer.write(pickle.dumps(ScriptedModel('one')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=100, check=True
    )
    model = pickle.loads(done.stdout)
    with pytest.raises(ScriptError, match=r"journal .* is not here"):
        model.complete(ASKED)


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_agents_ask_it_on_each_backend(backend: str) -> None:
    """The model is the one that the test has."""
    with connect(backend) as system, ScriptedModel(Expect("hello", "hi")) as model:
        assert chat(system, AsksAtOnce, model) == "hi"
        assert model.calls[0].text == "hello"


@pytest.mark.ray
def test_agents_ask_it_on_ray(ray_cluster: None) -> None:
    """Two agents in another process share the script with the test, which checks it."""
    model = ScriptedModel("one", "two")
    with connect("ray", hosts=1) as system:
        assert chat(system, AsksAtOnce, model) == "one"
        assert chat(system, AsksAtOnce, model, "again") == "two"
        assert [asked.text for asked in model.calls] == ["hello", "again"]
        model.check()
        with pytest.raises(ReplyError, match="once more"):
            chat(system, AsksAtOnce, model)
        with pytest.raises(ScriptError, match="once more"):
            model.check()


# --- pytest -----------------------------------------------------------------------------------

TESTS = """
    import pytest
    from agentcore.testing import ScriptedModel, ScriptError

    ASKED = [{"role": "user", "content": "hello"}]

    @pytest.fixture
    def early(scripted_model):
        return scripted_model("one")

    def test_left_over():
        ScriptedModel("one")

    def test_left_over_of_a_fixture(early):
        pass

    def test_too_many_and_nobody_noticed():
        try:
            ScriptedModel().complete(ASKED)
        except Exception:
            pass

    def test_all_asked_for(early):
        assert early.complete(ASKED).text == "one"

    def test_checked_by_itself():
        model = ScriptedModel("one")
        with pytest.raises(ScriptError):
            model.check()
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run pytest on a file, with the plugin, installed or not."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'backends'}")

    def run(tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(tests)
        plugin = ("-p", "no:agentcore", "-p", "agentcore.testing.pytest_plugin")
        return pytester.runpytest_subprocess(*plugin, *options)

    return run


def test_pytest_checks_each_script_that_a_test_has_not(run: Any) -> None:
    """It fails the test itself, and not its tear-down."""
    result = run(TESTS)
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(
        ["*ScriptError: *was not asked for 1 of the 1*", "*ScriptError: *asked once more*"]
    )


FORBIDDEN = """
    import asyncio, os, pytest
    from agentcore.errors import ModelsForbiddenError
    from agentcore.models import OpenAIModel

    def test_it():
        with pytest.raises(ModelsForbiddenError, match="'m'"):
            asyncio.run(OpenAIModel("m", "http://127.0.0.1:1/v1").complete([]))
"""


@pytest.mark.parametrize("how", ["option", "ini"])
def test_pytest_forbids_real_models(run: Any, pytester: pytest.Pytester, how: str) -> None:
    """On the command line, or in the ini file."""
    if how == "ini":
        pytester.makeini("[pytest]\nagentcore_forbid_models = true")
    result = run(FORBIDDEN, *(["--agentcore-forbid-models"] if how == "option" else []))
    result.assert_outcomes(passed=1)


def test_scripts_hold_on_to_no_model() -> None:
    """Outside of a test nobody keeps a list of them."""
    program = (
        "import gc, weakref\n"
        "from agentcore.testing import ScriptedModel\n"
        "model = weakref.ref(ScriptedModel('one'))\n"
        "gc.collect()\n"
        "print(model())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert (done.stdout.strip(), done.stderr) == ("None", "")
