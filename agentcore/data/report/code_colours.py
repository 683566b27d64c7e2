"""Code with its words marked for colours, as HTML."""

from __future__ import annotations

from typing import Any

from agentcore.base.extras import import_extra

__all__ = ["coloured"]

_LEXERS = {"python": "PythonLexer", "sql": "SqlLexer"}


def coloured(code: str, language: str) -> str:
    """Return code as HTML: escaped, its words in ``<span>`` with the classes of Pygments.

    Args:
        code: the code; it is not run.
        language: ``python`` or ``sql``; code of any other language has no colours.

    Raises:
        ExtraMissingError: Pygments is not installed.
    """
    pygments: Any = import_extra("pygments", "data", "A report")
    formatters: Any = import_extra("pygments.formatters", "data", "A report")
    lexers: Any = import_extra("pygments.lexers", "data", "A report")
    lexer = getattr(lexers, _LEXERS.get(language, "TextLexer"))(stripnl=False)
    text: str = pygments.highlight(code, lexer, formatters.HtmlFormatter(nowrap=True))
    return text
