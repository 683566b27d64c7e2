"""The settings of a model that has a name, and the model that is made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pkgutil import resolve_name
from typing import Any

import attrs
from attrs.validators import (
    and_,
    deep_iterable,
    ge,
    gt,
    in_,
    instance_of,
    le,
    matches_re,
    min_len,
    optional,
)

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ConfigError
from agentcore.models.openai.dialects import DIALECTS
from agentcore.models.openai.model import OpenAIModel
from agentcore.protocol.model_api import ChatModel, Sampling

__all__ = ["ModelSettings", "make_model", "named_model"]

_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "stop")
_OF_OPENAI = (
    "base_url", "api_key_env", "timeout", "max_retries", "alternates", "names_in_text", "dialect",
    "structured",
)  # fmt: skip
_OF_LOCAL = ("context", "threads")


def _known_provider(settings: Any, field: attrs.Attribute[str], value: str) -> None:
    if value not in ("openai", "local") and not _FACTORY.fullmatch(value):
        raise ValueError("'provider' is openai, local, or a factory as package.module:factory")


def _variable(settings: Any, field: attrs.Attribute[str | None], value: str | None) -> None:
    if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        # The value is not shown, because a user may have put the key itself here.
        raise ValueError("'api_key_env' names an environment variable, as OPENAI_API_KEY")


def _known_dialect(settings: Any, field: attrs.Attribute[str], value: str) -> None:
    if value not in DIALECTS:
        raise ValueError(f"'dialect' is one of {', '.join(sorted(DIALECTS))}")


@attrs.frozen(kw_only=True)
class ModelSettings:
    """The settings of a model, as a table ``[models.NAME]`` has them.

    Attributes:
        provider: ``openai`` for OpenAI and compatible servers; ``local`` for a model in this
            process; or ``package.module:factory`` for a function that takes these settings and
            returns a `ChatModel`.
        model: the name of the model at the provider; for a local model also a path.
        base_url, api_key_env, timeout, max_retries: see `OpenAIModel`.
        alternates, names_in_text, dialect, structured: see `OpenAIModel`; a dialect by its name.
        temperature, top_p, max_tokens, seed, stop: see `Sampling`.
        context: the context of a local model, in tokens; ``None`` for its default.
        threads: the computing threads of a local model; ``None`` for its default.

    Raises:
        TypeError, ValueError: a value is not allowed; the text names the field.
    """

    provider: str = attrs.field(default="openai", validator=[instance_of(str), _known_provider])
    model: str = attrs.field(default="", validator=instance_of(str))
    base_url: str | None = attrs.field(
        default=None, validator=optional(and_(instance_of(str), matches_re(r"https?://\S+")))
    )
    api_key_env: str | None = attrs.field(default=None, validator=_variable)
    temperature: float | None = attrs.field(default=None, validator=optional(ge(0)))
    top_p: float | None = attrs.field(default=None, validator=optional(and_(gt(0), le(1))))
    max_tokens: int | None = attrs.field(default=None, validator=optional(ge(1)))
    seed: int | None = None
    stop: tuple[str, ...] = attrs.field(
        default=(), validator=deep_iterable(and_(instance_of(str), min_len(1)), instance_of(tuple))
    )
    timeout: float | None = attrs.field(default=None, validator=optional(gt(0)))
    max_retries: int | None = attrs.field(default=None, validator=optional(ge(0)))
    alternates: bool = False
    names_in_text: bool = False
    dialect: str | None = attrs.field(default=None, validator=optional(_known_dialect))
    structured: str | None = attrs.field(
        default=None, validator=optional(in_(("schema", "json", "words")))
    )
    context: int | None = attrs.field(default=None, validator=optional(ge(1)))
    threads: int | None = attrs.field(default=None, validator=optional(ge(0)))

    def problem(self) -> str:
        """Return what is wrong with the settings together, as a sentence; empty if nothing is."""
        others = {"openai": _OF_LOCAL, "local": _OF_OPENAI}.get(self.provider, ())
        fields = attrs.fields_dict(type(self))
        given = [key for key in others if getattr(self, key) != fields[key].default]
        if given:
            return f"provider {self.provider!r} takes no {', '.join(given)}."
        if not self.model and self.provider in ("openai", "local"):
            return "'model' is missing: the name of the model at the provider."
        return ""

    def sampling(self) -> Sampling:
        """Return the sampling parameters among these settings."""
        return Sampling(**{key: getattr(self, key) for key in _SAMPLING})


def make_model(name: str, settings: ModelSettings) -> ChatModel:
    """Make a model of its settings. The model connects or loads at its first request.

    Args:
        name: the name of the model in the configuration, for errors.
        settings: its settings.

    Raises:
        ConfigError: the settings do not fit together, or the provider cannot be found.
    """
    problem = settings.problem()
    if problem:
        raise ConfigError(f"[models.{name}]: {problem}")
    if settings.provider == "openai":
        given = {key: getattr(settings, key) for key in _OF_OPENAI}
        return OpenAIModel(settings.model, sampling=settings.sampling(), **given)
    if settings.provider == "local":
        from agentcore.models.local import LocalModel

        own = {key: getattr(settings, key) for key in _OF_LOCAL}
        set_here = {key: value for key, value in own.items() if value is not None}
        local: ChatModel = LocalModel(settings.model, sampling=settings.sampling(), **set_here)
        return local
    return _made_elsewhere(name, settings)


def _made_elsewhere(name: str, settings: ModelSettings) -> ChatModel:
    where = f"[models.{name}]: provider {settings.provider!r}"
    try:
        factory = resolve_name(settings.provider)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{where} cannot be imported: {error}") from error
    model = factory(settings)
    if not isinstance(model, ChatModel):
        kind = type(model).__name__
        raise ConfigError(f"{where} is to return a ChatModel, with complete and stream: {kind}")
    return model


_made = lru_cache(maxsize=256)(make_model)


def named_model(models: Mapping[str, ModelSettings | ChatModel], name: str) -> ChatModel:
    """Return the model that has a name. Within a process, equal settings give the same model.

    Args:
        models: settings and models by name, as `CoreSettings.models` has them.
        name: the name.

    Raises:
        ConfigError: no model has the name; the message lists those there are.
    """
    found = models.get(name)
    if found is None:
        hint = did_you_mean(name, models, " Did you mean ", count=1)
        known = ", ".join(sorted(models)) or "none"
        raise ConfigError(
            f"no model is called {name!r}.{hint} Known models: {known}. A model is named by a "
            f"table [models.{name}] in agentcore.toml, or by connect(models={{{name!r}: ...}})."
        )
    return _made(name, found) if isinstance(found, ModelSettings) else found
