"""A pytest plugin, at hand wherever agentcore is installed: the fixture ``agent_system``.

It opens a system for a test, on the inline backend, which has no thread and repeats to the
letter. ``--agentcore-backend=thread``, or ``agentcore_backend`` in the ini file, chooses another;
``--agentcore-seed=3`` another schedule of the inline backend. A test that fails says which it was.

Each test checks, when it has passed, every `ScriptedModel` that was made in it, or by the fixture
``scripted_model`` in its set-up: a script that was not asked for all of its answers fails the test.
One that the test has checked itself is left alone.

``--agentcore-forbid-models``, or ``agentcore_forbid_models = true`` in the ini file, makes it an
error to ask a real model, here and in the processes that tests begin.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from agentcore import AgentSystem
    from agentcore.testing import ScriptedModel

__all__ = [
    "agent_system",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "scripted_model",
]

_MADE = pytest.StashKey["list[ScriptedModel]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let backend and seed be chosen."""
    text = "backend of the fixture agent_system (default: inline)"
    parser.addini("agentcore_backend", text, default="inline")
    group = parser.getgroup("agentcore")
    group.addoption("--agentcore-backend", help=text)
    text = "make it an error to ask a real model"
    parser.addini("agentcore_forbid_models", text, type="bool", default=False)
    group.addoption("--agentcore-forbid-models", action="store_true", help=text)
    group.addoption("--agentcore-seed", type=int, help="seed of its inline backend (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """Forbid real models for the whole run, if that was chosen."""
    chosen = config.getoption("--agentcore-forbid-models")
    if chosen or config.getini("agentcore_forbid_models"):
        from agentcore.testing import models_forbidden

        forbidden = ExitStack()
        forbidden.enter_context(models_forbidden())
        config.add_cleanup(forbidden.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Check the scripts of models when a test has passed, as a part of it."""
    from agentcore.testing.models.scripted import scripts_watched

    __tracebackhide__ = True
    with scripts_watched() as made:
        result = yield
    for model in [*item.stash.get(_MADE, []), *made]:
        if not model.checked:
            model.check()
    return result


@pytest.fixture
def scripted_model(request: pytest.FixtureRequest) -> Callable[..., ScriptedModel]:
    """Make a `ScriptedModel` as the class does, for fixtures: the test checks it too."""
    from agentcore.testing import ScriptedModel

    made = request.node.stash.setdefault(_MADE, [])

    def make(*script: Any, **options: Any) -> ScriptedModel:
        model = ScriptedModel(*script, **options)
        made.append(model)
        return model

    return make


@pytest.fixture
def agent_system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """An open system of agents, closed after the test."""
    from agentcore import connect  # here: the plugin is loaded in every run of pytest

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
