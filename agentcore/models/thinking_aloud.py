"""What a model thinks aloud in its text, told apart from its answer: whole, or in a stream.

Thinking is what stands between two tags, anywhere; what stands before a tag that closes a block
which was never opened, as templates open it in the prompt; and what stands behind a tag at the
beginning of a line that opens a block which is never closed. Tags that are code in Markdown, or
stand in quotes, are part of the answer.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from agentcore.models.thinking_block import Block
from agentcore.models.thinking_tags import Tag, begins_tag, first_tag, is_mentioned, may_have_tags

__all__ = ["ThinkingFilter", "split_thinking"]

_CODE: Final = re.compile(r"`+|~+")
_BEFORE_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?")
_REMEMBERED: Final = 200  # characters of the answer that what follows is judged by


def split_thinking(text: str) -> tuple[str, str]:
    """Tell apart what a model thought aloud, and its answer.

    Returns:
        What it thought, its blocks joined by empty lines, and the answer; if it thought nothing
        aloud, the text as it is.

    Examples:
        >>> split_thinking("<think>2 and 2...</think>Four.")
        ('2 and 2...', 'Four.')
        >>> split_thinking("Close it with `</think>`.")
        ('', 'Close it with `</think>`.')
    """
    if not may_have_tags(text):
        return "", text
    whole = ThinkingFilter()
    whole.feed(text)
    whole.finish()
    return whole.thinking, whole.answer


@attrs.frozen
class _Code:
    """Code in the answer that is being read.

    Attributes:
        run: the backticks or tildes that opened it.
        fence: whether it is a block; otherwise it stands within a line.
        said: how many pieces of the answer stand before it.
    """

    run: str
    fence: bool
    said: int


class ThinkingFilter:
    """Takes a text piece by piece, and gives the pieces of the answer in it.

    A piece is withheld only as long as it may be thinking. That what came before a tag was thinking
    is found out too late if no tag opened it; ``answer`` then is without it.

    Attributes:
        thinking, answer: as `split_thinking` gives them, for what was taken so far.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at = 0  # how much of the text is decided
        self._tag: Tag | None = None  # the first tag that is not
        self._said: list[str] = []
        self._thought: list[str] = []
        self._out: list[str] = []
        self._seen: set[str] = set()  # kinds of tags that opened or closed a block
        self._never: set[str] = set()  # kinds of which a block in mid-line is never closed
        self._mentioned: dict[str, int] = {}
        self._before = ""  # the last of what was decided, since the last block
        self._space: str | None = ""  # white space before the answer; ``None`` within it
        self._block: Block | None = None
        self._code: _Code | None = None

    @property
    def thinking(self) -> str:
        return "\n\n".join(text for text in map(str.strip, self._thought) if text)

    @property
    def answer(self) -> str:
        return "".join(self._said)

    def feed(self, text: str) -> str:
        """Take a piece of the text, and give what is known to be the answer's."""
        if self._block is None and self._at:
            self._text, self._at = self._text[self._at :], 0
        self._text += text
        return self._go(False)

    def finish(self) -> str:
        """Give the rest of the answer: no more text comes."""
        shown = self._go(True)
        if self._space and not self._seen:
            self._said.append(self._space)
            shown += self._space
        if self._code is not None and self._code.fence and not self._seen:
            self._leave_open_fence(self._code)
        return shown

    def _go(self, last: bool) -> str:
        self._tag = first_tag(self._text, self._at) if self._block is None else None
        while self._at < len(self._text) and self._step(last):
            pass
        out, self._out = self._out, []
        return "".join(out)

    def _step(self, last: bool) -> bool:
        """Decide some more of the text; say whether there may be more to decide."""
        if self._block is not None:
            return self._in_block(self._block, last)
        if self._code is None:
            return self._in_answer(last)
        inside = self._in_fence if self._code.fence else self._in_span
        return inside(self._code.run, last)

    # --- what was decided -------------------------------------------------------------------------

    def _say(self, end: int) -> None:
        """Decide that the text up to ``end`` belongs to the answer."""
        text = self._text[self._at : end]
        if not text:
            return
        self._go_on(end)
        self._before = (self._before + text)[-_REMEMBERED:]
        if self._space is not None:
            shown = text.lstrip()
            self._space += text[: len(text) - len(shown)]
            if not shown:
                return
            text = shown if self._seen else self._space + shown
            self._space = None
        self._said.append(text)
        self._out.append(text)

    def _think(self, text: str, tag: Tag, end: int) -> None:
        """Decide that a text was thinking, and go on from ``end``."""
        self._thought.append(text)
        self._seen.add(tag.kind)
        self._block = None
        self._before = ""
        self._go_on(end)
        if not self._said or self._said[-1][-1:].isspace():
            self._space = ""

    def _go_on(self, end: int) -> None:
        self._at = end
        if self._tag is not None and self._tag.start < end:
            self._tag = first_tag(self._text, end)

    def _line(self) -> str:
        return self._before.rpartition("\n")[2]

    # --- the answer -------------------------------------------------------------------------------

    def _in_answer(self, last: bool) -> bool:
        tag = self._tag
        end = tag.start if tag else len(self._text)
        if tag is None and not last:
            end = begins_tag(self._text, self._at)
        code = _CODE.search(self._text, self._at, end)
        if code is not None:
            return self._at_code(_CODE.match(self._text, code.start()) or code, last)
        self._say(end)
        return tag is not None and self._at_tag(tag, last)

    def _at_code(self, code: re.Match[str], last: bool) -> bool:
        run, end = code[0], self._text.find("\n", code.end())
        self._say(code.start())
        fence = len(run) > 2 and _BEFORE_FENCE.fullmatch(self._line()) is not None
        if not last and (code.end() == len(self._text) or (fence and end < 0)):
            return False  # the run, or the line, may go on
        fence = fence and self._text.find(run[0], code.end(), end if end >= 0 else None) < 0
        if fence or run[0] == "`":
            self._code = _Code(run, fence, len(self._said))
        self._say(code.end())
        return True

    def _at_tag(self, tag: Tag, last: bool) -> bool:
        after = self._text[tag.end : tag.end + 1]
        if not (after or last or tag.opens) and is_mentioned(tag, self._before, None):
            return False  # it depends on the next character
        quoted = is_mentioned(tag, self._before, after)
        if tag.opens:
            self._at_opening(tag, quoted)
        elif tag.weak:
            if tag.kind in self._seen:
                self._go_on(tag.end)
            else:
                self._say(tag.end)
        elif quoted or self._mentioned.get(tag.kind):
            if not quoted:
                self._mentioned[tag.kind] -= 1
            self._say(tag.end)
        else:  # the block was opened before the text began
            said, self._said = self.answer, []
            self._think(said, tag, tag.end)
        return True

    def _at_opening(self, tag: Tag, quoted: bool) -> None:
        firm = not tag.in_words or not self._line().strip()
        if quoted or (not firm and tag.kind in self._never):
            self._mentioned[tag.kind] = self._mentioned.get(tag.kind, 0) + quoted
            self._say(tag.end)
        else:
            self._block = Block(tag, firm)

    # --- code in the answer -----------------------------------------------------------------------

    def _in_span(self, run: str, last: bool) -> bool:
        """Go on in code within a line; if that is never closed, it was none."""
        end, closed = _end_of_span(self._text, self._at, run, last)
        tag = self._tag
        if end is None:
            run_end = len(self._text.rstrip(run[0]))  # the run at the end may go on
            self._say(tag.start if tag else min(run_end, begins_tag(self._text, self._at)))
            return False
        self._code = None
        self._say(end if closed or tag is None else min(end, tag.start))
        return True

    def _in_fence(self, run: str, last: bool) -> bool:
        """Go on in a fence, line by line: every tag in it is text."""
        end = self._text.find("\n", self._at)
        line = self._text[self._at : end if end >= 0 else None]
        bare = line.strip(" \t>")
        # The line is new, and has nothing but what may end the fence.
        closing = self._before.endswith("\n") and not bare.strip(run[0])
        if closing and end < 0 and not last:
            return False
        if closing and len(bare) >= len(run):
            self._code = None
        self._say(end + 1 if end >= 0 else len(self._text))
        return True

    def _leave_open_fence(self, code: _Code) -> None:
        """Look for a tag in a fence that was never closed, if no other was found in the text.

        A model whose template opens the block may begin code in its thoughts, and not end it.
        """
        fenced = "".join(self._said[code.said :])
        tag = first_tag(fenced)
        while tag is not None and (tag.opens or tag.weak):
            tag = first_tag(fenced, tag.end)
        if tag is not None:
            thinking, answer = split_thinking(fenced[tag.end :].lstrip())
            if answer:
                self._thought = ["".join([*self._said[: code.said], fenced[: tag.start]]), thinking]
                self._said = [answer]

    # --- thinking ---------------------------------------------------------------------------------

    def _in_block(self, block: Block, last: bool) -> bool:
        opening = block.tag
        if not block.search(self._text, last):
            return False
        end = block.ending(last)
        self._tag = opening  # so that the next one is looked for behind the block
        if end is not None:
            self._think(self._text[opening.end : end.start], opening, end.end)
        elif block.firm:
            self._think(self._text[opening.end :], opening, len(self._text))
        else:
            self._never.add(opening.kind)
            self._block = None
            self._say(opening.end)
        return True


def _end_of_span(text: str, start: int, run: str, last: bool) -> tuple[int | None, bool]:
    """Give where code within a line ends, and whether it was closed; ``None`` if it goes on."""
    line_end = text.find("\n", start)
    for match in _CODE.finditer(text, start, line_end if line_end >= 0 else len(text)):
        if match[0] == run:
            if match.end() == len(text) and not last:
                return None, False  # the run may go on
            return match.end(), True
    if line_end >= 0 or last:
        return line_end if line_end >= 0 else len(text), False
    return None, False
