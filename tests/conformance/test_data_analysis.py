"""A data analysis does the same on each backend; each test of `Sessions` runs on all of them."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentNotFoundError,
    AgentSystem,
    ConversableAgent,
    ModelError,
    NameInUseError,
    connect,
)
from agentcore.data import DataAnalysis
from agentcore.errors import AnswerTimeoutError, DataFileError, SessionNotFoundError
from agentcore.sandbox import Limits
from agentcore.testing import Delayed, ScriptedModel
from agentcore.testing.conformance.agents.answering import Says

SALES = "region,amount\nnorth,10\nsouth,20\n"
Open = Callable[..., DataAnalysis]


def code(text: str) -> str:
    """Return what a model writes that writes code."""
    return f"```python\n{text}\n```"


def for_ever(messages: Any, tools: Any, output: Any) -> str:
    """Write no code first, and then some that never ends, unless the question is "Two?"."""
    if "Task: Two?" in str(messages):
        return code("print(2)")
    return "no code" if len(messages) == 2 else code("while True: pass")


def late_for_one(messages: Any, tools: Any, output: Any) -> Any:
    """Take a minute for the question "One?"."""
    asked = "Task: One?" in str(messages)
    return Delayed(60, code("print(1)")) if asked else code("print(2)")


def slow_or_not(messages: Any, tools: Any, output: Any) -> Any:
    """Take long over the question "Slow?", in two attempts."""
    if "Task: Slow?" not in messages[1]["content"]:
        return code("print(1)")
    return "no code" if len(messages) == 2 else Delayed(0.2, code("print(2)"))


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """A file with a table of two rows."""
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    return path


@pytest.fixture
def opened(system: AgentSystem) -> Iterator[Open]:
    """Opens analyses, which are closed when the test is over."""
    analyses: list[DataAnalysis] = []

    def begin(*script: Any, name: str = "analysis", **options: Any) -> DataAnalysis:
        model = options.pop("llm", None) or ScriptedModel(*script)
        analyses.append(DataAnalysis(system, name, llm=model, **options))
        return analyses[-1]

    yield begin
    for analysis in analyses:
        analysis.close()


class Asks(ConversableAgent):
    """Asks an analysis that it is given, where it lives."""

    def ask(self, analysis: DataAnalysis, question: str) -> str:
        """Return the text of the answer."""
        return analysis.ask(question).text


class Kills(ConversableAgent):
    """Ends the process in which it lives."""

    def end_process(self) -> None:
        """End it, as if it were killed."""
        os.kill(os.getpid(), signal.SIGKILL)


class Sessions:
    """What holds of a data analysis on every backend."""

    seconds = 60.0  # that code may run which never ends

    def test_a_question_is_answered_by_code_that_ran(self, opened: Open) -> None:
        """The steps come first, then the text, then the answer with its code and its tokens."""
        analysis = opened(code("print(6 * 7)"))
        pieces = list(analysis.stream("What is 6 times 7?"))
        assert [piece.kind for piece in pieces] == ["code", "answer", "text", "answer"]
        assert "".join(piece.text for piece in pieces) == "42"
        answer = pieces[-1].answer
        assert answer is not None
        assert (answer.text, answer.failed, answer.code) == ("42", False, "print(6 * 7)")
        assert answer.host
        assert answer.usage.total_tokens

    def test_variables_and_what_was_said_are_kept(self, opened: Open) -> None:
        """The second question finds what the first one left, and the model is told of that."""

        def asked(messages: Any, tools: Any, output: Any) -> str:
            assert "Earlier question: First" in messages[-1]["content"]
            return code("print(found + 1)")

        analysis = opened(code("found = 1\nprint(found)"), asked)
        assert [analysis.ask(each).text for each in ("First", "Second")] == ["1", "2"]

    def test_files_that_were_added_are_in_all_sessions(self, opened: Open, sales: Path) -> None:
        """No model is asked for a preview; it is the file's first rows as CSV."""
        analysis = opened()
        (table,) = analysis.add(sales)
        assert (table.name, table.row_count) == ("sales", 2)
        for session in ("default", "other"):
            answer = analysis.ask("Show it", agent="preview", session=session)
            assert answer.text == SALES.strip()
            assert answer.table is not None
            assert len(answer.table) == 2

    def test_a_session_is_its_owners(self, opened: Open) -> None:
        """Nobody else asks in it, stops, reads or closes it; each has a default one."""
        analysis = opened(code("print(1)"), code("print(2)"))
        analysis.ask("One?", session="plans", owner="ann")
        as_bob: list[Callable[[], Any]] = [
            lambda: analysis.ask("Two?", session="plans", owner="bob"),
            lambda: analysis.add(__file__, session="plans", owner="bob"),
            lambda: analysis.stop("plans", owner="bob"),
            lambda: analysis.get_messages(session="plans", owner="bob"),
            lambda: analysis.fetch("x", session="plans", owner="bob"),
            lambda: analysis.close("plans", owner="bob"),
        ]
        for each in as_bob:
            with pytest.raises(SessionNotFoundError):
                each()
        assert analysis.ask("Two?", owner="bob").text == "2"
        assert (analysis.sessions("ann"), analysis.sessions("bob")) == (("plans",), ("default",))
        assert analysis.sessions() == ()

    def test_an_analysis_is_found_by_its_name(self, opened: Open, system: AgentSystem) -> None:
        """Another one of the name asks in the same sessions, and so does one that was pickled."""
        analysis = opened(code("print(1)"))
        analysis.ask("One?")
        for other in (DataAnalysis(system, "analysis"), pickle.loads(pickle.dumps(analysis))):
            assert other.sessions() == ("default",)
            assert [message["content"] for message in other.get_messages()] == ["One?", "1"]

    def test_an_agent_asks_with_an_analysis_that_it_is_given(
        self, opened: Open, system: AgentSystem
    ) -> None:
        """It goes there as what it is, and uses the sessions that are open."""
        analysis = opened(code("print(1)"), code("print(2)"))
        analysis.ask("One?")
        agent = system.spawn(Asks, "asks")
        try:
            assert agent.call("ask", analysis, "Two?") == "2"
        finally:
            agent.close()

    def test_what_cannot_begin_says_why(self, opened: Open, system: AgentSystem) -> None:
        """A name of another agent, no model, and a sandbox that there is not."""
        with pytest.raises(ValueError, match="llm="):
            DataAnalysis(system, "analysis")
        with pytest.raises(ValueError, match="sandlock"):
            opened(sandbox="sandlok")
        other = system.spawn(Says, "taken")
        with pytest.raises(NameInUseError):
            opened(name="taken")
        other.close()

    def test_a_file_that_is_not_there_is_not_added(self, opened: Open, tmp_path: Path) -> None:
        """Nor is a document without a library; other files can be added afterwards."""
        analysis = opened()
        note = tmp_path / "note.md"
        note.write_text("Sales grew.")
        for name in (tmp_path / "none.csv", tmp_path / "*.csv", note):
            with pytest.raises(DataFileError):
                analysis.add(name)
        assert "preview" not in analysis.get_agent_names()

    def test_an_agent_that_is_not_at_hand_is_named(self, opened: Open) -> None:
        """The error says what to give, and the session takes the next question."""
        analysis = opened(code("print(1)"))
        for agent in ("library", "sql", "preview", "coder"):
            with pytest.raises(AgentNotFoundError):
                analysis.ask("One?", agent=agent)
        assert analysis.ask("One?", agent="plot").text == "1"

    def test_nonsense_gives_an_honest_answer(self, opened: Open) -> None:
        """The answer has failed, and says so; the session takes the next question."""
        analysis = opened("hm", "hm", "hm", code("print(1)"), repairs=2)
        answer = analysis.ask("One?")
        assert answer.failed
        assert "No answer was found" in answer.text
        assert analysis.ask("One?").text == "1"

    def test_a_model_that_fails_raises_as_it_is(self, opened: Open) -> None:
        """The error is the model's, and not one of the stream."""
        analysis = opened(ModelError("the server is down"), code("print(1)"))
        with pytest.raises(ModelError, match="the server is down"):
            analysis.ask("One?")
        assert analysis.ask("One?").text == "1"

    def test_a_question_is_stopped_in_the_middle(self, opened: Open) -> None:
        """Code that never ends is ended; who asked is told, and the session goes on."""
        analysis = opened(llm=ScriptedModel(then=for_ever), limits=Limits(seconds=self.seconds))
        stream = analysis.stream("For ever?")
        assert next(stream).kind == "code"
        assert analysis.stop()
        answer = stream.read()
        assert answer.failed
        assert "stopped" in answer.text
        assert answer.steps[0].kind == "code"
        assert not analysis.stop()
        assert analysis.ask("Two?").text == "2"

    def test_a_question_has_a_time(self, opened: Open) -> None:
        """After it a typed error is raised, and the session goes on."""
        analysis = opened(llm=ScriptedModel(then=late_for_one))
        with pytest.raises(AnswerTimeoutError):
            analysis.ask("One?", timeout=0.2)
        assert analysis.ask("Two?").text == "2"

    def test_a_stream_that_is_closed_stops_its_question(self, opened: Open) -> None:
        """The next question need not wait for it."""
        analysis = opened(llm=ScriptedModel(then=for_ever), limits=Limits(seconds=self.seconds))
        stream = analysis.stream("For ever?")
        assert next(stream).kind == "code"
        stream.close()
        assert analysis.ask("Two?").text == "2"

    def test_a_closed_session_leaves_nothing(self, opened: Open, tmp_path: Path) -> None:
        """Its temporary folder goes, and what was said. Only its own files were to be had."""
        analysis = opened(code("open('made', 'w').write('made')\nprint(1)"), code("print(2)"))
        (made,) = analysis.ask("Write", session="mine").files
        assert analysis.fetch(made, session="mine", to=tmp_path / "copy") == b"made"
        assert (tmp_path / "copy").read_bytes() == b"made"
        with pytest.raises(DataFileError):
            analysis.fetch("/etc/passwd", session="mine")
        analysis.close("mine")
        assert not made.parent.exists()
        with pytest.raises(SessionNotFoundError):
            analysis.output(session="mine")
        assert analysis.ask("Two?", session="mine").text == "2"
        assert len(analysis.get_messages(session="mine")) == 2

    def test_questions_wait_within_a_session_only(self, opened: Open) -> None:
        """One that was asked first is answered first; another session need not wait for it."""
        analysis = opened(llm=ScriptedModel(then=slow_or_not))
        first = analysis.stream("Slow?")
        pieces = iter(first)
        assert next(pieces).kind == "code"
        assert analysis.ask("Quick?", session="other").text == "1"
        second = analysis.stream("Quick?")
        assert first.read().text == "2"
        assert second.read().text == "1"
        asked = [each["content"] for each in analysis.get_messages()[::2]]
        assert asked == ["Slow?", "Quick?"]

    def test_the_methods_of_the_lineage_return_what_was_said(
        self, opened: Open, sales: Path
    ) -> None:
        """By agent and all of it; messages can be forgotten, and agents told things."""
        analysis = opened(code("print(1)"), code("print(2)"))
        answer = analysis.analyze("One?", {"agent": "plot"})
        assert (answer["content"], answer["metadata"]["agent"]) == ("1", "code")
        assert analysis.output() == answer
        analysis.update_system_message("code", "Amounts are in euros.")
        assert analysis.get_system_messages() == {"code": "Amounts are in euros."}
        assert analysis.get_system_message("sql") == ""
        reply = analysis.send_from_agent_to_agent("library", "code", "Two?")
        assert reply["content"] == "2"
        analysis.add(sales)
        assert analysis.get_agent_names() == ("code", "plot", "sql", "preview")
        analysis.analyze("Show it", {"agent": "preview"})
        assert len(analysis.get_messages()) == 6
        assert len(analysis.get_chat_messages("code")) == 4
        analysis.clear_agent_message_box("code")
        assert [each["content"] for each in analysis.get_messages()][:1] == ["Show it"]
        with pytest.raises(AgentNotFoundError):
            analysis.get_chat_messages("coder")


