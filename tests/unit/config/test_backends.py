"""The class that the name of a backend stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentcore.config.backends import find_backend
from agentcore.errors import BackendMissingError
from tests.unit.config.sections import python, refusal


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
