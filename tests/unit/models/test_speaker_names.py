"""The name of a speaker in the text of a message."""

from __future__ import annotations

from agentcore.agents.history_view import as_shown
from agentcore.models.openai.dialects import Dialect
from agentcore.models.openai.messages import in_dialect
from agentcore.models.speaker_names import name_in_text
from agentcore.protocol.message import Message

PART = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
SAID = {"role": "user", "content": [PART], "name": "bob"}
NAMED = {"role": "user", "content": [{"type": "text", "text": "bob:"}, PART]}


def test_the_name_stands_before_a_text_or_is_a_part_of_its_own() -> None:
    """The message that is given stays as it is."""
    text = {"role": "user", "content": "hi", "name": "bob"}
    assert name_in_text(text) == {"role": "user", "content": "bob: hi"}
    assert name_in_text(SAID) == NAMED
    assert SAID["name"] == "bob"


def test_whoever_sent_a_picture_is_named_wherever_names_go_into_the_text() -> None:
    """By the model's own word, and by the dialect of its server."""
    assert as_shown([Message([PART], name="bob")], lambda _: None, True) == [NAMED]
    assert in_dialect([SAID], Dialect(names=False)) == [NAMED]
