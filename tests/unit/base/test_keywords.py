"""Wrong keywords of constructors, and the hints at those that are close."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from agentcore.base.keywords import (
    constructor_keywords,
    refusing_unknown_keywords,
    with_keyword_hint,
)


class Base:
    """Refuses unknown keywords."""

    @refusing_unknown_keywords
    def __init__(self, name: str, *, colour: str = "red") -> None:
        """Keep both."""
        self.name, self.colour = name, colour


class Derived(Base):
    """Has a keyword of its own, and passes on the others."""

    def __init__(self, name: str, size: int = 0, **options: Any) -> None:
        super().__init__(name, **options)
        self.size = size


class Plain:
    """Has nothing to do with them."""

    def __init__(self, name: str, size: int, /, height: int = 0) -> None:
        """Keep nothing."""


def test_the_keywords_are_those_of_the_class_and_its_bases() -> None:
    """Each once, the class's own first; what is positional only is no keyword."""
    assert constructor_keywords(Derived) == ("name", "size", "colour")
    assert constructor_keywords(Plain) == ("height",)
    assert constructor_keywords(int) == ()


def test_what_is_known_is_passed_on_as_it_is() -> None:
    """And the signature stays what it was."""
    made = Derived("a", 3, colour="blue")
    assert (made.name, made.size, made.colour) == ("a", 3, "blue")
    assert list(inspect.signature(Base).parameters) == ["name", "colour"]


@pytest.mark.parametrize(
    ("cls", "keyword", "hint"),
    [
        (Base, "color", "; did you mean 'colour'?"),
        (Derived, "color", "; did you mean 'colour'?"),
        (Derived, "sise", "; did you mean 'size'?"),
        (Derived, "zzz", ""),
    ],
)
def test_an_unknown_keyword_is_refused_in_the_name_of_the_class(
    cls: type[Any], keyword: str, hint: str
) -> None:
    """The class that was called, also where it passed the keyword on."""
    with pytest.raises(TypeError) as caught:
        cls("a", **{keyword: 1})
    text = f"{cls.__name__}() got an unexpected keyword argument {keyword!r}"
    assert str(caught.value) == text + hint


def test_a_hint_is_added_where_python_gives_none() -> None:
    """Python's own, and that of the decorator, is not repeated."""
    unexpected = "Plain.__init__() got an unexpected keyword argument 'heigth'"
    assert with_keyword_hint(TypeError(unexpected), Plain).endswith("; did you mean 'height'?")
    native = f"{unexpected}. Did you mean 'height'?"
    assert with_keyword_hint(TypeError(native), Plain) == native
    assert with_keyword_hint(ValueError(unexpected), Plain) == unexpected
    assert with_keyword_hint(TypeError("no"), Plain) == "no"
