"""Where settings come from, and which backend they choose.

For each key the first of these that has it wins: the options given to ``connect()``; the
``AGENTCORE_*`` environment; the file named in ``AGENTCORE_CONFIG``; ``agentcore.toml`` in the
working directory; ``[tool.agentcore]`` of ``pyproject.toml`` there; the default.

In a file, the keys of :class:`CoreSettings` stand at the top level, and each backend has a
table of its own, as ``[ray]``, and so has each model, as ``[models.fast]``. In the environment the
same keys are ``AGENTCORE_BACKEND``, ``AGENTCORE_RAY_HOSTS`` and ``AGENTCORE_MODELS_FAST_MODEL``.
Values of files and of ``connect()`` must have the declared type. Text of the environment is
converted to it: numbers, ``true`` and ``false``, lists with commas; anything else (tables,
``null``) is written as JSON. An empty variable counts as not set.

``typed_settings`` and ``importlib.metadata`` are imported where they are used: together they
cost about 50 ms, which a ``connect()`` that has nothing to load does not pay.
"""

from __future__ import annotations

import importlib
import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_origin

import attrs
from attrs.validators import ge, gt, instance_of, min_len

from agentcore.base.errors import BackendMissingError, ConfigError
from agentcore.base.frozen import EMPTY
from agentcore.models import ChatModel, ModelSettings

if TYPE_CHECKING:
    from typed_settings.converters import TSConverter

__all__ = ["CoreSettings", "find_backend", "load_core", "load_section"]

T = TypeVar("T")

_PREFIX = "AGENTCORE_"
_CONFIG_VARIABLE = "AGENTCORE_CONFIG"

# The backends of this distribution, as "module", "class". They are known without a scan of the
# installed distributions, so that they work from a source tree, and at no cost.
_SHIPPED = {
    "inline": ("agentcore.testing", "InlineBackend"),
    "ray": ("agentcore_ray", "RayBackend"),
    "thread": ("agentcore_thread", "ThreadBackend"),
}
_INSTALL = {"ray": 'pip install "agentcore-actors[ray]"', "thread": "pip install agentcore-actors"}


@attrs.frozen
class CoreSettings:
    """The settings that every backend shares.

    Attributes:
        backend: the name of the backend.
        max_turns: the budget of a conversation that is not given one, in turns.
        max_depth: how deep sends may be nested.
        stream_keep_seconds: how long a finished stream can still be read, in seconds.
        stream_keep_chunks: how many chunks of a stream are kept.
        models: the models that agents may have by name, as ``llm="fast"``.
    """

    backend: str = attrs.field(default="thread", validator=[instance_of(str), min_len(1)])
    max_turns: int = attrs.field(default=10_000, validator=ge(1))
    max_depth: int = attrs.field(default=64, validator=ge(1))
    stream_keep_seconds: float = attrs.field(default=600.0, validator=gt(0))
    stream_keep_chunks: int = attrs.field(default=10_000, validator=ge(1))
    models: Mapping[str, ModelSettings | ChatModel] = attrs.field(default=EMPTY, hash=False)


# Models are a table for each, and read by themselves.
_CORE_KEYS = tuple(field.name for field in attrs.fields(CoreSettings) if field.name != "models")


