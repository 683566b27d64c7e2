"""Which models can be asked from this machine: configured ones, local weights, keys, servers."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from agentcore.base.errors import ConfigError
from agentcore.cli.finding import Finding
from agentcore.config.core import load_core
from agentcore.models.catalogue import CATALOGUE
from agentcore.models.settings import ModelSettings
from agentcore.models.weights import weights_path

__all__ = ["models"]

_SECONDS = 2.0  # for a server to answer
_OLLAMA = "http://localhost:11434/v1"


def models() -> Iterator[Finding]:
    """Yield what is at hand, and a problem if nothing is. No model is asked, no key is shown."""
    found = [*_configured(), *_local(), *_keys(), *_ollama()]
    yield from found
    if not any(each.state == "ok" for each in found):
        yield Finding(
            "models",
            "any",
            "problem",
            "no model is at hand",
            'Install "agentcore-actors[local]" and ask with --model local:qwen2.5-coder-1.5b, '
            "whose weights are then fetched, or set OPENAI_API_KEY.",
        )


def _configured() -> Iterator[Finding]:
    try:
        known: Mapping[str, Any] = load_core().models
    except ConfigError as error:
        yield Finding("models", "configuration", "problem", str(error))
        return
    for name, settings in sorted(known.items()):
        if isinstance(settings, ModelSettings):
            yield _of_settings(name, settings)


def _of_settings(name: str, settings: ModelSettings) -> Finding:
    what = f"{settings.model or settings.provider}, provider {settings.provider}"
    if settings.provider == "local":
        if weights_path(settings.model).is_file():
            return Finding("models", name, "ok", f"{what}: the weights are here")
        return Finding("models", name, "note", f"{what}: the weights are not here yet")
    if settings.provider != "openai":
        return Finding("models", name, "ok", what)
    variable = settings.api_key_env or ("" if settings.base_url else "OPENAI_API_KEY")
    if variable and not os.environ.get(variable):
        advice = f"Set the environment variable {variable}."
        return Finding("models", name, "note", f"{what}: {variable} is not set", advice)
    key = f", {variable} is set" if variable else ""
    if settings.base_url is None:
        return Finding("models", name, "ok", f"{what}{key}")
    where = _shown(settings.base_url)
    if _answers(settings.base_url):
        return Finding("models", name, "ok", f"{what}: {where} answers{key}")
    return Finding("models", name, "note", f"{what}: {where} does not answer{key}")


def _local() -> Iterator[Finding]:
    for name in CATALOGUE:
        path = weights_path(name)
        if path.is_file():
            yield Finding("models", f"local:{name}", "ok", f"the weights are in {path.parent}")
        else:
            text = f"the weights are not in {path.parent}; they are fetched at the first use"
            yield Finding("models", f"local:{name}", "note", text)


def _keys() -> Iterator[Finding]:
    is_set = bool(os.environ.get("OPENAI_API_KEY"))
    text = "is set" if is_set else "is not set"
    yield Finding("models", "OPENAI_API_KEY", "ok" if is_set else "note", text)


def _ollama() -> Iterator[Finding]:
    if _answers(_OLLAMA):
        yield Finding("models", "server", "ok", f"{_shown(_OLLAMA)} answers (Ollama's address)")
    else:
        text = f"{_shown(_OLLAMA)} does not answer (Ollama's address)"
        yield Finding("models", "server", "note", text)


def _answers(base_url: str) -> bool:
    """Return whether a server answers, with whatever status. It is sent no key."""
    try:
        with urllib.request.urlopen(f"{base_url.rstrip('/')}/models", timeout=_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _shown(url: str) -> str:
    """Return an address without a password and without a query, which may hold a key."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
