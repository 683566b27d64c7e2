"""What is put into a library is checked before it is embedded."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.errors import DocumentError, MessageTypeError
from agentcore.retrieval import Document
from agentcore.retrieval.document import document_id


def test_a_document_of_one_owner_is_never_that_of_another() -> None:
    """Whatever their names are put together of."""
    assert document_id("b", "a") != document_id("ab", "") != document_id("", "ab")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": " \n"}, DocumentError),
        ({"source": ""}, DocumentError),
        ({"text": b"bytes"}, TypeError),
        ({"owner": None}, TypeError),
        ({"metadata": ["year"]}, TypeError),
        ({"metadata": {"when": object()}}, MessageTypeError),
    ],
)
def test_what_is_no_document_is_refused(fields: dict[str, Any], error: type[Exception]) -> None:
    """With an error that says what it is to be."""
    with pytest.raises(error):
        Document(**({"text": "words", "source": "a"} | fields))


def test_halves_of_characters_are_made_valid() -> None:
    """No file could be written with them."""
    document = Document("half \ud83d", source="a\ud83d", metadata={"k": "\ud83d"})
    assert document.text == "half \ufffd"
    assert document.metadata == {"k": "\ufffd"}
    assert document_id("a\ud83d", "") == document.id