@attrs.frozen
class _Source:
    """One place that may hold settings, and what it holds.

    Attributes:
        where: its name in an error: a file and table, ``environment`` or ``connect()``.
        values: what it holds, by the names it has there.
        keys: every name that is valid there, and the setting it stands for.
        is_text: values are text, to be converted.
        elsewhere: names that are valid in the same place, and are not this source's to read.
        hint: what else would be valid there, for an error.
    """

    where: str
    values: Mapping[str, Any]
    keys: Mapping[str, str]
    is_text: bool = False
    elsewhere: tuple[str, ...] = ()
    hint: str = ""

    def error(self, problem: str) -> ConfigError:
        valid = _listed([*self.keys, *self.elsewhere])
        return ConfigError(f"{self.where}: {problem} Valid keys: {valid}{self.hint}.")

    def check(self) -> None:
        """Raise ``ConfigError`` for the first name that is not valid here."""
        for name in self.values:
            if name not in self.keys:
                hint = _did_you_mean(name, [*self.keys, *self.elsewhere])
                raise self.error(f"unknown key {name!r}.{hint}")

    def convert(
        self, fields: Mapping[str, attrs.Attribute[Any]], structure: Callable[[Any, Any], Any]
    ) -> dict[str, Any]:
        """Return the values by setting, each made its declared type by ``structure``.

        Raises:
            ConfigError: ``structure`` does not take a value.
        """
        converted = {}
        for name, value in self.values.items():
            field = fields[self.keys[name]]
            if field.converter is not None:  # it knows better than the type what it accepts
                converted[field.name] = value
                continue
            try:
                converted[field.name] = structure(value, field.type)
            except Exception as error:  # a converter may raise anything on a wrong value
                wanted = _type_name(field.type)
                raise self.error(f"{name!r} must be {wanted}, not {value!r}.") from error
        return converted


@attrs.frozen
class _File:
    """The agentcore table of one file. ``root`` is its place there: ``tool.agentcore`` or none."""

    path: str
    table: Mapping[str, Any]
    root: str = ""

    def where(self, section: str = "") -> str:
        place = ".".join(part for part in (self.root, section) if part)
        return f"{self.path}, [{place}]" if place else self.path


def load_core(**options: Any) -> CoreSettings:
    """Return the settings that every backend shares.

    Args:
        options: the fields of :class:`CoreSettings` that were given to ``connect()``. A
            ``backend`` of ``None`` was not given.

    Raises:
        ConfigError: a key is unknown or a value is wrong, wherever it was found.
    """
    backend = options.pop("backend", None)
    files = tuple(_files())
    models = _models(options.pop("models", None), files)
    keys = {key: key for key in _CORE_KEYS}
    sources = [_Source("connect()", options, keys, elsewhere=("models",)), _core_environment()]
    for file in files:
        tables = {key for key, value in file.table.items() if isinstance(value, dict)}
        values = {key: file.table[key] for key in file.table if key in keys or key not in tables}
        hint = "; the settings of a backend stand in a table of its name"
        sources.append(_Source(file.where(), values, keys, hint=hint))
    settings = _load(CoreSettings, sources)
    if models:
        settings = attrs.evolve(settings, models=models)
    if backend is None:
        return settings
    try:  # apart from the rest, so that connect("thread") has nothing to convert
        return attrs.evolve(settings, backend=backend)
    except (TypeError, ValueError):
        raise sources[0].error(f"'backend' must be a name, not {backend!r}.") from None


def _models(given: Any, files: Sequence[_File]) -> Mapping[str, ModelSettings | ChatModel]:
    """Read the models, if there are any: who has none imports nothing for it."""
    in_environment = any(name.startswith(f"{_PREFIX}MODELS_") for name in os.environ)
    if not given and not in_environment and not any("models" in file.table for file in files):
        return EMPTY
    from agentcore.config.model_tables import load_models

    return load_models(given or {}, files)


