"""Each table of a file is one that something reads, and has only the keys of that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.config import tables
from agentcore.config.backends import SHIPPED
from agentcore.config.core import CoreSettings, load_core
from agentcore.config.sources import SettingsFile
from agentcore.config.tables import check_tables
from agentcore.errors import ConfigError
from tests.unit.config.sections import refusal, write


@pytest.mark.parametrize("backend", [None, "thread", "inline", "ray"])
@pytest.mark.parametrize(
    ("name", "meant"),
    [("rey", "ray"), ("thraed", "thread"), ("model", "models"), ("threads", "thread")],
)
def test_a_slip_in_the_name_of_a_table_is_noticed(
    name: str, meant: str, backend: str | None
) -> None:
    """It would do nothing, silently: on any backend, and not only on the one that is meant."""
    write("agentcore.toml", f"[{name}]\nworkers = 8")
    with refusal(rf"agentcore\.toml: unknown table '{name}'\. Did you mean '{meant}'\? Known"):
        load_core(backend=backend)


def test_a_model_in_a_table_of_another_name_is_noticed() -> None:
    """``[model.fast]`` names no model, so that ``llm="fast"`` would find none."""
    write("pyproject.toml", '[tool.agentcore.model.fast]\nmodel = "m"')
    with refusal(r"\[tool\.agentcore\]: unknown table 'model'\. Did you mean 'models'\?"):
        load_core()


def test_a_table_that_resembles_nothing_is_refused_too() -> None:
    """The error lists the tables that there are."""
    write("agentcore.toml", "[zzz]\nurl = 2")
    with refusal(r"unknown table 'zzz'\. Known tables: inline, models, ray, thread"):
        load_core()


@pytest.mark.parametrize(
    ("table", "key", "meant"),
    [("ray", "host", "hosts"), ("thread", "worker", "workers"), ("inline", "sed", "seed")],
)
def test_a_wrong_key_is_noticed_though_another_backend_is_in_use(
    table: str, key: str, meant: str
) -> None:
    """Otherwise it is found out on the day when the backend is changed."""
    write("agentcore.toml", f"[{table}]\n{key} = 2")
    other = "inline" if table == "thread" else "thread"
    with refusal(rf"toml, \[{table}\]: unknown key '{key}'\. Did you mean '{meant}'\? Valid keys"):
        load_core(backend=other)


def test_the_tables_of_all_backends_stand_side_by_side() -> None:
    """One file serves tests, development and the cluster."""
    text = "[ray]\nhosts = 2\n[thread]\nworkers = 8\n[inline]\nseed = 1\n[models]"
    write("agentcore.toml", text)
    assert load_core() == CoreSettings()


def test_the_backend_in_use_checks_its_own_table() -> None:
    """It has the class of its settings at hand, which may be newer than what is written here."""
    write("agentcore.toml", "[ray]\nnew_key = 2")
    assert load_core(backend="ray").backend == "ray"


def test_a_backend_that_is_installed_apart_may_have_a_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is in it, only that backend knows."""
    monkeypatch.setattr(tables, "installed_backends", lambda: {"redis": ("a_package", "Backend")})
    write("agentcore.toml", "[redis]\nurl = 2")
    assert load_core() == CoreSettings()
    write("agentcore.toml", "[redi]\nurl = 2")
    with refusal("unknown table 'redi'. Did you mean 'redis'"):
        load_core()


@given(st.text(min_size=1).filter(lambda name: name not in {"models", *SHIPPED}))
def test_no_table_is_passed_over(name: str) -> None:
    """Whatever its name, a table is read by something, or refused."""
    file = SettingsFile("agentcore.toml", {name: {}})
    with pytest.raises(ConfigError, match="unknown table"):
        check_tables(file)
