"""Which model a command asks: what ``--model`` names, or the one that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.base.errors import ConfigError
from agentcore.config.core import load_core
from agentcore.models.catalogue import CATALOGUE
from agentcore.models.settings import ModelSettings, make_model
from agentcore.models.weights import weights_path

__all__ = ["ChosenModel", "choose_model", "named_by"]

_FORMS = (
    "Name one of the configuration, a local one as local:qwen2.5-coder-1.5b, or one of a server as "
    "openai:gpt-4o-mini or openai:NAME@http://localhost:8000/v1"
)


@attrs.frozen
class ChosenModel:
    """A model, as agents take it, and the name that users know it by."""

    llm: Any
    name: str


def choose_model(given: str | None) -> ChosenModel:
    """Return the model that ``--model`` names; without it the one that is at hand.

    That is the model ``fast`` of the configuration, or the only one in it, or a local one whose
    weights are on this machine. A server is not asked unless somebody named it, as data goes to it.

    Raises:
        ConfigError: nothing has this name, or nothing is given and nothing is at hand.
    """
    configured = load_core().models
    if given is not None:
        return named_by(given, configured)
    if "fast" in configured or len(configured) == 1:
        name = "fast" if "fast" in configured else next(iter(configured))
        return ChosenModel(name, _shown(name, configured[name]))
    for local in CATALOGUE:
        if weights_path(local).is_file():
            return named_by(local, configured)
    several = f"; configured are {', '.join(sorted(configured))}" if configured else ""
    raise ConfigError(f"say which model is to be asked, with --model{several}. {_FORMS}")


def named_by(given: str, configured: Mapping[str, Any]) -> ChosenModel:
    """Return the model that a text names: of the configuration, or ``provider:name``."""
    if given in configured:
        return ChosenModel(given, _shown(given, configured[given]))
    provider, _, rest = given.partition(":")
    if given in CATALOGUE or given.endswith(".gguf"):
        provider, rest = "local", given
    if provider not in ("local", "openai") or not rest:
        known = f" Configured are: {', '.join(sorted(configured))}." if configured else ""
        raise ConfigError(f"no model is called {given!r}.{known} {_FORMS}")
    name, _, url = rest.partition("@") if provider == "openai" else (rest, "", "")
    try:
        settings = ModelSettings(provider=provider, model=name, base_url=url or None, temperature=0)
    except ValueError as error:
        raise ConfigError(f"the model {given!r} has no address of a server: {url}") from error
    return ChosenModel(make_model(given, settings), name)


def _shown(name: str, found: Any) -> str:
    return found.model if isinstance(found, ModelSettings) and found.model else name
