"""The words of a text as the full-text index takes them.

English is split at blanks and stemmed by the index. Chinese and Japanese have no blanks: each two
neighbouring characters are taken as a word, as is usual, so that whatever stands in a text is found
whatever a dictionary knows.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["index_words"]

_RUN: Final = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def index_words(text: str) -> str:
    """Return a text with its runs of Chinese and Japanese characters cut into pairs.

    Examples:
        >>> index_words("GPU 显存不足, out of memory")
        'GPU  显存 存不 不足 , out of memory'
    """
    if text.isascii():
        return text
    return _RUN.sub(_pairs, text)


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[at : at + 2] for at in range(len(run) - 1)) + " "
