"""What an exception of the user's code says, in words that can be had of any exception."""

from __future__ import annotations

__all__ = ["text_of", "words_of"]

_SHOWN = 5  # errors of a group


def text_of(error: BaseException) -> str:
    """Return the text of an exception; an empty one if its ``__str__`` raises, whatever that is."""
    try:
        return str(error)
    except BaseException:
        return ""


def words_of(error: BaseException) -> str:
    """Return the class of an exception and its text, as ``ValueError: no such file``.

    A group, which itself says only how many errors it has, is followed by what they say.
    """
    text, kind = text_of(error), type(error).__name__
    said = f"{kind}: {text}" if text else kind
    if isinstance(error, BaseExceptionGroup):
        inner = [words_of(each) for each in error.exceptions[:_SHOWN]]
        more = len(error.exceptions) - len(inner)
        said += f": {'; '.join(inner)}" + (f"; and {more} more" if more else "")
    return said