class TestInline(Sessions):
    """On a schedule that a seed decides; what runs on a thread there, runs to its end."""

    seconds = 0.5

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """A new system for each test."""
        with connect("inline") as system:
            yield system


class TestThread(Sessions):
    """On threads."""

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """A new system for each test."""
        with connect("thread") as system:
            yield system


@pytest.mark.ray
class TestRay(Sessions):
    """On two hosts."""

    @pytest.fixture
    def system(self, ray_system: AgentSystem) -> AgentSystem:
        """The system of this module."""
        return ray_system

    @pytest.mark.parametrize("dies", ["analysis", "analysis/default"])
    def test_a_process_that_dies_is_said_and_the_next_question_answered(
        self, system: AgentSystem, opened: Open, sales: Path, dies: str
    ) -> None:
        """Whether it is that of the session, or of what sessions share; the files are read anew."""
        analysis = opened(llm=ScriptedModel(then=code("print(1)")))
        analysis.add(sales)
        place = system.agent(dies).place
        killers = system.spawn_many(Kills, [f"killer-{n}-of-{dies}" for n in (1, 2)])
        with pytest.raises(AgentDiedError):
            next(each for each in killers if each.place == place).call("end_process")
        with contextlib.suppress(AgentDiedError):  # of the session, if it lived there
            analysis.ask("Show it", agent="preview")
        assert analysis.ask("Show it", agent="preview").text == SALES.strip()
