"""Which change of the dialect the words of a refusal ask for first."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.models.openai.refusals import changes_for, may_be_refusal

JSON, WORDS = {"structured": "json"}, {"structured": "words"}
COMPLETION = {"max_tokens": "max_completion_tokens"}
SAYINGS: list[tuple[str, dict[str, Any]]] = [
    ("'response_format' of type 'json_schema' is not supported with this model", JSON),
    ("This response_format type is unavailable now", JSON),
    ("This model does not support response format `json_schema`", JSON),
    ("Invalid value: 'json_schema'. Supported values are: 'text' and 'json_object'", JSON),
    ("Invalid parameter: response_format must be one of text, json_object", JSON),
    ("response_format value as json_schema is enabled only for api versions 2024-08-01", JSON),
    ("unknown variant `json_schema`, expected `text` or `json_object`", JSON),
    ("The provided JSON schema contains features not supported by xgrammar", JSON),
    ("Invalid schema for response_format 'x': 'required' is required", {"strict": False}),
    ("property 'response_format' is unsupported", WORDS),
    ("Unknown name \"response_format\": Cannot find field", WORDS),
    ("'response_format.type' must be 'json_schema' or 'text'", WORDS),
    ("Function calling with a response mime type: 'application/json' is unsupported", WORDS),
    ("No endpoints found that support the provided parameters: response_format", WORDS),
    ("json mode cannot be combined with tool/function calling", WORDS),
    ("JSON mode is not enabled for models/gemma", WORDS),
    ("body.stream_options: Extra inputs are not permitted", {"stream_usage": False}),
    ("stream_options: unknown field", {"stream_usage": False}),
    ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
     "'max_completion_tokens' instead.", COMPLETION),
    ("System role not supported", {"system_role": False}),
    ("Developer instruction is not enabled for models/gemma-3-27b-it", {"system_role": False}),
    ("'messages[0].role' does not support 'system' with this model", {"system_role": False}),
    ("Only user and assistant roles are supported!", {"system_role": False}),
    ("Conversation roles must alternate user/assistant/user/...", {"alternates": True}),
    ("Unexpected role 'user' after role 'user'", {"alternates": True}),
    ("Please ensure that multiturn requests alternate between user and model",
     {"alternates": True}),
    ("After the (optional) system message(s), user and assistant roles should be alternating.",
     {"alternates": True}),
    ("deepseek-reasoner does not support successive user or assistant messages (messages[1] and "
     "messages[2] in your input)", {"alternates": True}),
    ("Expected last role User or Tool (or Assistant with prefix True) for serving but got "
     "assistant", {"alternates": True}),
    ("This model does not support assistant message prefill. The conversation must end with a user "
     "message.", {"alternates": True}),
    ("Unexpected role 'user' after role 'tool'", {"alternates": True}),
    ("System message must be at the beginning.", {"alternates": True}),
    ("Invalid value for 'content': expected a string, got null", {"empty_content": "text"}),
    ("body.messages.1.content: none is not an allowed value", {"empty_content": "text"}),
    ("Invalid request: message at position 3 with role 'assistant' must not be empty",
     {"empty_content": "text"}),
    ("data did not match any variant of untagged enum MessageContent", {"empty_content": "text"}),
    ("Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9", {"call_ids": "nine"}),
    ("Tool call IDs should be alphanumeric strings with length 9!", {"call_ids": "nine"}),
    ("Invalid 'tool_call_id': must match ^[a-zA-Z0-9]{9}$", {"call_ids": "nine"}),
    ("Additional properties are not allowed ('name' was unexpected) - 'messages.1'",
     {"names": False}),
    ("messages.0.name: Extra inputs are not permitted", {"names": False}),
    ("property 'reasoning_content' is unsupported", {"fields_back": False}),
    ("messages.1.tool_calls.0.extra_content: Extra inputs not permitted", {"fields_back": False}),
    ("body.seed: Extra inputs are not permitted", {"seed": "random_seed"}),
    ("tools.0.function.strict: Extra inputs are not permitted", {"strict": False}),
    ("The stream parameter must be false for this model", {"streams": False}),
    ("Streaming is not supported for this model", {"streams": False}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "change"), SAYINGS)
def test_the_words_of_servers_ask_for_a_change(said: str, change: dict[str, Any]) -> None:
    """Further changes that may be meant come after it."""
    assert next(changes_for(400, said), None) == change


@pytest.mark.parametrize(
    "said",
    [
        "The model `x` does not exist", "invalid API key", "max_tokens is too large: 5000",
        "Function call is missing a thought_signature in functionCall parts",
        "temperature must be <= 2", "out of memory", "",
    ],
)  # fmt: skip
def test_other_words_ask_for_none(said: str) -> None:
    """Or for none that alters a request."""
    assert list(changes_for(400, said)) == []


def test_a_server_that_is_broken_must_say_plainly_what_it_does_not_know() -> None:
    """A failure of its own names much that it does know."""
    assert list(changes_for(500, "failed to read the content of the stream")) == []
    assert next(changes_for(500, "System role not supported")) == {"system_role": False}
    assert next(changes_for(500, "Missing 'content'")) == {"empty_content": "text"}
    null = "[json.exception.type_error.302] type must be string, but is null"
    assert next(changes_for(500, null)) == {"empty_content": "text"}
    assert may_be_refusal(500)
    assert not any(map(may_be_refusal, (401, 403, 429, 503)))
