"""The tables of models: where their settings come from, and what is refused."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from agentcore import connect
from agentcore.config.core import CoreSettings, load_core
from agentcore.models import ModelSettings, named_model
from agentcore.testing import ScriptedModel
from tests.unit.config.sections import refusal

ROOT = Path(__file__).parents[3]


KEYS = "alternates, api_key_env, base_url, context, dialect, max_retries, max_tokens, model,"


def write(text: str, name: str = "agentcore.toml") -> None:
    """Write a file of settings."""
    Path(name).write_text(text, encoding="utf-8")


def test_there_are_none_without_any_source() -> None:
    """And nothing is imported to learn that."""
    assert load_core().models == {}
    program = (
        "import sys\n"
        "from agentcore import connect\n"
        "with connect():\n"
        "    print(sorted({'openai', 'pydantic', 'msgspec', 'httpx2', 'xllamacpp',"
        " 'agentcore.config.model_tables'} & set(sys.modules)))\n"
    )
    path = f"{ROOT}:{ROOT / 'backends'}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_table_has_every_setting() -> None:
    """With the types that TOML has."""
    write("""
        [models.fast]
        provider = "openai"
        model = "small"
        base_url = "http://localhost:8000/v1"
        api_key_env = "MY_KEY"
        temperature = 0
        top_p = 0.5
        max_tokens = 9
        seed = 3
        stop = ["END", "STOP"]
        timeout = 2.5
        max_retries = 0
        alternates = true
        names_in_text = true
        [models.here]
        provider = "local"
        model = "tiny"
        context = 4096
        threads = 2
    """)
    fast, here = (load_core().models[name] for name in ("fast", "here"))
    assert fast == ModelSettings(
        model="small", base_url="http://localhost:8000/v1", api_key_env="MY_KEY", temperature=0.0,
        top_p=0.5, max_tokens=9, seed=3, stop=("END", "STOP"), timeout=2.5, max_retries=0,
        alternates=True, names_in_text=True,
    )  # fmt: skip
    assert here == ModelSettings(provider="local", model="tiny", context=4096, threads=2)


def test_the_first_place_that_has_a_key_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each key of each model: connect(), environment, named file, the two usual files."""
    every = ["temperature", "top_p", "max_tokens", "seed", "model"]
    given: dict[str, Any] = {"temperature": 0.5}
    monkeypatch.setenv("AGENTCORE_MODELS_FAST_TOP_P", "0.4")
    monkeypatch.setenv("AGENTCORE_MODELS_FAST_TEMPERATURE", "0.4")
    monkeypatch.setenv("AGENTCORE_CONFIG", "mine.toml")
    write("[models.fast]\nmax_tokens = 3\ntop_p = 0.3\ntemperature = 0.3", "mine.toml")
    write("[models.fast]\nseed = 2\nmax_tokens = 2\ntop_p = 0.2\n[models.two]\nmodel = 'two'")
    write("[tool.agentcore.models.fast]\nmodel = 'm'\nseed = 1\ntop_p = 0.1", "pyproject.toml")
    models = load_core(models={"fast": given}).models
    fast = models["fast"]
    assert [getattr(fast, key) for key in every] == [0.5, 0.4, 3, 2, "m"]
    assert models["two"] == ModelSettings(model="two")


