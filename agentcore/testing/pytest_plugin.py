"""The pytest plugin of agentcore, which pytest loads wherever agentcore is installed.

The fixture ``agent_system`` opens a system for a test, on the inline backend, which has no thread
and repeats to the letter. ``--agentcore-backend=thread``, or ``agentcore_backend`` in the ini file,
chooses another backend; ``--agentcore-seed=3`` chooses another schedule of the inline backend. The
report of a test that fails names both.

After a test has passed, the plugin checks every `ScriptedModel` that was made in the test, or by
the fixture ``scripted_model`` in its set-up: the test fails if a script has answers left. A model
that the test has checked itself is not checked again.

``--agentcore-forbid-models``, or ``agentcore_forbid_models = true`` in the ini file, makes it an
error to ask a real model, in this process and in the processes that tests begin.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem
from agentcore.testing.models.forbidden import models_forbidden
from agentcore.testing.models.scripted import ScriptedModel, scripts_watched

__all__ = [
    "agent_system",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "scripted_model",
]

_MADE = pytest.StashKey["list[ScriptedModel]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    text = "backend of the fixture agent_system (default: inline)"
    parser.addini("agentcore_backend", text, default="inline")
    group = parser.getgroup("agentcore")
    group.addoption("--agentcore-backend", help=text)
    text = "make it an error to ask a real model"
    parser.addini("agentcore_forbid_models", text, type="bool", default=False)
    group.addoption("--agentcore-forbid-models", action="store_true", help=text)
    group.addoption("--agentcore-seed", type=int, help="seed of its inline backend (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """Forbid real models for the whole run, if the command line or the ini file says so."""
    chosen = config.getoption("--agentcore-forbid-models")
    if chosen or config.getini("agentcore_forbid_models"):
        forbidden = ExitStack()
        forbidden.enter_context(models_forbidden())
        config.add_cleanup(forbidden.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Check the scripts of models after a test has passed; a failed check fails the test."""
    __tracebackhide__ = True
    with scripts_watched() as made:
        result = yield
    for model in [*item.stash.get(_MADE, []), *made]:
        if not model.checked:
            model.check()
    return result


@pytest.fixture
def scripted_model(request: pytest.FixtureRequest) -> Callable[..., ScriptedModel]:
    """Give a function that makes a `ScriptedModel`, for fixtures: the plugin checks it, too."""
    made = request.node.stash.setdefault(_MADE, [])

    def make(*script: Any, **options: Any) -> ScriptedModel:
        model = ScriptedModel(*script, **options)
        made.append(model)
        return model

    return make


@pytest.fixture
def agent_system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """Give an open system of agents, which is closed after the test."""
    config = request.config
    name = str(config.getoption("--agentcore-backend") or config.getini("agentcore_backend"))
    options: dict[str, Any] = {}
    told = f"--agentcore-backend={name}"
    if name == "inline":
        options["seed"] = config.getoption("--agentcore-seed") or 0
        told += f" --agentcore-seed={options['seed']}"
    request.node.add_report_section("setup", "agent_system", f"repeat it with {told}")
    with connect(name, **options) as system:
        yield system
