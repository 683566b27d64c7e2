"""Where settings come from, in which order, and what is said of those that cannot be used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import attrs
import pytest

from agentcore.config.backends import find_backend
from agentcore.config.core import CoreSettings, load_core, load_section
from agentcore.errors import BackendMissingError, ConfigError


@attrs.frozen
class Section:
    """The settings of a backend, with a field of each kind that a backend may want."""

    workers: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    patience: float = 1.5
    eager: bool = False
    address: str | None = None
    hosts: int | None = None
    tags: tuple[str, ...] = ()
    resources: dict[str, float] = attrs.field(factory=dict)
    mode: Literal["spread", "pack"] = "spread"


@attrs.frozen
class Demanding:
    """The settings of a backend that cannot run without being told where."""

    url: str
    retries: int = attrs.field(default=3, validator=attrs.validators.ge(0))


@pytest.fixture(autouse=True)
def _nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in an empty directory, without a variable of agentcore's."""
    for name in [name for name in os.environ if name.startswith("AGENTCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def refusal(pattern: str) -> pytest.RaisesExc[ConfigError]:
    """Expect a ``ConfigError`` whose message matches the pattern, whatever lies between."""
    return pytest.raises(ConfigError, match=re.compile(pattern, re.DOTALL))


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


# --- types ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize("value", ["", 5, True])
def test_a_backend_is_a_name(value: object) -> None:
    """What is no name is refused before any backend is looked for."""
    with refusal(r"connect\(\): 'backend' must be a name"):
        load_core(backend=value)


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


def test_a_slip_in_the_name_of_a_section_is_noticed() -> None:
    """So would a table whose name is nearly the backend's."""
    write("agentcore.toml", "[thraed]\nworkers = 8")
    with refusal(r"agentcore\.toml: unknown table 'thraed'\. Did you mean 'thread'\?"):
        load_section("thread", Section, {})


def test_what_belongs_to_others_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables and variables of a backend that is not selected may hold anything."""
    write("agentcore.toml", "[ray]\nanything = 1\n[redis]\nurl = 2\n[thread]\nworkers = 8")
    monkeypatch.setenv("AGENTCORE_RAY_ANYTHING", "1")
    monkeypatch.setenv("AGENTCORE_SOMETHING_ELSE", "1")
    monkeypatch.setenv("AGENTCORE_REDIS_MAX_TURNS", "1")
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


# --- files ---------------------------------------------------------------------------------


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


# --- backends ------------------------------------------------------------------------------


def install_backend(root: Path, name: str, value: str, files: dict[str, str]) -> None:
    """Lay out a distribution that declares a backend, as an installer would."""
    info = root / f"{name}_dist-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[agentcore.backends]\n{name} = {value}\n")
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)


def test_an_unknown_backend_is_refused_with_the_known_names() -> None:
    """The error suggests the name that is close, and lists all."""
    with refusal(r"unknown backend 'thraed'\. Did you mean 'thread'\? Known.*inline, ray, thread"):
        find_backend("thraed")


def test_a_backend_of_another_distribution_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may declare one in the entry-point group ``agentcore.backends``."""
    source = {"marsbackend/__init__.py": "class Mars:\n    pass\n"}
    install_backend(tmp_path, "mars", "marsbackend:Mars", source)
    monkeypatch.syspath_prepend(tmp_path)
    assert find_backend("mars").__name__ == "Mars"
    with refusal("Did you mean 'mars'.*Known backends: inline, mars, ray, thread"):
        find_backend("marz")


def test_a_backend_whose_package_is_missing_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is declared, and what it imports is not installed."""
    source = {"venusbackend/__init__.py": "import absent_library.part\n"}
    install_backend(tmp_path, "venus", "venusbackend:Venus", source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BackendMissingError, match="'venus' needs the package 'absent_library'"):
        find_backend("venus")


def test_a_fault_inside_a_backend_is_not_taken_for_a_missing_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module of the backend's own that is absent is its bug; no installation mends it."""
    source = {"plutobackend/__init__.py": "import plutobackend.absent\n"}
    install_backend(tmp_path, "pluto", "plutobackend:Pluto", source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r"plutobackend\.absent"):
        find_backend("pluto")


def python(code: str) -> str:
    """Run ``code`` in a process of its own, on this one's path, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_ray_the_ray_backend_names_the_extra() -> None:
    """The error is the command that mends it; ``None`` in ``sys.modules`` is how Python says
    that a module cannot be imported."""
    code = """
import sys
sys.modules["ray"] = None
from agentcore.config.backends import BackendMissingError, find_backend
try:
    find_backend("ray")
except BackendMissingError as error:
    print(error)
"""
    assert 'pip install "agentcore-actors[ray]"' in python(code)


def test_the_backends_of_this_distribution_need_no_installation() -> None:
    """They are found on the path, in a source tree where no entry point is declared."""
    assert find_backend("thread").__name__ == "ThreadBackend"


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
