"""The places that settings come from, and the conversion of what they hold.

The text of environment variables is converted to the declared type of a setting: numbers;
``true``, ``false``, ``on``, ``off``, ``yes``, ``no``; lists with commas; anything else (tables,
``null``) is written as JSON. The values of files and of ``connect()`` must have the declared type.

`msgspec` checks and converts a value. It is imported at the first value, because a ``connect()``
that finds no settings need not pay for that import (about 15 ms).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, TypeVar, cast, get_origin

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ConfigError

__all__ = [
    "CONFIG_VARIABLE",
    "PREFIX",
    "SettingsFile",
    "Source",
    "files",
    "listed",
    "load",
    "nearest",
    "variables",
]

T = TypeVar("T")

PREFIX = "AGENTCORE_"
CONFIG_VARIABLE = "AGENTCORE_CONFIG"
_TRUTH = {"on": True, "yes": True, "off": False, "no": False}  # beside those that msgspec knows


@attrs.frozen
class Source:
    """One place that may hold settings, and what it holds.

    Attributes:
        where: the place as errors name it: a file and table, ``environment`` or ``connect()``.
        values: what the place holds, by the names that the settings have there.
        keys: each name that is valid there, and the setting that it stands for; ``None`` for a
            name that is valid in the place, but that another part of the configuration reads.
        is_text: the values are texts, to be converted.
        hint: what else would be valid there, for an error.
    """

    where: str
    values: Mapping[str, Any]
    keys: Mapping[str, str | None]
    is_text: bool = False
    hint: str = ""

    def error(self, problem: str) -> ConfigError:
        """Return the error for a problem here: it names the place and the valid keys."""
        return ConfigError(f"{self.where}: {problem} Valid keys: {listed(self.keys)}{self.hint}.")

    def unknown(self, name: str) -> ConfigError:
        """Return the error for a name that is not valid here."""
        return self.error(f"unknown key {name!r}.{nearest(name, self.keys)}")

    def convert(self, fields: Mapping[str, attrs.Attribute[Any]]) -> dict[str, Any]:
        """Return the values by setting, each of the type that ``fields`` declares.

        Raises:
            ConfigError: a name is not valid here, or a value is not of its type.
        """
        converted = {}
        for name, value in self.values.items():
            key = self.keys.get(name)
            if key is None:
                raise self.unknown(name)
            field = fields[key]
            if field.converter is None:  # otherwise the class itself says what it accepts
                try:
                    value = (_from_text if self.is_text else _convert)(value, field.type)
                except Exception as error:  # the type is the backend's: it may raise anything
                    wanted = _type_name(field.type)
                    raise self.error(f"{name!r} must be {wanted}, not {value!r}.") from error
            converted[field.name] = value
        return converted


def load(settings_class: type[T], sources: Iterable[Source]) -> T:
    """Merge ``sources``, strongest first, into an instance of ``settings_class``.

    Raises:
        ConfigError: a key is unknown, or a value is missing, of another type or refused.
    """
    sources = [source for source in sources if source.values]
    fields = attrs.fields_dict(cast("type[Any]", settings_class))
    required = [name for name, field in fields.items() if field.default is attrs.NOTHING]
    if not sources and not required:
        return settings_class()
    attrs.resolve_types(cast("type[Any]", settings_class))  # in place: the types were texts
    layers = [(source, source.convert(fields)) for source in sources]
    merged: dict[str, Any] = {}
    for _, values in reversed(layers):
        merged |= values
    try:
        return settings_class(**merged)
    except Exception as error:  # a validator may raise anything
        if not required:  # each value alone, over the defaults, shows which of them is refused
            for source, values in layers:
                for name, (key, value) in zip(source.values, values.items(), strict=True):
                    try:
                        settings_class(**{key: value})
                    except Exception as refused:
                        reason = refused.args[0]
                        raise source.error(f"{name!r} is refused: {reason}.") from error
        missing = ", ".join(repr(name) for name in required if name not in merged)
        problem = f"{missing} must be set" if missing else error.args[0]
        valid = listed(fields)
        raise ConfigError(f"{settings_class.__name__}: {problem}. Valid keys: {valid}.") from error


def _convert(value: Any, wanted: Any, *, strict: bool = True) -> Any:
    import msgspec

    return msgspec.convert(value, wanted, strict=strict, dec_hook=_make_path)


def _make_path(wanted: type[Any], value: Any) -> Any:
    """Make a path of a text, because msgspec does not know paths."""
    if isinstance(value, str) and issubclass(wanted, PurePath):
        return wanted(value)
    return value  # msgspec then checks that it is an instance of the class


def _from_text(text: str, wanted: Any) -> Any:
    word = text.strip()
    for reading in (text, _TRUTH.get(word.lower(), word), [p.strip() for p in text.split(",")]):
        try:
            return _convert(reading, wanted, strict=False)
        except ValueError:
            continue  # the text may still be meant in another way
    import msgspec

    return _convert(msgspec.json.decode(text), wanted)


def _type_name(wanted: Any) -> str:
    if isinstance(wanted, type) and get_origin(wanted) is None:
        return wanted.__name__
    return str(wanted).replace("typing.", "")


def listed(names: Iterable[str]) -> str:
    """Return names in order, for an error."""
    return ", ".join(sorted(names)) or "none"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint, as a sentence, at the one name that is close to one that is not known."""
    return did_you_mean(name, known, " Did you mean ", count=1)


def variables(prefix: str) -> dict[str, str]:
    """Return the variables whose names begin with ``prefix``; an empty one counts as not set."""
    found = os.environ.items()
    return {name: text for name, text in found if text and name.startswith(prefix)}


@attrs.frozen
class SettingsFile:
    """The table of agentcore in one file.

    Attributes:
        path: the file, absolute.
        table: what the table holds.
        root: the table's own place in the file: ``tool.agentcore``, or empty for the whole file.
    """

    path: str
    table: Mapping[str, Any]
    root: str = ""

    def where(self, section: str = "") -> str:
        """Return the name of a section of this table, for errors."""
        place = ".".join(part for part in (self.root, section) if part)
        return f"{self.path}, [{place}]" if place else self.path


def files() -> Iterator[SettingsFile]:
    """Yield the files that exist, strongest first.

    Raises:
        ConfigError: a file cannot be read or is not TOML, or ``AGENTCORE_CONFIG`` names a file
            that does not exist.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    for path in filter(None, (named, "agentcore.toml", "pyproject.toml")):
        file = _read(path)
        if file is not None:
            yield file
        elif path == named:
            raise ConfigError(f"{CONFIG_VARIABLE} names {named!r}, which does not exist")


def _read(path: str) -> SettingsFile | None:
    """Return the table of agentcore in a file, or ``None`` if there is no such file."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    full = os.path.abspath(path)
    shared = Path(path).name == "pyproject.toml"
    if shared and b"agentcore" not in data:
        return SettingsFile(full, {})  # other tools' faults in it are theirs to report

    import tomllib  # here, because most programs have no file to parse

    try:
        table: Any = tomllib.loads(data.decode())
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise ConfigError(f"{full} is not valid TOML: {error}") from error
    if not shared:
        return SettingsFile(full, table)
    tool = table.get("tool")
    table = tool.get("agentcore", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{full}: 'tool.agentcore' must be a table, as [tool.agentcore].")
    return SettingsFile(full, table, "tool.agentcore")
