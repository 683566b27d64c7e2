"""The settings of models, and the models that are made of them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from agentcore import ConversableAgent, UserProxyAgent, agent_reply, connect
from agentcore.errors import ConfigError
from agentcore.models import (
    Completion,
    LocalModel,
    ModelSettings,
    OpenAIModel,
    Sampling,
    make_model,
    named_model,
)
from agentcore.testing import ScriptedModel


@pytest.fixture(autouse=True)
def _nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in an empty directory, without a variable of agentcore's."""
    for name in [name for name in os.environ if name.startswith("AGENTCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "agentcore.toml") -> None:
    """Write a file of settings."""
    Path(name).write_text(text, encoding="utf-8")


def refusal(pattern: str) -> pytest.RaisesExc[ConfigError]:
    """Expect a ``ConfigError`` whose message matches the pattern, whatever lies between."""
    return pytest.raises(ConfigError, match=re.compile(pattern, re.DOTALL))


# --- the models -------------------------------------------------------------------------------


def test_a_model_is_made_of_its_settings() -> None:
    """With all that it takes."""
    settings = ModelSettings(
        model="m", base_url="http://x/v1", api_key_env="K", temperature=0.0, stop=("x",),
        timeout=1.0, max_retries=1, alternates=True, names_in_text=True,
    )  # fmt: skip
    assert make_model("fast", settings) == OpenAIModel(
        "m", "http://x/v1", api_key_env="K", sampling=Sampling(temperature=0.0, stop=("x",)),
        timeout=1.0, max_retries=1, alternates=True, names_in_text=True,
    )  # fmt: skip
    with refusal(r"\[models\.fast\]: 'model' is missing"):
        make_model("fast", ModelSettings())


def test_a_local_model_is_made_of_its_settings() -> None:
    """What is not set is as the model has it."""
    told = ModelSettings(provider="local", model="qwen2.5-0.5b", seed=1, context=4096, threads=2)
    made = LocalModel("qwen2.5-0.5b", sampling=Sampling(seed=1), context=4096, threads=2)
    assert make_model("here", told) == made
    plain = ModelSettings(provider="local", model="qwen2.5-0.5b")
    assert make_model("here", plain) == LocalModel("qwen2.5-0.5b")


@attrs.frozen
class Mine:
    """A model of anybody's."""

    settings: ModelSettings

    def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer."""
        return Completion(f"{self.settings.model} says hello")

    def stream(self, messages: Any, **options: Any) -> Any:
        """Answer in no pieces."""
        return iter(())


def no_model(settings: ModelSettings) -> object:
    """Make something else."""
    return object()


def test_a_factory_of_anybody_makes_a_model() -> None:
    """Named by its path; it is given the settings."""
    settings = ModelSettings(provider=f"{__name__}:Mine", model="mine")
    model = make_model("fast", settings)
    assert type(model).__name__ == "Mine"
    assert model.settings == settings  # type: ignore[attr-defined]
    for provider, pattern in [
        ("no.such.module:Mine", "cannot be imported: No module named 'no'"),
        (f"{__name__}:Yours", "cannot be imported: .*'Yours'"),
        (f"{__name__}:no_model", "is to return a ChatModel.*: object"),
    ]:
        with refusal(rf"\[models\.fast\]: provider .*{pattern}"):
            make_model("fast", ModelSettings(provider=provider))


def test_a_name_gives_the_same_model_each_time() -> None:
    """For the same settings, as another system may have others under the name."""
    models = {"fast": ModelSettings(model="m"), "slow": ModelSettings(model="n")}
    assert named_model(models, "fast") is named_model(dict(models), "fast")
    assert named_model({"fast": ModelSettings(model="n")}, "fast") == OpenAIModel("n")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    """And with the one that was meant."""
    models = {"fast": ModelSettings(model="m"), "slow": ModelSettings(model="n")}
    with refusal(r"no model is called 'fats'. Did you mean 'fast'\? Known models: fast, slow\."):
        named_model(models, "fats")
    with refusal(r"no model is called 'x'. Known models: none\..*\[models\.x\] in agentcore\.toml"):
        named_model({}, "x")


class Asks(ConversableAgent):
    """Answers with what the model of its system says that goes by the name."""

    @agent_reply()
    def ask(self, raw_message: Any) -> tuple[bool, str]:
        assert self._mailbox is not None
        model: Any = named_model(self._mailbox.runtime.core.models, raw_message.content)
        return True, model.complete([]).text


def answer(system: Any, name: str) -> str:
    """Have an agent ask the model that goes by the name."""
    ref = system.spawn(Asks, "agent")
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return str(user.initiate_chat(ref, name, silent=True).transcript[-1].content)


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_agents_find_models_of_their_system(backend: str) -> None:
    """Those that files name, and those that connect() was given."""
    write(f"[models.mine]\nprovider = '{__name__}:Mine'\nmodel = 'file'")
    for name, expected in [("mine", "file says hello"), ("told", "yes")]:
        with (
            ScriptedModel(*(["yes"] if name == "told" else [])) as told,
            connect(backend, models={"told": told}) as system,
        ):
            assert answer(system, name) == expected


@pytest.mark.ray
def test_agents_on_ray_find_models_by_name(ray_cluster: None) -> None:
    """The settings go to each host with the system's."""
    write(f"[models.mine]\nprovider = '{__name__}:Mine'\nmodel = 'file'")
    with ScriptedModel("yes") as told, connect("ray", hosts=1, models={"told": told}) as system:
        assert answer(system, "told") == "yes"
    with connect("ray", hosts=1) as system:
        assert answer(system, "mine") == "file says hello"
