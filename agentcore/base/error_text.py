"""The words for an exception that the user's code raised."""

from __future__ import annotations

from typing import Final

from agentcore.base.unicode_text import valid_text

__all__ = ["error_text"]

_MOST: Final = 4000  # characters; some exceptions hold the data that they are about


def error_text(error: BaseException) -> str:
    """Return the kind of an exception and its text, cut if it is long.

    An exception whose ``__str__`` raises is told as such, so that it can be told at all.

    Examples:
        >>> error_text(ValueError("no")), error_text(ValueError())
        ('ValueError: no', 'ValueError')
    """
    kind = type(error).__name__
    try:
        text = valid_text("".join(str(error)))  # of a subclass of str, what it holds
    except BaseException as failure:
        return f"{kind}, whose text cannot be shown: {type(failure).__name__}"
    more = len(text) - _MOST
    if more > 0:
        text = f"{text[:_MOST]}... ({more:,} characters more)"
    return f"{kind}: {text}" if text else kind
