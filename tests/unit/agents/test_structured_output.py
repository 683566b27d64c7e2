"""Asking a model for a value, and prompts that do so."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.agents.prompt import prompt
from agentcore.agents.structured_output import ask_model
from agentcore.base.steps import run_async, run_now
from agentcore.errors import ModelError, OutputError, ReplyError, RuleError
from agentcore.models import Completion, Output, Usage
from agentcore.tools.schema import output_for

if TYPE_CHECKING:
    from decimal import Decimal as Unseen


@attrs.frozen
class Plan:
    """A plan."""

    steps: list[str]


PLAN = '{"steps": ["ask"]}'


@attrs.define
class Scripted:
    """A model that gives what it was told to, and keeps what it was asked."""

    answers: list[Any]
    asked: list[Any] = attrs.field(factory=list)
    outputs: list[Output | None] = attrs.field(factory=list)
    name: str = "scripted"

    def _next(self, messages: Sequence[Mapping[str, Any]], output: Output | None) -> Any:
        self.asked.append([dict(each) for each in messages])
        self.outputs.append(output)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, str):
            return Completion(answer, usage=Usage(10, 1))
        return answer

    def complete(
        self, messages: Sequence[Mapping[str, Any]], *, output: Output | None = None, **_: Any
    ) -> Any:
        """Answer at once."""
        return self._next(messages, output)


class Waiting(Scripted):
    """The same, awaited."""

    async def complete(
        self, messages: Sequence[Mapping[str, Any]], *, output: Output | None = None, **_: Any
    ) -> Any:
        """Answer when the loop comes round again."""
        await asyncio.sleep(0)
        return self._next(messages, output)


def wait(awaitable: Awaitable[Any]) -> Any:
    """Block, as a driver does."""

    async def run() -> Any:
        return await awaitable

    return asyncio.run(run())


def drive_now(model: Any, type_: Any) -> Any:
    """Ask as a ``def`` does."""
    return run_now(ask_model(model, [{"role": "user", "content": "Go."}], type_), wait)


def drive_async(model: Any, type_: Any) -> Any:
    """Ask as an ``async def`` does."""
    return wait(run_async(ask_model(model, [{"role": "user", "content": "Go."}], type_)))


both = pytest.mark.parametrize("drive", [drive_now, drive_async])
models = pytest.mark.parametrize("make", [Scripted, Waiting])


@both
@models
def test_a_text_is_given_as_it_is(drive: Callable[..., Any], make: Callable[..., Any]) -> None:
    """No form is asked for, and nothing is read."""
    model = make([" not JSON "])
    assert drive(model, str) == " not JSON "
    assert model.outputs == [None]


@both
@models
def test_a_value_is_asked_for_by_its_form(
    drive: Callable[..., Any], make: Callable[..., Any]
) -> None:
    """The schema goes to the model, and the answer is read as the type."""
    model = make([f"Here:\n```json\n{PLAN}\n```"])
    assert drive(model, Plan) == Plan(["ask"])
    assert model.outputs == [output_for(Plan)]


@both
@models
def test_a_wrong_answer_is_asked_for_once_more(
    drive: Callable[..., Any], make: Callable[..., Any]
) -> None:
    """The model sees what it said, and what was wrong with it."""
    model = make(['{"steps": "ask"}', PLAN])
    assert drive(model, Plan) == Plan(["ask"])
    first, second = model.asked
    assert second[:-2] == first
    assert second[-2] == {"role": "assistant", "content": '{"steps": "ask"}'}
    assert second[-1]["role"] == "user"
    assert '$.steps must be an array, not "ask"' in second[-1]["content"]


@both
@models
def test_a_second_wrong_answer_is_an_error_with_its_text(
    drive: Callable[..., Any], make: Callable[..., Any]
) -> None:
    """It says which model, what was wrong, and what was answered last."""
    model = make(["no", '{"step": []}', PLAN])
    with pytest.raises(OutputError) as caught:
        drive(model, Plan)
    assert (caught.value.raw, caught.value.model) == ('{"step": []}', "scripted")
    assert "model scripted gave no Plan" in str(caught.value)
    assert "the field 'steps' is missing" in str(caught.value)
    assert model.answers == [PLAN], "it is not asked a third time"


@both
@models
def test_what_a_model_raises_comes_out(drive: Callable[..., Any], make: Callable[..., Any]) -> None:
    """As it is: nothing of it is about the form."""
    with pytest.raises(ModelError, match="no power"):
        drive(make([ModelError("no power")]), Plan)


def test_an_answer_that_was_cut_off_is_said_to_be() -> None:
    """The model may then answer more briefly, or the caller allow it more."""
    model = Scripted([Completion('{"steps": [', finish_reason="length"), PLAN])
    drive_now(model, Plan)
    assert "cut off at the number of tokens" in model.asked[1][-1]["content"]


def test_an_empty_answer_is_quoted_as_such() -> None:
    """Servers refuse a message of the assistant without text."""
    model = Scripted(["", PLAN])
    drive_now(model, Plan)
    assert model.asked[1][-2]["content"] == "(no text)"


def test_all_completions_are_accounted_for() -> None:
    """Also the one that could not be used."""
    costs: list[Usage] = []
    asking = ask_model(Scripted(["no", PLAN]), [], Plan, note=costs.append)
    assert run_now(asking, wait) == Plan(["ask"])
    assert costs == [Usage(10, 1), Usage(10, 1)]


def test_a_model_that_answers_at_once_waits_for_nothing() -> None:
    """The generator yields only what is to be awaited."""
    with pytest.raises(StopIteration) as end:
        next(ask_model(Scripted([PLAN]), [], Plan))
    assert end.value.value == Plan(["ask"])


@pytest.mark.parametrize("run", [run_now, lambda asking, wait: wait(run_async(asking))])
def test_what_fails_while_it_is_awaited_is_raised_in_the_generator(run: Callable[..., Any]) -> None:
    """Which may then go on, and await something else."""

    async def fails() -> Any:
        raise LookupError("lost")

    async def gives() -> Completion:
        return Completion("found")

    def asking() -> Any:
        try:
            yield fails()
        except LookupError as error:
            completion = yield gives()
            return str(error), completion.text

    assert run(asking(), wait) == ("lost", "found")


def test_cancelling_reaches_the_model() -> None:
    """An ``async def`` that is cancelled cancels what it awaits."""
    seen = []

    class Endless(Scripted):
        async def complete(self, messages: Any, **_: Any) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                seen.append("ended")

    async def run() -> None:
        task = asyncio.ensure_future(run_async(ask_model(Endless([]), [], Plan)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert seen == ["ended"]


# --- prompts -----------------------------------------------------------------------------------


class Planner:
    """An agent, as far as prompts are concerned."""

    def __init__(self, llm: Any = None) -> None:
        self.name = "planner"
        self.llm = llm

    @prompt(llm=lambda self: self.llm)
    def say(self, task: str) -> str:
        """{{ self.name }}: {{ task }}!"""

    @prompt(llm=lambda self: self.llm)
    def unannotated(self, task: str):  # type: ignore[no-untyped-def]
        """{{ task }}."""

    @prompt(llm=lambda self: self.llm)
    def plan(self, task: str) -> Plan:
        """Plan to {{ task }} {{ times }} times."""
        return {"times": 3}  # type: ignore[return-value]

    @prompt(llm=lambda self: self.llm)
    async def plan_later(self, task: str) -> list[Plan]:
        """Plan to {{ task }}."""

    @prompt(llm=lambda self: self.llm)
    async def say_later(self, task: str) -> str:
        """{{ task }} later."""

    @prompt(llm=lambda self: self.llm)
    def strange(self) -> complex:
        """Give a number."""

    @prompt(llm=lambda self: self.llm)
    def unseen(self) -> Unseen:
        """Give a number."""


@models
def test_calling_a_prompt_with_a_model_runs_it(make: Callable[..., Any]) -> None:
    """The filled template is the only message; a ``def`` gives the answer itself."""
    model = make(["Yes.", "No."])
    assert Planner(model).say("walk") == "Yes."
    assert Planner(model).unannotated("run") == "No."
    assert model.asked == [
        [{"role": "user", "content": "planner: walk!"}],
        [{"role": "user", "content": "run."}],
    ]


@models
def test_a_prompt_gives_a_value_of_its_declared_type(make: Callable[..., Any]) -> None:
    """Checked, and asked for again if need be; what the body returns are variables, as ever."""
    model = make(["no", PLAN])
    assert Planner(model).plan("walk") == Plan(["ask"])
    assert model.asked[0][0]["content"] == "Plan to walk 3 times."
    assert model.outputs == [output_for(Plan)] * 2


@models
def test_an_async_prompt_gives_an_awaitable(make: Callable[..., Any]) -> None:
    """Of the value, or of the text."""
    model = make([f"[{PLAN}]", "Later."])
    assert wait(Planner(model).plan_later("walk")) == [Plan(["ask"])]
    assert wait(Planner(model).say_later("walk")) == "Later."


def test_without_a_model_a_prompt_for_a_text_gives_its_own() -> None:
    """So an agent without a model can be tried; anything else cannot be had of it."""
    assert Planner().say("walk") == "planner: walk!"
    assert wait(Planner().say_later("walk")) == "walk later."
    with pytest.raises(RuleError, match=r"Planner.plan is to be Plan, and its llm= gave no model"):
        Planner().plan("walk")
    with pytest.raises(RuleError, match="gave no model"):
        wait(Planner().plan_later("walk"))


def test_a_wrong_answer_twice_comes_out_of_the_call() -> None:
    """With the raw text."""
    with pytest.raises(OutputError) as caught:
        Planner(Scripted(["no", "nor this"])).plan("walk")
    assert caught.value.raw == "nor this"


def test_a_prompt_names_what_is_no_model() -> None:
    """By its type: what it looks like may hold a key."""
    with pytest.raises(RuleError, match=r"Planner.say gave a dict, and is to give a model"):
        Planner({"key": "secret"}).say("walk")


def test_a_type_that_json_has_not_is_named_with_its_prompt() -> None:
    """Before any model is asked."""
    model = Scripted([])
    with pytest.raises(RuleError, match=r"the prompt Planner.strange has the type complex"):
        Planner(model).strange()
    with pytest.raises(RuleError, match=r"Planner.unseen is to give Unseen.*no 'Unseen'"):
        Planner(model).unseen()
    assert model.asked == []


def test_a_function_can_be_a_prompt_with_a_model() -> None:
    """With a model, or a function of nothing; a function of the agent needs one."""

    @prompt(llm=Scripted(["1", '{"value": 2}']))
    def count(what: str) -> int:
        """How many {{ what }}?"""

    @prompt(llm=lambda: Scripted(["3"]))
    def again(what: str) -> int:
        """How many {{ what }}?"""

    @prompt(llm=lambda self: self.llm)
    def orphan(what: str) -> int:
        """How many {{ what }}?"""

    assert [count("cats"), count("dogs"), again("cows")] == [1, 2, 3]
    with pytest.raises(RuleError, match="no method of one"):
        orphan("cats")


def test_a_subclass_may_say_what_its_base_asks() -> None:
    """A prompt is overridden as any method; `super` runs the one before."""

    class Polite(Planner):
        @prompt(llm=lambda self: self.llm)
        def say(self, task: str) -> str:
            """Please {{ task }}; {{ before }}"""
            return {"before": super().say(task)}  # type: ignore[return-value]

    model = Scripted(["first", "second"])
    assert Polite(model).say("walk") == "second"
    assert model.asked[1][0]["content"] == "Please walk; first"


def test_a_text_is_asked_for_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a type needs a package for its schema."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert Planner(Scripted(["Yes."])).say("walk") == "Yes."


# --- prompts in rules --------------------------------------------------------------------------


class Rules(ConversableAgent):
    """An agent whose rules run prompts."""

    @prompt(llm=lambda self: self.llm)
    def plan(self, task: str) -> Plan:
        """Plan to {{ task }}."""

    @prompt(llm=lambda self: self.llm)
    async def plan_later(self, task: str) -> Plan:
        """Plan to {{ task }}, later."""

    @agent_reply("blocking")
    def reply_now(self, raw_message: Any) -> tuple[bool, str]:
        return True, ", ".join(self.plan(raw_message["content"]).steps)

    @agent_reply("awaiting")
    async def reply_later(self, raw_message: Any) -> tuple[bool, str]:
        return True, ", ".join((await self.plan_later(raw_message["content"])).steps)


@pytest.mark.parametrize("backend", ["inline", "thread"])
@pytest.mark.parametrize("sender", ["blocking", "awaiting"])
@models
def test_a_rule_runs_a_prompt(backend: str, sender: str, make: Callable[..., Any]) -> None:
    """In a ``def`` rule and an ``async def`` one; what both answers cost is in the reply."""
    with connect(backend) as system:
        agent = system.spawn(Rules, "rules", make(["no", PLAN]))
        user = UserProxyAgent(sender, human_input_mode="NEVER", max_consecutive_auto_reply=0)
        result = user.initiate_chat(agent, "walk", silent=True)
    assert result.last_message["content"] == "ask"
    assert result.last_message["metadata"]["usage"]["total_tokens"] == 22


def test_a_prompt_that_gets_no_value_fails_its_rule() -> None:
    """The conversation ends by an error that names the rule; its cause has the raw text."""
    with connect("inline") as system:
        agent = system.spawn(Rules, "rules", Scripted(["no", "nor this"]))
        user = UserProxyAgent("blocking", human_input_mode="NEVER", max_consecutive_auto_reply=0)
        with pytest.raises(ReplyError, match="reply_now") as caught:
            user.initiate_chat(agent, "walk", silent=True)
    assert isinstance(caught.value.__cause__, OutputError)
    assert caught.value.__cause__.raw == "nor this"
