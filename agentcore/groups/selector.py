"""`Selector`: in which words, and how often, a model is asked who speaks next."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import attrs

from agentcore.base.checks import did_you_mean

__all__ = ["DEFAULT_SELECTOR", "PLACEHOLDERS", "Selector"]

PLACEHOLDERS: Final = ("roles", "agentlist")
ROLES: Final = ("user", "system")

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def _is_template(selector: Any, attribute: Any, value: Any) -> None:
    optional = attribute.default is None or attribute.name == "prompt"
    if value is None and optional:
        return
    if not isinstance(value, str):
        raise TypeError(f"Selector({attribute.name}=) is a text, not {value!r:.200}")
    for name in _PLACEHOLDER.findall(value):
        if name not in PLACEHOLDERS:
            raise ValueError(
                f"Selector({attribute.name}=) has {{{name}}}, which is not filled in"
                f"{did_you_mean(name, PLACEHOLDERS)}; it may have {{roles}} and {{agentlist}}"
            )


def _is_a_count(selector: Any, attribute: Any, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"Selector(retries=) is a whole number, 0 or more, not {value!r}")


def _is_a_role(selector: Any, attribute: Any, value: Any) -> None:
    if value not in ROLES:
        raise ValueError(f"Selector(role=) is one of {', '.join(ROLES)}, not {value!r:.200}")


@attrs.frozen(kw_only=True)
class Selector:
    """In which words, and how often, a model is asked who speaks next: ``selector=`` of a group.

    In each text, ``{roles}`` stands for all members with their descriptions, one a line, and
    ``{agentlist}`` for the names of those who may speak now, with commas between them.

    Args:
        message: what the model is told first, in place of the library's own words.
        prompt: what it is asked behind what was said; ``None`` asks nothing more.
        several: how it is asked again, after an answer that names several.
        nobody: how it is asked again, after an answer that names nobody.
        retries: how often it is asked again; then the next in turn speaks.
        role: ``user`` puts the prompt behind what was said, in one message of that role, as any
            model takes it; ``system`` puts it into a system message of its own.

    Raises:
        TypeError, ValueError: an argument cannot be used, or a text has another ``{placeholder}``.

    Examples:
        >>> Selector(prompt="Who is next of {agentlist}?", retries=2).retries
        2
    """

    message: str | None = attrs.field(default=None, validator=_is_template)
    prompt: str | None = attrs.field(
        default="Who speaks next? Answer with one name only, and nothing else, of: {agentlist}",
        validator=_is_template,
    )
    several: str | None = attrs.field(default=None, validator=_is_template)
    nobody: str | None = attrs.field(default=None, validator=_is_template)
    retries: int = attrs.field(default=1, validator=_is_a_count)
    role: Literal["user", "system"] = attrs.field(default="user", validator=_is_a_role)


DEFAULT_SELECTOR: Final = Selector()
