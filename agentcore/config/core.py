"""The settings that every backend shares, and the loading of those and of a backend's own.

For each key the first of these places that has it wins: the options given to ``connect()``; the
``AGENTCORE_*`` environment; the file named in ``AGENTCORE_CONFIG``; ``agentcore.toml`` in the
working directory; ``[tool.agentcore]`` of ``pyproject.toml`` there; the default.

In a file, the keys of :class:`CoreSettings` stand at the top level, each backend has a table of
its own, as ``[ray]``, and so has each model, as ``[models.fast]``. In the environment the same
keys are ``AGENTCORE_BACKEND``, ``AGENTCORE_RAY_HOSTS`` and ``AGENTCORE_MODELS_FAST_MODEL``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
from attrs.validators import ge, gt, instance_of, min_len

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ConfigError
from agentcore.base.frozen import EMPTY
from agentcore.config.sources import (
    CONFIG_VARIABLE,
    PREFIX,
    SettingsFile,
    Source,
    files,
    load,
    variables,
)
from agentcore.config.tables import check_tables
from agentcore.models.settings import ModelSettings
from agentcore.protocol.model_api import ChatModel

__all__ = ["CoreSettings", "load_core", "load_section"]

T = TypeVar("T")


@attrs.frozen
class CoreSettings:
    """The settings that every backend shares.

    Attributes:
        backend: the name of the backend.
        max_turns: the budget of a conversation that is not given one, in turns.
        max_depth: how deep sends may be nested.
        stream_keep_seconds: how long a finished stream can still be read, in seconds.
        stream_keep_chunks: how many chunks of a stream are kept.
        silent: whether no conversation prints its messages; without it, those are silent that are
            begun with ``silent=True``.
        models: the models that agents may have by name, as ``llm="fast"``.
    """

    backend: str = attrs.field(default="thread", validator=[instance_of(str), min_len(1)])
    max_turns: int = attrs.field(default=10_000, validator=ge(1))
    max_depth: int = attrs.field(default=64, validator=ge(1))
    stream_keep_seconds: float = attrs.field(default=600.0, validator=gt(0))
    stream_keep_chunks: int = attrs.field(default=10_000, validator=ge(1))
    silent: bool = attrs.field(default=False, validator=instance_of(bool))
    models: Mapping[str, ModelSettings | ChatModel] = attrs.field(default=EMPTY, hash=False)


# Without the models: each has a table of its own, which `model_tables` reads.
_KEYS = {field.name: field.name for field in attrs.fields(CoreSettings) if field.name != "models"}
_VARIABLES = {f"{PREFIX}{key.upper()}": key for key in _KEYS}


def load_core(**options: Any) -> CoreSettings:
    """Return the settings that every backend shares.

    Args:
        options: the fields of :class:`CoreSettings` that were given to ``connect()``. A
            ``backend`` of ``None`` was not given.

    Raises:
        ConfigError: a key is unknown or a value is wrong, wherever it was found.
    """
    backend = options.pop("backend", None)
    found = tuple(files())
    models = _models(options.pop("models", None), found)
    given = Source("connect()", options, {**_KEYS, "models": None})
    sources = [given, _environment()]
    for file in found:
        tables = {key for key, value in file.table.items() if isinstance(value, dict)}
        values = {key: file.table[key] for key in file.table if key in _KEYS or key not in tables}
        hint = "; the settings of a backend stand in a table of its name"
        sources.append(Source(file.where(), values, _KEYS, hint=hint))
    settings = load(CoreSettings, sources)
    if models:
        settings = attrs.evolve(settings, models=models)
    for file in found:
        check_tables(file, backend or settings.backend)
    if backend is None:
        return settings
    try:  # apart from the rest, so that connect("thread") has nothing to convert
        return attrs.evolve(settings, backend=backend)
    except (TypeError, ValueError):
        raise given.error(f"'backend' must be a name, not {backend!r}.") from None


def load_section(name: str, settings_class: type[T], options: Mapping[str, Any]) -> T:
    """Return the settings of one backend.

    Args:
        name: the backend's name, which is that of its table in files.
        settings_class: a flat attrs class, supplied by the backend.
        options: what was given to ``connect()``, without the fields of :class:`CoreSettings`.

    Raises:
        ConfigError: a key is unknown or a value is wrong, wherever it was found.
    """
    fields = attrs.fields(cast("type[Any]", settings_class))
    keys = {field.name: field.name for field in fields if field.init}
    prefix = f"{PREFIX}{name.upper().replace('-', '_')}_"
    texts = {key: text for key, text in variables(prefix).items() if key not in _VARIABLES}
    shared = dict.fromkeys(["models", *(key for key in _KEYS if key != "backend")])
    sources = [
        Source("connect()", options, {**shared, **keys}),
        Source("environment", texts, {f"{prefix}{key.upper()}": key for key in keys}, is_text=True),
    ]
    for file in files():
        values = file.table.get(name, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{file.where()}: {name!r} must be a table, as [{name}].")
        sources.append(Source(file.where(name), values, keys))
    return load(settings_class, sources)


def _models(given: Any, found: Sequence[SettingsFile]) -> Mapping[str, ModelSettings | ChatModel]:
    """Read the models, if there are any: a program without models imports nothing for them."""
    configured = any("models" in file.table for file in found) or variables(f"{PREFIX}MODELS_")
    if not given and not configured:
        return EMPTY
    from agentcore.config.model_tables import load_models

    return load_models(given or {}, found)


def _environment() -> Source:
    """Return the variables of the core, and those that are nearly spelled as one of the core's.

    The names of the latter are unknown keys, so they are reported instead of doing nothing. The
    variables of sections, and of other programs, are left alone.
    """
    known = {**_VARIABLES, CONFIG_VARIABLE: None}
    of_a_section = tuple(f"_{key.upper()}" for key in _KEYS)

    def is_slip(name: str) -> bool:
        other = name in known or name.endswith(of_a_section)
        return not other and bool(did_you_mean(name, known, cutoff=0.9))

    texts = variables(PREFIX).items()
    values = {name: text for name, text in texts if name in _VARIABLES or is_slip(name)}
    return Source("environment", values, known, is_text=True)
