"""The tables of a file: each belongs to the models or to a backend, and says only what that has.

A table that nothing reads would do nothing, silently, and so would a wrong key in the table of a
backend that is not the one in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agentcore.base.errors import ConfigError
from agentcore.config.backends import SHIPPED, installed_backends
from agentcore.config.connect_options import (
    CoreOptions,
    InlineOptions,
    RayOptions,
    ThreadOptions,
)
from agentcore.config.sources import SettingsFile, Source, listed, nearest

__all__ = ["MODELS", "check_tables"]

MODELS: Final = "models"
_OPTIONS: Final[Mapping[str, Any]] = {
    "inline": InlineOptions,
    "ray": RayOptions,
    "thread": ThreadOptions,
}


def check_tables(file: SettingsFile, in_use: str = "") -> None:
    """Check which tables a file has, and the keys of the backends that are not in use.

    The keys of the backend in use, and the values, are checked where they are loaded. The tables of
    backends that are installed apart may hold anything, because only those know what it means.

    Args:
        file: the file.
        in_use: the name of the backend that is used; its table is not looked at.

    Raises:
        ConfigError: no backend has the name of a table, or a key in it.
    """
    for name, table in file.table.items():
        if not isinstance(table, dict) or name in (MODELS, in_use):
            continue
        if name in SHIPPED:
            _check_keys(file, name, table)
        elif name not in installed_backends():
            known = sorted({MODELS, *SHIPPED, *installed_backends()})
            raise ConfigError(
                f"{file.where()}: unknown table {name!r}.{nearest(name, known)} "
                f"Known tables: {listed(known)}."
            )


def _check_keys(file: SettingsFile, name: str, table: Mapping[str, Any]) -> None:
    known = _OPTIONS[name].__annotations__.keys() - CoreOptions.__annotations__.keys()
    place = Source(file.where(name), table, {key: key for key in known})
    for key in table:
        if key not in known:
            raise place.unknown(key)
