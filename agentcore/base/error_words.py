"""What an exception of the user's code says, in words that can be had of any exception."""

from __future__ import annotations

from typing import Final

from agentcore.base.unicode_text import valid_text

__all__ = ["text_of", "words_of"]

_MOST: Final = 4000  # characters; some exceptions hold the data that they are about
_SHOWN: Final = 5  # errors of a group


def text_of(error: BaseException) -> str:
    """Return the text of an exception, cut if it is long; an empty one if it cannot be had."""
    try:
        return _text(error)
    except BaseException:
        return ""


def words_of(error: BaseException) -> str:
    """Return the class of an exception and its text, which is cut if it is long.

    An exception whose ``__str__`` raises is told as such, so that it can be told at all. A group,
    which itself says only how many errors it has, is followed by what they say.

    Examples:
        >>> words_of(ValueError("no")), words_of(ValueError())
        ('ValueError: no', 'ValueError')
    """
    kind = type(error).__name__
    try:
        text = _text(error)
        said = f"{kind}: {text}" if text else kind
    except BaseException as failure:
        said = f"{kind}, whose text cannot be shown: {type(failure).__name__}"
    if isinstance(error, BaseExceptionGroup):
        inner = [words_of(each) for each in error.exceptions[:_SHOWN]]
        more = len(error.exceptions) - len(inner)
        said += f": {'; '.join(inner)}" + (f"; and {more} more" if more else "")
    return said


def _text(error: BaseException) -> str:
    text = valid_text("".join(str(error)))  # of a subclass of str, what it holds
    more = len(text) - _MOST
    return f"{text[:_MOST]}... ({more:,} characters more)" if more > 0 else text
