"""Which words of servers mean that the messages are too long."""

from __future__ import annotations

import pytest

from agentcore.models.openai.too_long import is_too_long

TOO_LONG = [
    "This model's maximum context length is 4096 tokens. However, your messages resulted in "
    "8545 tokens. Please reduce the length of the messages.",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease "
    "input length or `max_tokens` and try again",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    "Unable to submit request because the input token count is 40000 but model only supports "
    "up to 32768. Reduce the input token count and try again.",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
    "Total message token length exceed model limit",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "The decoder prompt (length 9000) is longer than the maximum model length of 8192. Make "
    "sure that `max_model_len` is no smaller than the number of text tokens.",
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum "
    "context length is 4096 tokens and your request has 200 input tokens (5000 > 4096 - "
    "200).",
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    "Requested token count exceeds the model's maximum context length of 8192 tokens. You "
    "requested a total of 9000 tokens",
    "Input length (265330) exceeds model's maximum context length (262144).",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3900 "
    "`inputs` tokens and 500 `max_new_tokens`",
    "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",
    "prompt too long; exceeded max context length by 10 tokens",
    "input length exceeds the context length",
    "input length exceeds maximum context length",
    "the request exceeds the available context size, try increasing it",
    "request (9 tokens) exceeds the available context size (8 tokens), try increasing it",
    "Trying to keep the first 9000 tokens when context the overflows. However, the model is "
    "loaded with context length of only 4096 tokens",
    "The number of tokens to keep from the initial prompt is greater than the context length",
    "Requested tokens (5000) exceed context window of 2048",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
    "context length",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000",
    "Please reduce the length of the messages or completion.",
    "This endpoint's maximum context length is 4096 tokens. However, you requested about "
    "9000 tokens",
    "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
    "The prompt is too long: 9000, model maximum context length: 8192",
    "Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)",
    "Input token length too long",
    "Prompt 超长",
    "输入长度超过最大限制",
    "invalid params, context window exceeds limit (2013)",
    "Input is too long for requested model.",
    "Too many input tokens. Max input tokens: 8000, request input token count: 9000",
    "prompt token count of 130000 exceeds the limit of 128000",
    "Request body too large for gpt-4o model. Max size: 8000 tokens.",
    "Total tokens of image and text exceed max message tokens. Request id: 0217",
    "Prompt tokens too long",
    "the max input characters is 20000",
    "max tokens of 8192 exceeded",
    "The sum of prompt length (5000), query length (0) should not exceed max_num_tokens (4096)",
    "the prompt (5000 tokens) exceeds n_ctx (4096)",
    "This request's prompt has 9000 tokens, but the max is 8192",
    "Sequence length exceeds the model's limit: 5000 > 4096",
    "Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)",
    "the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model",
    "Request size exceeds model context window",
    "the context length is exceeded",
    "prompt tokens exceed the context window",
    "The conversation is too long",
    "Prompt exceeds max length",
    "Invalid 'messages[1].content': string too long. Expected a string with maximum length "
    "1048576, but got a string with length 2000000 instead.",
    "Context size has been exceeded.",
    "Context window is full",
    "This request exceeds the maximum size",
    "The model's context length is 8192 tokens but the prompt has 9000 tokens",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
    "300000 tokens.",
    "Tokens in prompt (9000) exceeds model limit 8192",
    "Model context window is 128k tokens, you requested 256k tokens",
    "max_tokens must be at least 1, got -904 (max_model_len 4096, input 5000)",
    "Request exceeds the maximum size",
]
SOMETHING_ELSE = [
    "max_tokens must be <= 4096",
    "max_tokens is too large: 5000. This model supports at most 4096 completion tokens, "
    "whereas you provided 5000.",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
    "Range of max_tokens should be [1, 2000]",
    "Unable to submit request because it has a maxOutputTokens value of 9000 but the "
    "supported range is from 1 (inclusive) to 8193 (exclusive).",
    "The maximum tokens you requested exceeds the model limit of 4096. Try again with a "
    "maximum tokens value that is lower than 4096.",
    "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for claude",
    "Input validation error: `max_new_tokens` must be <= 512. Given: 1000",
    "Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Used 9000, Requested "
    "2000. Please try again in 6s.",
    "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 8000, "
    "please reduce your message size and try again.",
    "Too many tokens, please wait before trying again.",
    "This request would exceed your organization's rate limit of 40,000 input tokens per minute",
    "Invalid 'tools': array too long. Expected an array with maximum length 128",
    "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64",
    "Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum "
    "length 40",
    "Model context window too small (minimum is 128k tokens)",
    "function description is too long",
    "stop: too many items",
    "exceeded your current quota",
    "request reached organization TPD rate limit, current: 1506556, limit: 1500000",
    "the context is not valid",
    "max_completion_tokens is too large: 200000",
    "input is too long for this field",
    "num_ctx: context length must be positive",
    "messages: at least one message is required",
    "temperature must be <= 2",
    "The max_tokens value exceeds the limit of 4096",
]


@pytest.mark.parametrize("said", TOO_LONG)
@pytest.mark.parametrize("status", [400, 500, None])
def test_the_words_of_servers_are_known(said: str, status: int | None) -> None:
    """Those of each server that has words of its own, with the statuses that they use."""
    assert is_too_long(status, frozenset(), said)


@pytest.mark.parametrize("said", SOMETHING_ELSE)
def test_words_that_are_merely_similar_mean_something_else(said: str) -> None:
    """Limits of the answer alone, of a time, and of other parts of a request."""
    assert not is_too_long(400, frozenset({"invalid_request_error"}), said)


def test_a_code_is_enough_and_a_status_may_be() -> None:
    """Whatever the words; but a limit of a time is none of the context."""
    assert is_too_long(400, frozenset({"context_length_exceeded"}), "no")
    assert is_too_long(413, frozenset(), "Request Entity Too Large")
    assert not is_too_long(413, frozenset(), "Request too large: tokens per minute (TPM)")
    assert not is_too_long(429, frozenset(), "Your input exceeds the context window")
    assert not is_too_long(400, frozenset({"rate_limit_exceeded"}), "no")
