"""Which source of settings wins, for the shared settings and those of a backend; unknown keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentcore.config.core import CoreSettings, load_core, load_section
from tests.unit.config.sections import Section, python, refusal, write

# --- which source wins ---------------------------------------------------------------------


def test_without_any_source_the_defaults_hold() -> None:
    """Nothing needs to be configured: the backend is ``thread``."""
    assert load_core() == CoreSettings()
    assert load_core().backend == "thread"
    assert load_section("thread", Section, {}) == Section()


SOURCES = ["connect", "environment", "named file", "agentcore.toml", "pyproject.toml"]


def set_everywhere(monkeypatch: pytest.MonkeyPatch, sources: list[str]) -> dict[str, int]:
    """Give ``max_turns`` in each of ``sources`` as its place in ``SOURCES``, from one."""
    number = {source: SOURCES.index(source) + 1 for source in sources}
    if "environment" in sources:
        monkeypatch.setenv("AGENTCORE_MAX_TURNS", str(number["environment"]))
    if "named file" in sources:
        monkeypatch.setenv(
            "AGENTCORE_CONFIG", write("my.toml", f"max_turns = {number['named file']}")
        )
    if "agentcore.toml" in sources:
        write("agentcore.toml", f"max_turns = {number['agentcore.toml']}")
    if "pyproject.toml" in sources:
        write("pyproject.toml", f"[tool.agentcore]\nmax_turns = {number['pyproject.toml']}")
    return {"max_turns": number["connect"]} if "connect" in sources else {}


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_strongest_source_that_has_a_key_wins(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, environment, named file, agentcore.toml, pyproject.toml: in this order."""
    options = set_everywhere(monkeypatch, SOURCES[first:])
    assert load_core(**options).max_turns == first + 1


def test_each_key_is_looked_up_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that has one key does not hide the others of a weaker file."""
    monkeypatch.setenv("AGENTCORE_STREAM_KEEP_SECONDS", "1.5")
    monkeypatch.setenv("AGENTCORE_CONFIG", write("my.toml", "max_depth = 7"))
    write("agentcore.toml", 'backend = "ray"\nmax_depth = 8')
    write("pyproject.toml", "[tool.agentcore]\nstream_keep_chunks = 9\nmax_depth = 10")
    assert load_core(max_turns=5) == CoreSettings("ray", 5, 7, 1.5, 9)


def test_a_section_follows_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a backend come from the same five places."""
    monkeypatch.setenv("AGENTCORE_RAY_HOSTS", "2")
    monkeypatch.setenv("AGENTCORE_CONFIG", write("my.toml", "[ray]\nworkers = 3\nhosts = 99"))
    write("agentcore.toml", "[ray]\npatience = 4\nworkers = 99")
    write("pyproject.toml", "[tool.agentcore.ray]\neager = true\npatience = 99")
    loaded = load_section("ray", Section, {"address": "here"})
    assert loaded == Section(workers=3, patience=4.0, eager=True, address="here", hosts=2)


def test_a_backend_of_none_leaves_the_choice_to_configuration() -> None:
    """``connect()`` passes on ``None`` when it was given no backend."""
    write("agentcore.toml", 'backend = "ray"')
    assert load_core(backend=None).backend == "ray"
    assert load_core(backend="thread").backend == "thread"


def test_an_option_of_none_overrides_the_files() -> None:
    """Where a setting may be ``None``, giving ``None`` is an answer."""
    write("agentcore.toml", "[ray]\nhosts = 8")
    assert load_section("ray", Section, {"hosts": None}).hosts is None


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Container tools pass variables on as empty text when they are not set."""
    monkeypatch.setenv("AGENTCORE_BACKEND", "")
    monkeypatch.setenv("AGENTCORE_CONFIG", "")
    monkeypatch.setenv("AGENTCORE_RAY_HOSTS", "")
    assert load_core() == CoreSettings()
    assert load_section("ray", Section, {}) == Section()


def test_the_named_file_may_be_a_pyproject(monkeypatch: pytest.MonkeyPatch) -> None:
    """``AGENTCORE_CONFIG`` may name another project's pyproject.toml: its table is read."""
    Path("other").mkdir()
    path = write("other/pyproject.toml", "[tool.agentcore]\nmax_turns = 3\n[tool.x]\ny = 1")
    monkeypatch.setenv("AGENTCORE_CONFIG", path)
    assert load_core().max_turns == 3


