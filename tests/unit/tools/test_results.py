"""The text of a tool's result: data, bytes, and objects whose text is long or fails."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import io
import json
import pathlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import attrs
import msgspec
import pytest

from agentcore.tools.results import result_text

pydantic = pytest.importorskip("pydantic")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(12_337)


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen
class A:
    x: int
    when: datetime.date = datetime.date(2026, 1, 2)


@dataclasses.dataclass
class D:
    a: A
    colours: set[Colour]


class M(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    x: int
    when: datetime.date


class S(msgspec.Struct):
    y: str


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        ("", ""),
        (None, "Done; there is no result."),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "é", None], '[1, "é", null]'),
        ({1: {"a": (2,)}, (1, 2): 3}, '{"1": {"a": [2]}, "[1, 2]": 3}'),
        (A(1), '{"x": 1, "when": "2026-01-02"}'),
        (D(A(1), {Colour.RED}), '{"a": {"x": 1, "when": "2026-01-02"}, "colours": ["red"]}'),
        (M(x=1, when=datetime.date(2026, 1, 2)), '{"x": 1, "when": "2026-01-02"}'),
        ([S("z")], '[{"y": "z"}]'),
        (Colour.RED, "red"),
        (Odd(), "odd"),
        ([Odd()], '["odd"]'),
        (A, str(A)),
    ],
)
def test_a_result_is_written_for_the_model(value: Any, text: str) -> None:
    """A str as it is, data as JSON, anything else as text."""
    assert result_text(value) == text


def test_a_result_that_holds_itself_is_written_all_the_same() -> None:
    """A tool never fails because of what it returned."""
    circle: list[Any] = [1]
    circle.append(circle)
    assert result_text(circle) == '[1, "(the value that it is in)"]'


def test_numbers_that_json_has_not_are_written_as_python_does() -> None:
    """The model reads it, and no parser."""
    assert json.loads(result_text([1.0])) == [1.0]
    assert result_text(float("inf")) == "Infinity"


class File(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    name: str
    data: bytes
    key: str = pydantic.Field("secret", exclude=True)


def counted() -> Iterator[int]:
    raise AssertionError("it was run")
    yield 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (PNG, "(PNG image, 12,345 bytes)"),
        (bytearray(PNG), "(PNG image, 12,345 bytes)"),
        (memoryview(PNG), "(PNG image, 12,345 bytes)"),
        ([PNG, 1], '["(PNG image, 12,345 bytes)", 1]'),
        ({"image": {"data": PNG}}, '{"image": {"data": "(PNG image, 12,345 bytes)"}}'),
        (A(PNG), '{"x": "(PNG image, 12,345 bytes)", "when": "2026-01-02"}'),
        (File(name="a", data=PNG), '{"name": "a", "data": "(PNG image, 12,345 bytes)"}'),
        (S(PNG), '{"y": "(PNG image, 12,345 bytes)"}'),
        (b"%PDF-1.7 " + bytes(200_000), "(PDF document, 200,009 bytes)"),
        (b"\xff\xd8\xff\xe0" + bytes(96), "(JPEG image, 100 bytes)"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "(WebP image, 16 bytes)"),
        (b"RIFF\0\0\0\0WAVEfmt ", "(WAV audio, 16 bytes)"),
        (bytes(200_000), "(200,000 bytes)"),
        (b"\0", "(1 byte)"),
        (b"", "(0 bytes)"),
        ("h\u00e9llo\n".encode(), "h\u00e9llo\n"),
        (b"x" * 200_000, "(200,000 bytes)"),
    ],
)
def test_bytes_are_told_by_their_kind_and_size(value: Any, text: str) -> None:
    """Wherever in a result they are; a short text stays one."""
    assert result_text(value) == text


def raising(error: BaseException) -> Any:
    """An object that raises when its text is asked for."""

    class Foo:
        def __str__(self) -> str:
            raise error

        __repr__ = __str__

    return Foo()


class Unprintable(Exception):
    def __str__(self) -> str:
        sys.exit(3)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no"), "ValueError: no"),
        (SystemExit(2), "SystemExit: 2"),
        (GeneratorExit(), "GeneratorExit"),
        (RecursionError("deep"), "RecursionError: deep"),
        (Unprintable(), "Unprintable"),
    ],
)
def test_an_object_whose_text_cannot_be_had_is_told(error: BaseException, words: str) -> None:
    """Alone and within data, of which the rest is there."""
    said = f"(a Foo, whose text cannot be shown: {words})"
    assert result_text(raising(error)) == said
    assert json.loads(result_text({"a": [raising(error), 1]})) == {"a": [said, 1]}


def test_ctrl_c_ends_what_it_ends_elsewhere() -> None:
    """On the main thread it is the user's; on another one an object raised it."""
    with pytest.raises(KeyboardInterrupt):
        result_text(raising(KeyboardInterrupt()))
    found: list[str] = []
    thread = threading.Thread(
        target=lambda: found.append(result_text([raising(KeyboardInterrupt())]))
    )
    thread.start()
    thread.join()
    assert "whose text cannot be shown: KeyboardInterrupt" in found[0]


