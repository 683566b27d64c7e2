"""Whether a server's words mean that the messages are longer than the model's context."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_too_long"]

_CODES: Final = frozenset(
    {
        "context_length_exceeded", "exceed_context_size_error", "model_context_window_exceeded",
        "request_too_large", "tokens_limit_reached", "context_window_exceeded",
    }
)  # fmt: skip
_NEVER: Final = frozenset({401, 402, 403, 404, 405, 408, 429})
_TOO_LARGE: Final = 413

# Limits of a time, which count tokens too, and limits of the answer alone.
_OTHER_LIMITS: Final = re.compile(
    r"rate.?limit|too many requests|throttl|quota|\bT[PK][MD]\b|please wait before|"
    r"tokens?[ -](per|/)[ -]?(min|sec|hour|day)|/ ?min\b|"
    r"maximum allowed number of output tokens|supports at most \d+ completion tokens|"
    r"context (window|length|size) (is )?too small",
    re.IGNORECASE,
)
# The first words are a server or library that says so; there are more that say the same.
_SAYINGS: Final = (
    # OpenAI, Azure, vLLM, DeepSeek, OpenRouter, Groq, Cerebras
    r"maximum context (length|size|window)",
    r"(exceed\w*|larger than|longer than|greater than|over|beyond|too (long|large|big) for)\b"
    r"[^.;]{0,50}\bcontext[ _-]?(length|size|window|limit)",
    r"context[ _-]?(length|size|window|limit)\b[^.;]{0,20}\b(exceed|overflow|full|reached)",
    r"context[ _-]?(length|size|window)\b[^.;]{0,20}\d+k?( tokens)?\W{1,3}(but|you|however)\b",
    r"max_tokens must be at least 1, got -",
    r"context overflow|context the overflows|exceed\w* (the )?available context",
    r"reduce (the length of|your) (the |your )?(messages|prompt|input)",
    r"invalid 'messages\[\d+\]\.content[^']*': string too long",
    # Anthropic, Fireworks, Ollama, Z.ai, Bedrock
    r"\b(prompt|input|request|conversation|messages?) (is |are |was )?too (long|large)\b"
    r"(?! for (this|the) (field|parameter))",
    r"(prompt|request|message) exceeds (the )?max(imum)?[ _](size|length)",
    # Gemini, Vertex, GitHub Copilot, watsonx
    r"(input|prompt) tokens? count\b.{0,60}(exceed|only supports|limit)",
    r"(input|prompt) tokens\b[^.;]{0,40}\bexceed|tokens in (the )?prompt\b.{0,20}exceed",
    r"tokens? in the prompt cannot exceed|tokens \(prompt and prediction\) cannot exceed",
    # DashScope, Poolside, SGLang
    r"range of input length",
    r"(total message token|input token|prompt|input)( token)? length\b.{0,30}"
    r"(exceed|longer|greater|too long|must be (<=|less))",
    r"(prompt|input) \((length )?[\d,]+( tokens)?\) is longer",
    # xAI, vLLM, Moonshot, Mistral, MiniMax
    r"maximum (prompt|input|sequence) length",
    r"(longer|larger|greater) than the (maximum )?model('s)? (maximum )?(context )?length",
    r"exceeded model token limit|exceed\w* (the )?(model('s)? )?max_(model|seq)_len",
    r"max_(model|seq|position)_(len|embeddings)\b.{0,20}exceed|too large for model with \d+",
    # Text Generation Inference, Together
    r"`?inputs`? (tokens )?(\+ `?max_new_tokens`? )?must (be (<=|less)|have less than)",
    # Volcengine, Qianfan, Snowflake, TensorRT-LLM
    r"exceeds? max message tokens|(prompt|input) tokens (are |is )?too (long|large)|"
    r"max(imum)? (prompt|input) characters is \d+|max tokens of \d+ exceeded|"
    r"(prompt|input|sequence) length\b.{0,40}\bexceeds? (max_num_tokens|the model)|"
    r"\b(prompt|input)\b.{0,20}\bexceeds n_ctx\b|prompt has \d+ tokens, but\b",
    # Cohere, Bedrock, GitHub Models, llama-cpp-python
    r"too many (input |prompt )?tokens",
    r"token limit exceeded|exceeds (the )?(input )?token limit",
    r"request body too large for .* model",
    r"requested tokens \(\d+\) exceed",
    # Zhipu, Baidu, Tencent: "over-long"
    r"(prompt|输入|上下文|文本|消息|tokens?)[^。,;]{0,12}(超长|过长|超过|超出|超限)",
)  # fmt: skip
_TOO_LONG: Final = re.compile("|".join(f"(?:{saying})" for saying in _SAYINGS), re.I | re.S)


def is_too_long(status: int | None, codes: frozenset[str], said: str) -> bool:
    """Return whether the messages are too long for the model.

    Args:
        status: the HTTP status; ``None`` for a failure within an answer.
        codes: the names that the server gives the kind of failure.
        said: its words.
    """
    if codes & _CODES and not _OTHER_LIMITS.search(said):
        return True
    if status in _NEVER or _OTHER_LIMITS.search(said):
        return False
    return status == _TOO_LARGE or _TOO_LONG.search(said) is not None
