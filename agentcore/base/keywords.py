"""Wrong keywords of a constructor: the error names the keyword that is close."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

from agentcore.base.checks import did_you_mean
from agentcore.base.error_words import text_of

__all__ = ["constructor_keywords", "refusing_unknown_keywords", "with_keyword_hint"]

F = TypeVar("F", bound=Callable[..., None])

NO_HABITS: Final[Mapping[str, str]] = {}

# What Python 3.11 and 3.12 say; later versions have a hint of their own behind it.
_UNEXPECTED: Final = re.compile(r"got an unexpected keyword argument '(\w+)'$")


def constructor_keywords(cls: type) -> tuple[str, ...]:
    """Name the keywords that the constructors of a class and of its bases take."""
    names: dict[str, None] = {}
    for base in cls.__mro__[:-1]:
        if "__init__" in vars(base):
            parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())
            named = (each for each in parameters[1:] if each.kind in _BY_KEYWORD)
            names.update((each.name, None) for each in named)
    return tuple(names)


def refusing_unknown_keywords(init: F, habits: Mapping[str, str] = NO_HABITS) -> F:
    """Let a constructor say which keyword is close to one that it does not have.

    It is for the ``__init__`` of a base class, to which subclasses pass on their ``**options``, and
    of the classes that users make by their keywords. Its signature stays as it is, for editors and
    type checkers.

    Args:
        init: the ``__init__``.
        habits: keywords of another framework, and what is given here in their place, in words.

    Raises:
        TypeError: at the call, a keyword is unknown. It names the class of the object.
    """
    known = frozenset(inspect.signature(init).parameters)

    @wraps(init)
    def checked(self: Any, /, *args: Any, **kwargs: Any) -> None:
        if not known.issuperset(kwargs):
            cls = type(self)
            unknown = next(key for key in kwargs if key not in known)
            habit = habits.get(unknown)
            own = constructor_keywords(cls)
            hint = did_you_mean(unknown, own) if habit is None else f": {habit}"
            text = f"{cls.__name__}() got an unexpected keyword argument {unknown!r}"
            raise TypeError(text + hint)
        init(self, *args, **kwargs)

    return checked  # type: ignore[return-value]


def with_keyword_hint(error: BaseException, cls: type) -> str:
    """Give the text of what a constructor raised, with a hint if it was at a wrong keyword."""
    text = text_of(error)
    found = _UNEXPECTED.search(text) if isinstance(error, TypeError) else None
    return text if found is None else text + did_you_mean(found[1], constructor_keywords(cls))


_BY_KEYWORD: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
