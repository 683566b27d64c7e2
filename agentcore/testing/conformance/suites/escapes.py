"""Conformance: code of the user's that raises what ends threads, tasks and event loops."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agentcore.base.errors import SpawnError
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.escaping import RAISED, TOOLS, Escape, Escapes
from agentcore.testing.conformance.agents.failing import Never
from agentcore.testing.conformance.agents.model_users import Reads
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import group, links
from agentcore.testing.conformance.interrupts import interruptible
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["EscapingExceptions"]

PATIENCE = 30.0  # seconds until a chat that hangs fails; one that passes needs milliseconds

# One call, two of a kind, and one of each at once.
ONE = ("fail", "fail_later", "promise", "fail_in_task")
ROUNDS = [*[[name] for name in ONE], *[[name, name] for name in ONE[:3]], [*ONE]]

# Where code raises that belongs to no tool, and what the error names: the agent and the rule.
PLACES = {
    "rule": ("agent", ""),
    "trigger": ("agent", "rules_for"),
    "is_termination_msg": ("agent", "is_termination_msg"),
    "human": ("agent", "get_human_input"),
    "history_policy": ("agent", "llm"),
    "stream": ("agent", "stream"),
    "method": ("agent", ""),
    "generate_init_message": ("agent", "generate_init_message"),
    "until": ("user", "until"),
    "speaker": ("team", ""),
}
WITHOUT_ASYNC = {"trigger", "is_termination_msg", "generate_init_message", "until"}


class EscapingExceptions:
    """``SystemExit`` and its like are failures of the code that raises them, and end nothing else.

    Where code runs on the main thread, ``KeyboardInterrupt`` is taken for Ctrl-C.
    """

    @pytest.mark.parametrize("how", RAISED)
    @pytest.mark.parametrize("names", ROUNDS, ids=" ".join)
    def test_what_a_tool_raises_is_told_to_the_model(
        self, system: AgentSystem, names: list[str], how: str
    ) -> None:
        """One tool or several at once: the model is told of each, and the chat goes on."""
        calls = [tool_call(name, str(index), how=how) for index, name in enumerate(names)]
        model = ScriptedModel(calls, then="well")
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS)
        in_threads = len(names) > 1 and set(names) == {"fail"}
        if _interrupts(bot, how) and not in_threads:
            with pytest.raises(KeyboardInterrupt):
                ask(bot, "go", timeout=PATIENCE)
        else:
            assert said(ask(bot, "go", timeout=PATIENCE))[-1] == "well"
            told = [text for _, text in tool_results(model)]
            for name, text in zip(names, told, strict=True):
                assert text.startswith(f"{name} failed: {_kind(how, name, len(names) == 1)}"), text
        assert said(ask(bot, "again", timeout=PATIENCE))[-1] == "well"

    @pytest.mark.parametrize("how", RAISED)
    def test_what_the_class_of_a_parameter_raises_is_told_to_the_model(
        self, system: AgentSystem, how: str
    ) -> None:
        """The call does not run, as with other arguments that do not fit."""
        model = ScriptedModel(tool_call("take", trap={"how": how}), then="well")
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS)
        if _interrupts(bot, how):
            with pytest.raises(KeyboardInterrupt):
                ask(bot, "go", timeout=PATIENCE)
        else:
            assert said(ask(bot, "go", timeout=PATIENCE))[-1] == "well"
            told = tool_results(model)[0][1]
            assert told.startswith("the arguments of take ")
            assert how in told

    @pytest.mark.parametrize("how", ["SystemExit", "KeyboardInterrupt"])
    def test_a_task_group_of_a_tool_may_exit(self, system: AgentSystem, how: str) -> None:
        """The group raises it, and the event loop goes on."""
        model = ScriptedModel(tool_call("fail_in_group", how=how), then="well")
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS)
        if _interrupts(bot, how):
            with pytest.raises(KeyboardInterrupt):
                ask(bot, "go", timeout=PATIENCE)
        else:
            assert said(ask(bot, "go", timeout=PATIENCE))[-1] == "well"
            assert tool_results(model)[0][1] == f"fail_in_group failed: {how}: broken"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("exit_alone", "it raised SystemExit"),
            ("exit_in_callback", "called back"),
            ("stop_loop", "stopped"),
            ("close_loop", "close_loop failed: RuntimeError: Cannot close a running event loop"),
            ("cancel_all", "cancel_all failed: CancelledError"),
        ],
    )
    @pytest.mark.parametrize("count", [1, 2])
    def test_what_a_tool_does_to_the_event_loop_ends_no_chat(
        self, system: AgentSystem, name: str, text: str, count: int
    ) -> None:
        """Other chats go on, and their time still runs out."""
        calls = [tool_call(name, str(index)) for index in range(count)]
        model = ScriptedModel(calls, then="well")
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS)
        assert said(ask(bot, "go", timeout=PATIENCE))[-1] == "well"
        assert [told for _, told in tool_results(model)] == [text] * count
        with pytest.raises(ChatTimeoutError):
            ask(system.spawn(Never, "never"), "hello", timeout=0.1)

    @DEF_AND_ASYNC_DEF
    @pytest.mark.parametrize("how", RAISED)
    def test_what_a_predicate_of_approval_raises_is_a_refusal(
        self, system: AgentSystem, how: str, later: bool
    ) -> None:
        """The call does not run, and the model is told why."""
        model = ScriptedModel(tool_call("stop_loop"), then="well")
        approve = Escape(how, later)
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS, approve=approve)
        if _interrupts(bot, how):
            with pytest.raises(KeyboardInterrupt):
                ask(bot, "go", timeout=PATIENCE)
        else:
            assert said(ask(bot, "go", timeout=PATIENCE))[-1] == "well"
            kind = _kind(how, "fail_later" if later else "fail")
            refusal = f"the call of stop_loop was refused: approve= raised {kind}"
            assert tool_results(model)[0][1].startswith(refusal)
        assert said(ask(bot, "again", timeout=PATIENCE))[-1] == "well"

    @pytest.mark.parametrize("how", RAISED)
    @pytest.mark.parametrize(
        ("place", "later"),
        [
            pytest.param(place, later, id=f"{place} later" if later else place)
            for place in PLACES
            for later in (False, True)
            if not (later and place in WITHOUT_ASYNC)
        ],
    )
    def test_what_other_code_raises_is_one_typed_error(
        self, system: AgentSystem, place: str, later: bool, how: str
    ) -> None:
        """It names the agent and the rule, and what comes next works."""
        agent = system.spawn(Escapes, "agent", place, how, later)
        reader = system.spawn(Reads, "reader")
        if place == "speaker":
            links(system)
            group(system, speaker_selection=Escape(how, later))
        interrupts = _interrupts(agent, how)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt if interrupts else ReplyError) as caught:
                _provoke(place, agent, reader, Escape(how, later), later)
            if not interrupts:
                error: Any = caught.value
                name, rule = PLACES[place]
                assert error.agent == name
                assert error.rule == (rule or error.rule) != ""
                assert (
                    "StopIteration" in str(error) if how == "StopIteration" else how in str(error)
                )
        assert said(ask(system.spawn(Says, "well"), "hello"))[-1] == "well heard hello"

    @pytest.mark.parametrize("how", [how for how in RAISED if how != "KeyboardInterrupt"])
    def test_what_a_constructor_raises_is_a_spawn_error(
        self, system: AgentSystem, how: str
    ) -> None:
        """Wherever the agent was to live; the name stays free."""
        with pytest.raises(SpawnError, match=how) as caught:
            system.spawn(Escapes, "agent", "constructor", how)
        assert caught.value.agent == "agent"
        assert said(ask(system.spawn(Says, "agent"), "hello"))[-1] == "agent heard hello"

    @pytest.mark.parametrize("beside", [[], ["fail"], ["fail_later"]], ids=str)
    @pytest.mark.parametrize("name", ["interrupt", "interrupt_later"])
    def test_ctrl_c_while_a_tool_runs_ends_the_chat(
        self, system: AgentSystem, name: str, beside: list[str]
    ) -> None:
        """It is no failure of the tool: it is raised where ``initiate_chat`` waits."""
        others = [tool_call(each, "2", how="SystemExit") for each in beside]
        model = ScriptedModel([tool_call(name, pid=os.getpid()), *others], then="well")
        bot = system.spawn(Escapes, "bot", llm=model, tools=TOOLS)
        user = Says("user", None)
        with interruptible(), pytest.raises(KeyboardInterrupt):
            ask(bot, "go", user, timeout=PATIENCE)
        assert said(ask(system.spawn(Says, "well"), "hello", user))[-1] == "well heard hello"


def _interrupts(agent: Any, how: str) -> bool:
    """Whether what an agent's code raises is taken for Ctrl-C."""
    return how == "KeyboardInterrupt" and bool(agent.call("is_on_main_thread"))


def _kind(how: str, name: str, alone: bool = True) -> str:
    """Name what comes out of a function: some of it Python or an event loop replaces."""
    if how == "StopIteration" and name != "fail":
        return "RuntimeError: coroutine raised StopIteration"
    if how == "GeneratorExit" and name == "fail_in_task" and alone:
        return "RuntimeError: coroutine raised GeneratorExit"
    return how


def _provoke(place: str, agent: Any, reader: Any, breaks: Escape, later: bool) -> None:
    """Begin what comes to the place where the code raises."""
    if place == "method":
        agent.call("break_later" if later else "break_down")
    elif place == "generate_init_message":
        agent.initiate_chat(reader, silent=True, timeout=PATIENCE)
    elif place == "until":
        ask(reader, "hello", timeout=PATIENCE, until=breaks)
    elif place == "speaker":
        ask("team", "hello", timeout=PATIENCE)
    elif place == "stream":
        message = ask(agent, "hello", timeout=PATIENCE).last_message
        assert message is not None
        reader.call("read", "agent", message.metadata["stream_id"])
    else:
        ask(agent, "hello", timeout=PATIENCE)