class Broken:
    """Iterates, compares and gives its fields only by failing."""

    __struct_fields__ = ("x",)

    @property
    def x(self) -> int:
        raise OSError("gone")


class BrokenMapping(collections.UserDict[str, int]):
    def items(self) -> Any:
        raise OSError("gone")


@pytest.mark.parametrize("value", [Broken(), BrokenMapping(a=1)])
def test_an_object_that_fails_otherwise_is_told(value: Any) -> None:
    """A tool's result is never what fails."""
    assert "whose text cannot be shown: OSError: gone" in result_text([value])


def test_a_long_text_of_an_object_is_cut_and_data_is_not() -> None:
    """The repr of an array could fill the model's context; a list of numbers is the result."""

    class Array:
        def __repr__(self) -> str:
            return "0, " * 100_000

    said = result_text(Array())
    assert len(said) < 5000
    assert said.endswith("... (296,000 characters more)")
    assert len(json.loads(result_text(list(range(100_000))))) == 100_000
    assert len(result_text("x" * 300_000)) == 300_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (counted(), "(a generator, which was not read: return what it gives, as a list)"),
        ([counted()], '["(a generator, which was not read: return what it gives, as a list)"]'),
        (map(str, [1]), "(a map, which was not read: return what it gives, as a list)"),
        (io.BytesIO(PNG), "(a BytesIO, which was not read: return what it gives, as a list)"),
        ({"a": 1}.values(), "[1]"),
        ({"a": 1}.keys(), '["a"]'),
        (collections.deque([1, 2]), "[1, 2]"),
        (decimal.Decimal("1.50"), "1.50"),
        ([pathlib.PurePosixPath("a/b")], '["a/b"]'),
        (datetime.timedelta(seconds=90), "0:01:30"),
        ([10**20_000], '["(an integer of 66,439 bits)"]'),
        ("\ud83d\ude00 \ud800", "\U0001f600 \ufffd"),
        ({"\ud800": "\ud800"}, '{"\ufffd": "\ufffd"}'),
        ({None: 1, True: 2, 1.5: 3, b"k": 4}, '{"null": 1, "true": 2, "1.5": 3, "k": 4}'),
    ],
)
def test_other_values_have_the_text_that_says_most(value: Any, text: str) -> None:
    """What is lazy is not run, and whatever is written is valid UTF-8."""
    assert result_text(value) == text
    result_text(value).encode()


def test_a_set_of_anything_is_a_list() -> None:
    """Its elements need no order."""
    assert sorted(json.loads(result_text({1, "a", None})), key=str) == [1, None, "a"]


def test_numbers_of_numpy_are_numbers() -> None:
    """And an array is told as it shows itself."""
    numpy = pytest.importorskip("numpy")
    assert result_text([numpy.int64(3), numpy.float32(0.5)]) == "[3, 0.5]"
    assert len(result_text(numpy.zeros(1_000_000))) < 200


@pytest.mark.parametrize(("depth", "told"), [(100, '"x"'), (1000, "too deeply"), (100_000, "too")])
def test_what_is_nested_deeply_has_a_text(depth: int, told: str) -> None:
    """As a value that holds itself has."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    assert told in result_text(value)