@pytest.mark.parametrize(
    "name", ["max_turns", "max_depth", "stream_keep_seconds", "stream_keep_chunks"]
)
@pytest.mark.parametrize("value", [0, -1])
def test_limits_are_positive(name: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of zero or less is refused, and the error names the source that gave it."""
    write("agentcore.toml", "max_turns = 7\nmax_depth = 7")
    monkeypatch.setenv(f"AGENTCORE_{name.upper()}", str(value))
    with refusal(rf"environment: 'AGENTCORE_{name.upper()}' is refused: .*{value}"):
        load_core()


@pytest.mark.parametrize("text", ["true", "1", "yes", "on"])
def test_silent_is_a_setting_like_any_other(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option wins over the environment, and that over a file."""
    write("agentcore.toml", "silent = false")
    assert not load_core().silent
    monkeypatch.setenv("AGENTCORE_SILENT", text)
    assert load_core().silent
    assert not load_core(silent=False).silent
    with refusal("'silent' must be bool, not 'quiet'"):
        load_core(silent="quiet")


@pytest.mark.parametrize("value", ["", 5, True])
def test_a_backend_is_a_name(value: object) -> None:
    """What is no name is refused before any backend is looked for."""
    with refusal(r"connect\(\): 'backend' must be a name"):
        load_core(backend=value)


# --- unknown keys --------------------------------------------------------------------------


def test_an_unknown_option_is_refused() -> None:
    """The error names ``connect()``, the key, one that is close, and the valid ones."""
    with refusal(r"connect\(\): unknown key 'worker'\. Did you mean 'workers'\? Valid.*hosts"):
        load_section("ray", Section, {"worker": 8})
    with refusal(r"connect\(\): unknown key 'max_turn'\. Did you mean 'max_turns'\?"):
        load_core(max_turn=8)


def test_an_option_that_is_nearly_one_of_every_backend_is_recognised() -> None:
    """Options go to a section unless they are known, so it knows the shared ones too."""
    with refusal(r"unknown key 'max_turn'\. Did you mean 'max_turns'\? Valid.*max_depth"):
        load_section("ray", Section, {"max_turn": 8})


def test_an_unknown_key_of_a_file_is_refused() -> None:
    """The error names the file, the key, one that is close, and the valid ones."""
    path = Path(write("agentcore.toml", 'backnd = "ray"')).resolve()
    with refusal(rf"{path}: unknown key 'backnd'\. Did you mean 'backend'\? Valid.*max_turns"):
        load_core()


def test_an_unknown_key_of_a_section_is_refused() -> None:
    """The same in the table of a backend, in each of the files."""
    write("pyproject.toml", "[tool.agentcore.ray]\nhost = 8")
    with refusal(r"pyproject\.toml, \[tool\.agentcore\.ray\]: unknown key 'host'.*'hosts'"):
        load_section("ray", Section, {})
    write("agentcore.toml", "[ray]\nhost = 8")
    with refusal(r"agentcore\.toml, \[ray\]: unknown key 'host'.*'hosts'"):
        load_section("ray", Section, {})


def test_an_unknown_variable_of_the_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that begins as the section's do must be one of its."""
    monkeypatch.setenv("AGENTCORE_RAY_HOST", "8")
    with refusal("environment: unknown key 'AGENTCORE_RAY_HOST'.*'AGENTCORE_RAY_HOSTS'"):
        load_section("ray", Section, {})


def test_a_slip_in_a_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is nearly one of the core's would otherwise do nothing, silently."""
    monkeypatch.setenv("AGENTCORE_BAKCEND", "ray")
    with refusal("environment: unknown key 'AGENTCORE_BAKCEND'.*'AGENTCORE_BACKEND'"):
        load_core()


def test_what_belongs_to_others_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of a backend that is not selected, or of other programs, may hold anything."""
    monkeypatch.setenv("AGENTCORE_RAY_ANYTHING", "1")
    monkeypatch.setenv("AGENTCORE_SOMETHING_ELSE", "1")
    monkeypatch.setenv("AGENTCORE_REDIS_MAX_TURNS", "1")
    write("agentcore.toml", "[thread]\nworkers = 8")
    assert load_core() == CoreSettings()
    assert load_section("thread", Section, {}) == Section(workers=8)


@pytest.mark.parametrize("value", ["5", "[1]", "'text'"])
def test_a_section_is_a_table(value: str) -> None:
    """What stands in a section's place is an unknown key of the file, or no section."""
    write("agentcore.toml", f"ray = {value}")
    with refusal(r"agentcore\.toml: unknown key 'ray'.*a table of its name"):
        load_core()
    with refusal(r"agentcore\.toml: 'ray' must be a table, as \[ray\]"):
        load_section("ray", Section, {})


def test_the_hyphen_of_a_backend_is_an_underscore_in_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No shell lets a variable have a hyphen in its name."""
    monkeypatch.setenv("AGENTCORE_MY_BACKEND_HOSTS", "8")
    assert load_section("my-backend", Section, {}).hosts == 8


def test_defaults_cost_no_import() -> None:
    """With nothing configured, nothing is imported to load it, Ray least of all."""
    code = """
import sys
from agentcore.config.core import CoreSettings, load_core, load_section
before = set(sys.modules)
load_core(backend="thread")
load_section("thread", CoreSettings, {})
print(sorted(set(sys.modules) - before), "msgspec" in sys.modules, "ray" in sys.modules)
"""
    assert python(code) == "[] False False"
