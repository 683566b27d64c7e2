"""The types of values, the files there are, and what is said of those that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from agentcore.config.core import CoreSettings, load_core, load_section
from tests.unit.config.sections import Demanding, Section, refusal, write


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("workers", "8", 8),
        ("patience", "2", 2.0),
        ("eager", "true", True),
        ("eager", "off", False),
        ("address", "ray://head:10001", "ray://head:10001"),
        ("address", "8", "8"),
        ("hosts", "8", 8),
        ("hosts", "null", None),
        ("tags", "a, b", ("a", "b")),
        ("resources", '{"disk": 1}', {"disk": 1.0}),
        ("mode", "pack", "pack"),
    ],
)
def test_text_of_the_environment_is_converted(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers, truth values and lists as one writes them in a shell; tables and null as JSON."""
    monkeypatch.setenv(f"AGENTCORE_RAY_{name.upper()}", text)
    found = getattr(load_section("ray", Section, {}), name)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("workers", "many"),
        ("workers", "2.7"),
        ("workers", "true"),
        ("eager", "maybe"),
        ("hosts", "some"),
        ("resources", "disk"),
        ("mode", "heap"),
    ],
)
def test_text_that_does_not_fit_the_type_is_refused(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable, its text, and the variables there are."""
    variable = f"AGENTCORE_RAY_{name.upper()}"
    monkeypatch.setenv(variable, text)
    with refusal(rf"environment: '{variable}' must be .*'{text}'.*AGENTCORE_RAY_TAGS"):
        load_section("ray", Section, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", "8"),
        ("workers", 2.7),
        ("workers", True),
        ("patience", "2"),
        ("patience", False),
        ("eager", 1),
        ("eager", "true"),
        ("address", 5),
        ("hosts", "8"),
        ("tags", "abc"),
        ("tags", [1]),
        ("resources", {"disk": "1"}),
        ("mode", "heap"),
    ],
)
def test_a_value_of_another_type_is_never_bent(name: str, value: object) -> None:
    """A file or an option that says ``"8"`` or ``2.7`` for a whole number is in error."""
    with refusal(rf"connect\(\): '{name}' must be .*Valid keys: .*workers"):
        load_section("ray", Section, {name: value})
    write("agentcore.toml", f"[ray]\n{name} = {toml(value)}")
    with refusal(rf"agentcore\.toml, \[ray\]: '{name}' must be .*Valid keys: .*workers"):
        load_section("ray", Section, {})


def toml(value: object) -> str:
    """Write a value as TOML: as JSON, but for the tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def test_a_whole_number_will_do_for_seconds() -> None:
    """``600`` is a float as good as ``600.0``, and is stored as one."""
    seconds = load_core(stream_keep_seconds=5).stream_keep_seconds
    assert (seconds, type(seconds)) == (5.0, float)


def test_a_section_may_refuse_values_of_the_right_type() -> None:
    """A validator of the backend's class speaks through the same error."""
    write("agentcore.toml", "[thread]\nworkers = 0")
    with refusal(r"agentcore\.toml, \[thread\]: 'workers' is refused: .*>= 1.*Valid keys"):
        load_section("thread", Section, {"eager": True})


def test_a_required_setting_that_nobody_gave_is_named() -> None:
    """A backend may demand a setting; the error says which is missing."""
    with refusal("Demanding: .*'url'.*Valid keys: retries, url"):
        load_section("redis", Demanding, {})
    with refusal("Demanding: .*retries.*Valid keys: retries, url"):
        load_section("redis", Demanding, {"url": "here", "retries": -1})
    assert load_section("redis", Demanding, {"url": "here"}) == Demanding("here")


def test_a_named_file_that_is_absent_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two files of the working directory are optional; one that was asked for is not."""
    monkeypatch.setenv("AGENTCORE_CONFIG", "nowhere.toml")
    with refusal("AGENTCORE_CONFIG names 'nowhere.toml', which does not exist"):
        load_core()


@pytest.mark.parametrize("content", [b"backend = ", b"backend = '\xff'"])
def test_a_file_that_is_no_toml_is_an_error(content: bytes) -> None:
    """The error names the file and the place where it goes wrong."""
    path = Path("agentcore.toml").resolve()
    path.write_bytes(content)
    with refusal(f"{path} is not valid TOML: "):
        load_core()


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    """A directory of that name is not taken for an absent file."""
    Path("agentcore.toml").mkdir()
    with refusal(r"agentcore\.toml cannot be read: "):
        load_core()


@pytest.mark.parametrize("text", ["[project]\nname = 'x'", "broken = ", "tool = 5 # agentcore"])
def test_a_pyproject_of_somebody_else_is_left_alone(text: str) -> None:
    """Without a table of agentcore's it may even be broken: that is not ours to say."""
    write("pyproject.toml", text)
    assert load_core() == CoreSettings()


def test_the_table_of_a_pyproject_is_a_table() -> None:
    """``tool.agentcore = 5`` is an error that names the file."""
    write("pyproject.toml", "[tool]\nagentcore = 5")
    with refusal(r"pyproject\.toml: 'tool\.agentcore' must be a table"):
        load_core()


@attrs.frozen
class Paths:
    """The settings of a backend that has a folder, and ports as a list that may be absent."""

    folder: Path = Path("here")
    ports: tuple[int, ...] | None = None


def test_a_path_and_a_list_of_numbers_are_read_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is written as a text everywhere; numbers of a variable stand between commas."""
    assert load_section("x", Paths, {"folder": "there"}) == Paths(Path("there"))
    assert load_section("x", Paths, {"folder": Path("there")}) == Paths(Path("there"))
    monkeypatch.setenv("AGENTCORE_X_FOLDER", "/tmp/x")
    monkeypatch.setenv("AGENTCORE_X_PORTS", "80, 81")
    assert load_section("x", Paths, {}) == Paths(Path("/tmp/x"), (80, 81))
    with refusal(r"connect\(\): 'folder' must be Path, not 5"):
        load_section("x", Paths, {"folder": 5})


@pytest.mark.parametrize("text", ["yes", "no", "on", "OFF"])
def test_a_word_for_true_or_false_is_no_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one only where a truth value is wanted."""
    monkeypatch.setenv("AGENTCORE_RAY_EAGER", text)
    assert load_section("ray", Section, {}).eager is (text in ("yes", "on"))
    monkeypatch.setenv("AGENTCORE_RAY_WORKERS", text)
    with refusal(rf"'AGENTCORE_RAY_WORKERS' must be int, not '{text}'"):
        load_section("ray", Section, {})
