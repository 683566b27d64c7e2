"""The settings of models by name, read from the places that all settings come from.

In a file each model has a table, ``[models.fast]``; ``connect(models={"fast": {...}})`` has the
same keys; the variable ``AGENTCORE_MODELS_FAST_MAX_TOKENS`` is the key ``max_tokens`` of the model
``fast``. For each key of each model the first place that has it wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from agentcore.base.errors import ConfigError
from agentcore.base.frozen import FrozenDict
from agentcore.config.sources import PREFIX, SettingsFile, Source, load, variables
from agentcore.models.settings import ModelSettings
from agentcore.protocol.model_api import ChatModel

__all__ = ["load_models"]

_KEYS = {field.name: field.name for field in attrs.fields(ModelSettings)}
_VARIABLES = f"{PREFIX}MODELS_"


def load_models(
    given: Any, files: Iterable[SettingsFile]
) -> Mapping[str, ModelSettings | ChatModel]:
    """Return the models that have a name.

    Args:
        given: what was given to ``connect(models=...)``: tables, settings or models by name.
        files: the files that exist, strongest first.

    Raises:
        ConfigError: a key is unknown or a value is wrong, wherever it was found.
    """
    whole, tables = _given(given)
    layers = [tables, *(_of_file(file) for file in files)]
    layers.insert(1, _of_environment(name for layer in layers for name in layer))
    found: dict[str, ModelSettings | ChatModel] = {}
    for name in dict.fromkeys(name for layer in layers for name in layer):
        sources = [layer[name] for layer in layers if name in layer]
        settings = load(ModelSettings, sources)
        problem = settings.problem()
        if problem and name not in whole:
            raise sources[0].error(problem)
        found[name] = settings
    return FrozenDict(found | whole)


def _given(given: Any) -> tuple[dict[str, ModelSettings | ChatModel], dict[str, Source]]:
    """Sort what was given into finished settings and models, and tables that files may add to."""
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise ConfigError(f"connect(): 'models' is a dict, with a dict for each model: not {kind}")
    whole: dict[str, ModelSettings | ChatModel] = {}
    tables: dict[str, Source] = {}
    for name, value in given.items():
        if isinstance(value, ModelSettings | ChatModel):
            whole[name] = value
        else:
            tables[name] = _source(f"connect(), models[{name!r}]", value)
    return whole, tables


def _of_file(file: SettingsFile) -> dict[str, Source]:
    models = file.table.get("models", {})
    if not isinstance(models, dict):
        raise ConfigError(f"{file.where()}: 'models' must have a table each, as [models.fast].")
    return {name: _source(file.where(f"models.{name}"), table) for name, table in models.items()}


def _source(where: str, table: Any) -> Source:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: a model is a table of settings, not {type(table).__name__}.")
    if "api_key" in table:
        raise _no_key(where, "api_key", "api_key_env")
    return Source(where, table, _KEYS)


def _of_environment(known: Iterable[str]) -> dict[str, Source]:
    """Sort the variables by the model that each is for; ``known`` are the models of other places.

    A variable is in upper case: it is for the known model whose name is spelled so, and otherwise
    for a model of that name in lower case.
    """
    names = {_upper(name): name for name in known}
    by_name: dict[str, dict[str, str]] = {}
    for variable, text in variables(_VARIABLES).items():
        upper = _name_in(variable)
        by_name.setdefault(names.get(upper, upper.lower()), {})[variable] = text
    return {
        name: Source(
            "environment",
            values,
            {f"{_VARIABLES}{_upper(name)}_{key.upper()}": key for key in _KEYS},
            is_text=True,
        )
        for name, values in by_name.items()
    }


def _name_in(variable: str) -> str:
    """Return the model's name in a variable: the text before the longest key that it ends with.

    Raises:
        ConfigError: it has no name or does not end with a key, or it holds the key of an account.
    """
    rest = variable.removeprefix(_VARIABLES)
    for key in sorted([*_KEYS, "api_key"], key=len, reverse=True):
        name = rest.removesuffix(f"_{key.upper()}")
        if name and name != rest:
            if key == "api_key":
                raise _no_key("environment", variable, f"{variable}_ENV")
            return name
    keys = ", ".join(key.upper() for key in sorted(_KEYS))
    raise ConfigError(
        f"environment: unknown key {variable!r}: it is {_VARIABLES}, the name of a model, and "
        f"after another _ one of {keys}."
    )


def _upper(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name).upper()


def _no_key(where: str, key: str, instead: str) -> ConfigError:
    """Return the error for a secret in the settings, which are shown, copied and sent to hosts."""
    return ConfigError(
        f"{where}: {key!r} is not for settings, which are shown and copied. Put the key into an "
        f'environment variable, and the variable\'s name here, as {instead} = "OPENAI_API_KEY".'
    )
