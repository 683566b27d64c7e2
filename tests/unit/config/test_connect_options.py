"""The types of connect()'s options are those of the settings that they set."""

from __future__ import annotations

import typing
from typing import Any

import attrs
import pytest

from agentcore.config import connect_options
from agentcore.config.backends import SHIPPED, find_backend
from agentcore.config.core import CoreSettings
from agentcore.runtime import connecting

OPTIONS = {
    "inline": connect_options.InlineOptions,
    "ray": connect_options.RayOptions,
    "thread": connect_options.ThreadOptions,
}


def types_of(settings: type[Any]) -> dict[str, Any]:
    """Give the types of the fields of a settings class."""
    resolved = attrs.resolve_types(settings)
    return {field.name: field.type for field in attrs.fields(resolved) if field.init}


def test_the_core_options_are_the_core_settings() -> None:
    """But for the backend, a parameter of its own, and models, which may be plain tables, too."""
    expected = types_of(CoreSettings)
    del expected["backend"]
    options = typing.get_type_hints(connect_options.CoreOptions)
    del options["console"]  # `connect` takes it itself
    models, given = expected.pop("models"), options.pop("models")
    assert options == expected
    one, another = typing.get_args(models)[1], typing.get_args(given)[1]
    assert set(typing.get_args(one)) < set(typing.get_args(another))


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_options_of_a_backend_are_its_settings(name: str) -> None:
    """Beside those of the core; a setting that is added to a backend is missed here."""
    if name == "ray":
        pytest.importorskip("ray")
    options = typing.get_type_hints(OPTIONS[name])
    core = typing.get_type_hints(connect_options.CoreOptions)
    own = {key: type_ for key, type_ in options.items() if key not in core}
    assert own == types_of(find_backend(name).settings_class)


def test_each_shipped_backend_has_a_signature_of_connect() -> None:
    """And without a name, the options of all of them are taken."""
    named = {}
    for overload in typing.get_overloads(connecting.connect):
        hints = typing.get_type_hints(overload)
        if typing.get_origin(hints["backend"]) is typing.Literal:
            for name in typing.get_args(hints["backend"]):
                named.setdefault(name, hints["options"])
    assert named == {name: typing.Unpack[options] for name, options in OPTIONS.items()}
    together = typing.get_type_hints(connect_options.ShippedOptions)
    assert together == {
        key: type_
        for options in OPTIONS.values()
        for key, type_ in typing.get_type_hints(options).items()
    }
