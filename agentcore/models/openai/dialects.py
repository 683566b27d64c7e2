"""Dialects: how servers want to be asked, where they differ from OpenAI's.

A field of a `Dialect` is one difference, and a row of `DIALECTS` one server. What a row does not
say, or a server without a row wants, is learned from the server's words: see ``refusals``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ConfigError

__all__ = ["DIALECTS", "Dialect", "Structured", "dialect_of"]

Structured = Literal["schema", "json", "words"]


def _one_of(*values: str) -> Any:
    return attrs.validators.in_(values)


@attrs.frozen(kw_only=True)
class Dialect:
    """How a server wants to be asked. The defaults are those of OpenAI's older models.

    Attributes:
        structured: how an answer of a form is asked for. ``schema``: by ``response_format`` with
            the JSON schema. ``json``: by ``response_format`` for any JSON, and the schema in the
            text. ``words``: in the text alone.
        strict: whether ``strict`` may be set, which binds a model to a schema.
        streams: whether the server streams; if not, its whole answer is one piece.
        stream_usage: whether ``stream_options`` is sent, which asks for the usage of a stream.
        system_role: whether there is a role for system messages; if not, their text is put before
            that of the first message of the user.
        alternates: whether user and assistant must alternate, so that messages are joined.
        names: whether a message may have a ``name``; if not, it is put before the text.
        empty_content: what stands beside tool calls without a text: ``null``, nothing at all
            (``absent``), or a text without characters (``text``).
        call_ids: ``any``, or ``nine`` letters and digits, as Mistral's models want them.
        fields_back: whether unknown fields of an answer, such as ``reasoning_content``, may be sent
            back to the model.
        max_tokens: the name of the limit of an answer, ``max_tokens`` or
            ``max_completion_tokens``.
        seed: the name of the seed, ``seed`` or ``random_seed``.

    Raises:
        ValueError: a value is none of those that a field may have.

    Examples:
        >>> Dialect(structured="json", system_role=False).structured
        'json'
    """

    structured: Structured = attrs.field(
        default="schema", validator=_one_of("schema", "json", "words")
    )
    strict: bool = True
    streams: bool = True
    stream_usage: bool = True
    system_role: bool = True
    alternates: bool = False
    names: bool = True
    empty_content: Literal["null", "absent", "text"] = attrs.field(
        default="null", validator=_one_of("null", "absent", "text")
    )
    call_ids: Literal["any", "nine"] = attrs.field(default="any", validator=_one_of("any", "nine"))
    fields_back: bool = True
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = attrs.field(
        default="max_tokens", validator=_one_of("max_tokens", "max_completion_tokens")
    )
    seed: Literal["seed", "random_seed"] = attrs.field(
        default="seed", validator=_one_of("seed", "random_seed")
    )


_PLAIN: Final = Dialect()
DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "openai": Dialect(max_tokens="max_completion_tokens"),
        "azure": Dialect(max_tokens="max_completion_tokens"),
        "gemini": _PLAIN,
        "anthropic": Dialect(structured="words", strict=False),
        "mistral": Dialect(stream_usage=False, call_ids="nine", seed="random_seed"),
        "deepseek": Dialect(structured="json", strict=False),
        "qwen": Dialect(structured="json", strict=False),
        "moonshot": Dialect(structured="json", strict=False),
        "zhipu": Dialect(structured="json", strict=False),
        "groq": Dialect(strict=False, max_tokens="max_completion_tokens"),
        "gemma": Dialect(system_role=False, alternates=True),
        "xai": _PLAIN,
        "openrouter": _PLAIN,
        "litellm": _PLAIN,
        "vllm": _PLAIN,
        "sglang": _PLAIN,
        "ollama": Dialect(empty_content="text"),
        "llama.cpp": _PLAIN,
        "lmstudio": Dialect(empty_content="text"),
        "tgi": Dialect(structured="words", strict=False),
    }
)
_HOSTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api.openai.com": "openai",
        "openai.azure.com": "azure",
        "generativelanguage.googleapis.com": "gemini",
        "api.anthropic.com": "anthropic",
        "api.mistral.ai": "mistral",
        "api.deepseek.com": "deepseek",
        "aliyuncs.com": "qwen",
        "api.moonshot.ai": "moonshot",
        "api.moonshot.cn": "moonshot",
        "api.z.ai": "zhipu",
        "bigmodel.cn": "zhipu",
        "api.groq.com": "groq",
    }
)


def dialect_of(named: str | Dialect | None, url: str) -> Dialect:
    """Return a dialect: that which is given or named, or else that of the server's address.

    Args:
        named: a dialect, its name in `DIALECTS`, or ``None``.
        url: the address of the server.

    Raises:
        ConfigError: no dialect has the name; the message lists those there are.
    """
    if isinstance(named, Dialect):
        return named
    if named is not None:
        found = DIALECTS.get(named)
        if found is None:
            hint = did_you_mean(named, DIALECTS, " Did you mean ", count=1)
            known = ", ".join(sorted(DIALECTS))
            raise ConfigError(f"no dialect is called {named!r}.{hint} Known dialects: {known}.")
        return found
    host = urlsplit(url).hostname or ""
    names = (name for end, name in _HOSTS.items() if host == end or host.endswith(f".{end}"))
    return DIALECTS.get(next(names, ""), _PLAIN)
