"""The pytest plugin: the fixture ``agent_system``, scripts that are checked, models forbidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[3]
TESTS = """
    from agentcore import ConversableAgent

    def test_it_is_open(agent_system):
        ref = agent_system.spawn(ConversableAgent, "agent")
        assert agent_system.agents() == (ref,)
        print("on", agent_system._runtime.backend)

    def test_it_is_a_new_one_each_time(agent_system):
        assert agent_system.agents() == ()
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run pytest on a file, with the plugin, installed or not."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'backends'}")

    def run(tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(tests)
        plugin = ("-p", "no:agentcore", "-p", "agentcore.testing.pytest_plugin")
        return pytester.runpytest_subprocess("-s", *plugin, *options)

    return run


def test_each_test_has_an_open_system_on_the_inline_backend(run: Any) -> None:
    """Nothing needs to be imported for it."""
    result = run(TESTS)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*on <InlineBackend seed=0>*"])


@pytest.mark.parametrize("how", ["option", "ini"])
def test_another_backend_can_be_chosen(run: Any, pytester: pytest.Pytester, how: str) -> None:
    """On the command line, or in the ini file."""
    options = ["--agentcore-backend=thread"] if how == "option" else []
    if how == "ini":
        pytester.makeini("[pytest]\nagentcore_backend = thread")
    result = run(TESTS, *options)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*on <agentcore_thread*"])


def test_a_test_that_fails_says_how_to_repeat_it(run: Any) -> None:
    """With the seed that it had."""
    result = run("def test_it(agent_system): assert False", "--agentcore-seed=3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*repeat it with --agentcore-backend=inline --agentcore-seed=3*"])
    again = run(TESTS, "--agentcore-seed=3")
    again.stdout.fnmatch_lines(["*on <InlineBackend seed=3>*"])


# --- models ------------------------------------------------------------------------------------

SCRIPTS = """
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


def test_pytest_checks_each_script_that_a_test_has_not(run: Any) -> None:
    """It fails the test itself, and not its tear-down."""
    result = run(SCRIPTS)
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