def load_section(name: str, settings_class: type[T], options: Mapping[str, Any]) -> T:
    """Return the settings of one backend.

    Args:
        name: the backend's name, which is that of its table in files.
        settings_class: a flat attrs class, supplied by the backend.
        options: what was given to ``connect()``, but for the fields of :class:`CoreSettings`.

    Raises:
        ConfigError: a key is unknown or a value is wrong, wherever it was found.
    """
    keys = {field.name: field.name for field in _fields(settings_class) if field.init}
    core = ("models", *(key for key in _CORE_KEYS if key != "backend"))
    sources = [
        _Source("connect()", options, keys, elsewhere=core),
        _section_environment(name, keys),
    ]
    for file in _files():
        values = file.table.get(name, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{file.where()}: {name!r} must be a table, as [{name}].")
        _reject_misspelt_section(name, file)
        sources.append(_Source(file.where(name), values, keys))
    return _load(settings_class, sources)


def find_backend(name: str) -> type[Any]:
    """Return the class of a backend, importing its package and what that needs.

    The backends ``thread`` and ``ray`` are part of this distribution; any other is looked up
    in the entry-point group ``agentcore.backends``.

    Raises:
        ConfigError: no backend has this name.
        BackendMissingError: a package that the backend needs is not installed.
    """
    target = _SHIPPED.get(name)
    if target is None:
        registered = _registered()
        if name not in registered:
            known = sorted({*_SHIPPED, *registered})
            hint = _did_you_mean(name, known)
            raise ConfigError(f"unknown backend {name!r}.{hint} Known backends: {_listed(known)}.")
        target = registered[name]
    module, attribute = target
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if absent.startswith((f"{module}.", "agentcore.")):
            raise  # a fault of the backend's own, which no installation would mend
        advice = f": {_INSTALL[name]}" if name in _INSTALL else ""
        text = f"backend {name!r} needs the package {absent!r}, which is not installed{advice}"
        raise BackendMissingError(text) from error
    found: type[Any] = operator.attrgetter(attribute)(loaded)
    return found


def _registered() -> dict[str, tuple[str, str]]:
    """Return module and class of each backend that an installed distribution declares."""
    from importlib.metadata import entry_points

    group = entry_points(group="agentcore.backends")
    return {entry.name: (entry.module, entry.attr) for entry in group}


def _load(settings_class: type[T], sources: Iterable[_Source]) -> T:
    """Merge ``sources``, strongest first, into an instance of ``settings_class``."""
    found = [source for source in sources if source.values]
    for source in found:
        source.check()
    if not found and _has_defaults(settings_class):
        return settings_class()  # nothing to convert, hence nothing to import

    import typed_settings
    from typed_settings.exceptions import TsError
    from typed_settings.loaders import DictLoader

    attrs.resolve_types(cast("type[Any]", settings_class))  # in place: the types are text so far
    fields = {field.name: field for field in _fields(settings_class)}
    strict = _strict_converter()
    from_text = partial(_from_text, strict)
    layers = [
        (source, source.convert(fields, from_text if source.is_text else strict.structure))
        for source in found
    ]
    loaders = [DictLoader(values) for _, values in reversed(layers)]
    try:
        return typed_settings.load_settings(settings_class, loaders, converter=strict)
    except TsError as error:
        raise _refusal(settings_class, layers, error) from error


def _refusal(
    settings_class: type[Any], layers: Iterable[tuple[_Source, dict[str, Any]]], error: Exception
) -> ConfigError:
    """Return the error for values of the right type that ``settings_class`` does not accept."""
    if _has_defaults(settings_class):
        for source, values in layers:
            for name, (key, value) in zip(source.values, values.items(), strict=True):
                try:  # each alone, over the defaults, to learn which of them it refuses
                    settings_class(**{key: value})
                except Exception as refused:
                    return source.error(f"{name!r} is refused: {refused.args[0]}.")
    problems = "; ".join(str(each) for each in getattr(error, "exceptions", [error]))
    valid = _listed(field.name for field in _fields(settings_class))
    return ConfigError(f"{settings_class.__name__}: {problems}. Valid keys: {valid}.")


def _core_environment() -> _Source:
    """Read the variables of the core; those of sections, and of other programs, are left alone."""
    keys = {f"{_PREFIX}{key.upper()}": key for key in _CORE_KEYS}
    known = [*keys, _CONFIG_VARIABLE]
    of_a_section = tuple(f"_{key.upper()}" for key in _CORE_KEYS)
    values = {}
    for name, text in os.environ.items():
        if name in keys:
            values[name] = text
        elif name.startswith(_PREFIX) and name not in known and not name.endswith(of_a_section):
            hint = _did_you_mean(name, known, cutoff=0.9)
            if hint:  # a slip of the pen that would otherwise go unnoticed
                raise ConfigError(
                    f"environment: unknown key {name!r}.{hint} Valid keys: {_listed(known)}."
                )
    return _Source("environment", _not_empty(values), keys, is_text=True)


def _section_environment(name: str, section_keys: Iterable[str]) -> _Source:
    prefix = f"{_PREFIX}{name.upper().replace('-', '_')}_"
    keys = {f"{prefix}{key.upper()}": key for key in section_keys}
    others = {f"{_PREFIX}{key.upper()}" for key in _CORE_KEYS}
    values = {
        variable: text
        for variable, text in os.environ.items()
        if variable.startswith(prefix) and variable not in others
    }
    return _Source("environment", _not_empty(values), keys, is_text=True)


def _not_empty(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if text}


def _files() -> Iterator[_File]:
    """Yield the files there are, strongest first.

    Raises:
        ConfigError: a file cannot be read, is no TOML, or is the one asked for and absent.
    """
    named = os.environ.get(_CONFIG_VARIABLE)
    if named:
        file = _read(named)
        if file is None:
            raise ConfigError(f"{_CONFIG_VARIABLE} names {named!r}, which does not exist")
        yield file
    for path in ("agentcore.toml", "pyproject.toml"):
        file = _read(path)
        if file is not None:
            yield file


def _read(path: str) -> _File | None:
    """Return the agentcore table of a file, or ``None`` where there is no such file."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    full = os.path.abspath(path)
    shared = Path(path).name == "pyproject.toml"
    if shared and b"agentcore" not in data:
        return _File(full, {})  # not worth parsing, and its faults are not ours to name

    import tomllib

    try:
        table: Any = tomllib.loads(data.decode())
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise ConfigError(f"{full} is not valid TOML: {error}") from error
    if not shared:
        return _File(full, table)
    tool = table.get("tool")
    table = tool.get("agentcore", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{full}: 'tool.agentcore' must be a table, as [tool.agentcore].")
    return _File(full, table, "tool.agentcore")


def _reject_misspelt_section(name: str, file: _File) -> None:
    """Raise ``ConfigError`` for a table whose name is nearly ``name``, and no backend's."""
    for key, value in file.table.items():
        if isinstance(value, dict) and key != name and key not in _SHIPPED:
            hint = _did_you_mean(key, [name], cutoff=0.8)
            if hint:
                raise ConfigError(f"{file.where()}: unknown table {key!r}.{hint}")


def _strict_converter() -> TSConverter:
    """Return a converter that takes a value as it is, or not at all.

    The library's own would make ``2`` of ``2.7``, ``"5"`` of ``5`` and letters of a string.
    """
    from typed_settings.converters import TSConverter

    def refuse(text: str) -> list[str]:
        raise TypeError(f"{text!r} is no list")

    def only(*accepted: type) -> Any:
        def convert(value: Any, wanted: type[Any]) -> Any:
            # bool is a subclass of int, yet ``true`` is no number of hosts
            if not isinstance(value, accepted) or isinstance(value, bool) is not (wanted is bool):
                raise TypeError(f"{value!r} is no {wanted.__name__}")
            return wanted(value)

        return convert

    converter = TSConverter(strlist_sep=refuse)
    converter.scalar_converters.update(
        {bool: only(bool), int: only(int), float: only(int, float), str: only(str)}
    )
    return converter


def _from_text(strict: TSConverter, text: str, wanted: Any) -> Any:
    """Convert ``text`` to ``wanted``, a type; text that does not fit as it stands is JSON."""
    from typed_settings.converters import TSConverter

    lenient = TSConverter(strlist_sep=lambda text: [part.strip() for part in text.split(",")])
    try:
        return lenient.structure(text, wanted)
    except Exception:  # whatever it raised, JSON is what is left to try
        import json

        return strict.structure(json.loads(text), wanted)


def _fields(settings_class: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(settings_class)
    return fields


def _has_defaults(settings_class: type[Any]) -> bool:
    return all(field.default is not attrs.NOTHING for field in _fields(settings_class))


def _type_name(wanted: Any) -> str:
    if isinstance(wanted, type) and get_origin(wanted) is None:
        return wanted.__name__
    return str(wanted).replace("typing.", "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a sentence that suggests the name of ``known`` that is closest, or ``""``."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f" Did you mean {close[0]!r}?" if close else ""
