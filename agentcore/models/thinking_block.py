"""A block of thinking in a model's text: where it ends."""

from __future__ import annotations

import attrs

from agentcore.models.thinking_tags import Tag, begins_tag, first_tag, is_mentioned

__all__ = ["Block"]


@attrs.define
class Block:
    """A block of thinking that is being read.

    It ends at the tag that closes it, where blocks of the same kind within it are closed before. A
    model that thinks about such tags may open what it never closes: then the last tag that closes
    one ends it; without any, the first tag that closes a block of another kind.

    Attributes:
        tag: the tag that opened it.
        firm: whether it is thinking even if it is never closed.
        depth: how many blocks of its kind are open.
        read: how far the text was searched.
        closed: the last tag that closed a block of its kind.
        odd: the first tag that closed a block of another kind.
    """

    tag: Tag
    firm: bool
    depth: int = 1
    read: int = attrs.field(init=False)
    closed: Tag | None = None
    odd: Tag | None = None

    def __attrs_post_init__(self) -> None:
        self.read = self.tag.end

    def search(self, text: str, last: bool) -> bool:
        """Search on for the end; say whether it is known where that is.

        Args:
            text: the text in which the block is, as far as it is there.
            last: whether no more of it comes.
        """
        while self.depth:
            tag = first_tag(text, self.read)
            if tag is None:
                self.read = len(text) if last else begins_tag(text, self.read)
                return last
            before = text[max(self.tag.end, tag.start - 5) : tag.start]
            after = text[tag.end : tag.end + 1]
            if not (after or last or tag.opens) and is_mentioned(tag, before, None):
                return False
            self.read = tag.end
            if not is_mentioned(tag, before, after):
                self._take(tag)
        return True

    def _take(self, tag: Tag) -> None:
        if tag.kind != self.tag.kind:
            self.odd = self.odd or (None if tag.opens or tag.weak else tag)
        elif not tag.opens:
            self.depth -= 1
            self.closed = tag
        elif tag.in_words:
            self.depth += 1

    def ending(self, last: bool) -> Tag | None:
        """Give the tag that ends the block; ``None`` if nothing does."""
        if self.closed is not None and (last or not self.depth):
            return self.closed
        return self.odd if self.firm else None