def test_variables_add_to_models_and_make_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest key that a variable ends with is its key; text is converted."""
    for variable, text in {
        "FAST_MAX_TOKENS": "7", "FAST_STOP": "a,b", "MY_MODEL_MODEL": "big",
        "MY_MODEL_API_KEY_ENV": "MY_KEY", "NAMES_MODEL": "x", "NAMES_NAMES_IN_TEXT": "true",
        "FAST_SEED": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"AGENTCORE_MODELS_{variable}", text)
    write("[models.fast]\nmodel = 'm'\n[models.My-Model]\nmodel = 'small'")
    models = load_core().models
    assert dict(models) == {
        "fast": ModelSettings(model="m", max_tokens=7, stop=("a", "b")),
        "My-Model": ModelSettings(model="big", api_key_env="MY_KEY"),
        "names": ModelSettings(model="x", names_in_text=True),
    }


def test_settings_and_models_can_be_given_whole() -> None:
    """To connect(), where they stand for what files have under the name."""
    write("[models.fast]\nmodel = 'm'\nseed = 1\n[models.slow]\nbase_url = 'http://x'")
    model, settings = ScriptedModel(), ModelSettings(model="n")
    models = load_core(models={"fast": settings, "slow": model}).models
    assert models == {"fast": settings, "slow": model}
    assert named_model(models, "slow") is model


def test_settings_of_the_core_stay_what_they_are() -> None:
    """They hash, cross to another process, and nobody changes their models."""
    core = load_core(models={"fast": {"model": "m", "stop": ["x"]}})
    assert hash(core) == hash(CoreSettings())
    assert core != CoreSettings()
    assert pickle.loads(pickle.dumps(core)) == core
    with pytest.raises(TypeError):
        core.models["other"] = ModelSettings(model="n")  # type: ignore[index]


WRONG = [
    ("[models.fast]\nmodl = 'm'", rf"\[models\.fast\]: .*'modl'.*mean 'model'.*{KEYS}"),
    ("[models.fast]\nmodel = 3", rf"\[models\.fast\]: 'model' must be str, not 3.*{KEYS}"),
    ("[models.fast]\nmodel = 'm'\nstop = 'x'", r"\[models\.fast\]: 'stop' must be tuple"),
    ("[models.fast]\nmodel = 'm'\nmax_tokens = 1.5", r"\[models\.fast\]: 'max_tokens' must"),
    ("[models.fast]\nmodel = 'm'\ntop_p = 2", r"\[models\.fast\]: 'top_p' is refused"),
    ("[models.fast]\nmodel = 'm'\ntimeout = 0", r"\[models\.fast\]: 'timeout' is refused"),
    ("[models.fast]\nmodel = 'm'\nbase_url = 'x'", r"\[models\.fast\]: 'base_url' is refused"),
    ("[models.fast]\nprovider = 'ollama'", r"\[models\.fast\]: 'provider' is refused: .*factory"),
    ("[models.fast]\nseed = 1", r"\[models\.fast\]: 'model' is missing"),
    ("[models.fast]\nmodel = 'm'\nthreads = 2", "provider 'openai' takes no threads"),
    ("[models.x]\nprovider='local'\nmodel='m'\ntimeout=1", "provider 'local' takes no timeout"),
    ("[models]\nfast = 'm'", r"\[models\.fast\]: a model is a table of settings, not str"),
    ("models = 'm'", r"agentcore\.toml: 'models' must have a table each, as \[models\.fast\]"),
]


@pytest.mark.parametrize(("text", "pattern"), WRONG)
def test_what_cannot_be_is_refused_with_its_place(text: str, pattern: str) -> None:
    """File, table and key, and the keys that are valid."""
    write(text)
    with refusal(rf"agentcore\.toml.*{pattern}" if "agentcore" not in pattern else pattern):
        load_core()


def test_a_table_of_pyproject_is_named_in_full() -> None:
    """As it stands there."""
    write("[tool.agentcore.models.fast]\nmodl = 'm'", "pyproject.toml")
    with refusal(r"pyproject\.toml, \[tool\.agentcore\.models\.fast\]: unknown key 'modl'"):
        load_core()


def test_what_is_given_wrongly_to_connect_is_refused() -> None:
    """With its place in the call."""
    with refusal(r"connect\(\), models\['fast'\]: unknown key 'modl'.*Did you mean 'model'"):
        connect("inline", models={"fast": {"modl": "m"}})
    with refusal(r"connect\(\), models\['fast'\]: a model is a table of settings, not str"):
        connect("inline", models={"fast": "m"})
    with refusal(r"connect\(\): 'models' is a dict, with a dict for each model: not list"):
        connect("inline", models=["m"])
    with refusal(r"connect\(\).*unknown key 'modles'.*Did you mean 'models'"):
        connect("inline", modles={})


def test_variables_that_say_nothing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key at the end, no name before it, or a wrong value."""
    for variable, text, pattern in [
        ("FAST_MODL", "m", r"environment: unknown key 'AGENTCORE_MODELS_FAST_MODL'.*MAX_TOKENS"),
        ("MODEL", "m", "environment: unknown key 'AGENTCORE_MODELS_MODEL'"),
        ("FAST_SEED", "x", "environment: 'AGENTCORE_MODELS_FAST_SEED' must be"),
    ]:
        with monkeypatch.context() as patch, refusal(pattern):
            patch.setenv(f"AGENTCORE_MODELS_{variable}", text)
            load_core(models={"fast": {"model": "m"}})


@pytest.mark.parametrize("where", ["file", "connect", "environment", "name"])
def test_a_key_that_is_written_down_is_refused_and_not_shown(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says where to put it instead, also to who took its variable for it."""
    key = "sk-0123-secret"
    given: dict[str, Any] = {"fast": {"model": "m"}}
    if where == "file":
        write(f"[models.fast]\nmodel = 'm'\napi_key = '{key}'")
    elif where == "connect":
        given["fast"]["api_key"] = key
    elif where == "environment":
        monkeypatch.setenv("AGENTCORE_MODELS_FAST_API_KEY", key)
    else:
        write(f"[models.fast]\nmodel = 'm'\napi_key_env = '{key}'")
    with refusal(r"(api_key_env|API_KEY_ENV).*OPENAI_API_KEY") as caught:
        load_core(models=given)
    assert key not in "".join(traceback.format_exception(caught.value))
